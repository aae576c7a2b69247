"""Every decided operation of ``tests/vectors`` is decided alike by the real contracts, on both EntryPoints.

On ours every ninth line runs, and on the canonical EntryPoint every 14th; all of them with ``--all-vectors``. The
decision engine decides each of them in ``tests/permissions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sessionlab.core.permissions import Ruleset
from sessionlab.study.replay.evm import EvmEngine
from sessionlab.study.replay.run import Mismatch, Report, replay
from sessionlab.study.replay.vectors import Line, read_vectors
from tests.conftest import EntryPointUnderTest

FOLDER = Path(__file__).parent.parent / "vectors"
SIZES = {"deployed": (720, 2145), "documented": (712, 2047)}


@pytest.mark.parametrize("rules", SIZES)
def test_replay_decides_as_the_vectors_say(
    rules: str, entry_point: EntryPointUnderTest, request: pytest.FixtureRequest
) -> None:
    lines = read_vectors(FOLDER / f"{rules}.jsonl")
    assert (len(lines), sum(len(line["ops"]) for line in lines)) == SIZES[rules]
    assert {line["rules"] for line in lines} == {rules}
    if not request.config.getoption("--all-vectors"):
        every = 14 if entry_point.name == "canonical" else 9
        lines = [line for line in lines if line["id"] % every == 0]

    def engine(addresses: Mapping[str, str], ruleset: Ruleset) -> EvmEngine:
        return EvmEngine(addresses, ruleset, lambda: entry_point.accounts)

    report = replay(lines, engine)
    assert report.lines == len(lines)
    assert not report.mismatches, "\n".join(map(str, report.mismatches[:10]))


class Parrot:
    """An engine that knows the answers, but for what is changed."""

    def __init__(self, **changed: Any) -> None:
        self.changed = changed

    def begin(self, line: Line) -> dict[str, Any]:
        self.line = line
        return line["grant"] | self.changed.get("grant", {})

    def run(self, step: dict[str, Any]) -> dict[str, Any]:
        place = self.line["ops"].index(step)
        return step["expect"] | self.changed.get(f"op{place}", {})

    def final_state(self) -> dict[str, Any]:
        return self.line["final_state"] | self.changed.get("final_state", {})


@pytest.fixture(scope="module")
def line() -> Line:
    lines = read_vectors(FOLDER / "deployed.jsonl")
    return next(line for line in lines if line["grant"]["granted"] and len(line["ops"]) > 2)


def test_report_counts_lines_operations_and_mismatches(line: Line) -> None:
    report = replay([line, line], lambda addresses, rules: Parrot())
    assert report.to_json() == {"lines": 2, "operations": 2 * len(line["ops"]), "mismatches": 0}


@pytest.mark.parametrize(
    ("place", "change", "operation"),
    [
        ("op1", {"reason": "Nonsense"}, 1),
        ("op0", {"remaining": {}}, 0),
        ("final_state", {"eth": {}}, "final_state"),
        ("grant", {"reason": "Nonsense"}, "grant"),
    ],
)
def test_report_names_line_operation_and_differences(
    line: Line, place: str, change: dict[str, Any], operation: int | str
) -> None:
    heard: list[tuple[Line, list[Mismatch]]] = []
    parrot = Parrot(**{place: change})
    report = replay([line], lambda addresses, rules: parrot, lambda *told: heard.append(told))
    (found,) = report.mismatches
    assert (found.line, found.operation) == (line["id"], operation)
    assert found.differences
    assert str(found).startswith(f"line {line['id']}, {operation}: ")
    assert heard == [(line, [found])]


def test_a_grant_that_is_refused_ends_the_line(line: Line) -> None:
    parrot = Parrot(grant={"granted": False})
    report = replay([line], lambda addresses, rules: parrot)
    assert [found.operation for found in report.mismatches] == ["grant"]
    assert report.operations == len(line["ops"])


def test_one_engine_serves_all_lines_of_a_ruleset(line: Line) -> None:
    made: list[str] = []

    def engine(addresses: Mapping[str, str], rules: Ruleset) -> Parrot:
        made.append(rules.name)
        return Parrot()

    replay([line, line | {"rules": "documented"}, line], engine)
    assert made == ["deployed", "documented"]


def test_an_empty_report_is_all_zeros() -> None:
    assert Report().to_json() == {"lines": 0, "operations": 0, "mismatches": 0}
