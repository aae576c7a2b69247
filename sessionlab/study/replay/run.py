"""Replay a vectors file: run every line through an engine and compare every decision.

    report = replay(read_vectors(path), EvmEngine)
    report.mismatches        # [] when the engine decides as the file says
    report.to_json()         # {"lines": 720, "operations": 2145, "mismatches": 0}

A file may contain more about an operation than its decision, such as the gas it used in production; that is not
compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.replay.vectors import Line, Operation, differences, rules_of


class ReplayEngine(Protocol):
    """An engine that decides: the EVM, or a model of it. One engine serves all lines of a ruleset."""

    def begin(self, line: Line) -> dict[str, Any]:
        """Grant the line's session in a fresh state; return the grant in the line's format."""

    def run(self, step: Operation) -> dict[str, Any]:
        """Decide one operation or revocation; return the decision in the line's format."""

    def final_state(self) -> dict[str, Any]:
        """Return balances and counters after all operations, in the line's format."""


#: The fields of a decision.
DECISION = ("accepted", "phase", "reason", "remaining")

EngineFactory = Callable[[Mapping[str, str], Ruleset], ReplayEngine]
"""Makes an engine for these addresses (symbol to address) under these rules."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One decision that differs from the file. ``operation``: its index, or ``grant`` or ``final_state``."""

    line: int
    operation: int | str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        return f"line {self.line}, {self.operation}: " + "; ".join(self.differences)


@dataclass(slots=True)
class Report:
    """The result of a replay. ``operations`` includes revocations."""

    lines: int = 0
    operations: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)

    def to_json(self) -> dict[str, int]:
        """Return the summary: three numbers."""
        return {"lines": self.lines, "operations": self.operations, "mismatches": len(self.mismatches)}


def replay(
    lines: Iterable[Line],
    engine_factory: EngineFactory,
    on_line: Callable[[Line, list[Mismatch]], None] | None = None,
) -> Report:
    """Replay all lines; ``on_line`` is called with each line and its mismatches as soon as it is done."""
    report = Report()
    engines: dict[Any, ReplayEngine] = {}
    for line in lines:
        rules = rules_of(line)
        world = (rules, *sorted(line["addresses"].items()))
        if world not in engines:
            engines[world] = engine_factory(line["addresses"], rules)
        result = list(_mismatches(line, engines[world]))
        report.lines += 1
        report.operations += len(line["ops"])
        report.mismatches += result
        if on_line:
            on_line(line, result)
    return report


def _mismatches(line: Line, engine: ReplayEngine) -> Iterator[Mismatch]:
    grant = engine.begin(line)
    yield from _compare(line, "grant", line["grant"], grant)
    if not grant["granted"]:
        return
    for index, step in enumerate(line["ops"]):
        decided = {name: step["expect"].get(name) for name in DECISION}
        yield from _compare(line, index, decided, engine.run(step))
    if "final_state" in line:
        yield from _compare(line, "final_state", line["final_state"], engine.final_state())


def _compare(line: Line, operation: int | str, expected: Any, result: Any) -> Iterator[Mismatch]:
    differing = tuple(differences(expected, result))
    if differing:
        yield Mismatch(line["id"], operation, differing)
