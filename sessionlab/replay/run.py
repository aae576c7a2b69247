"""Replaying a vectors file: every line through an engine, every decision compared.

    report = replay(read_vectors(path), EvmEngine)
    report.mismatches        # [] when the engine decides as the file says
    report.to_json()         # {"lines": 720, "operations": 2145, "mismatches": 0}

A file may hold more about an operation than its decision, such as the gas that it took in production;
that is not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sessionlab.permissions.rulesets import Ruleset
from sessionlab.replay.vectors import Line, Operation, differences, rules_of


class Engine(Protocol):
    """What decides: the EVM, or a model of it. One engine serves all lines of one ruleset."""

    def begin(self, line: Line) -> dict[str, Any]:
        """Grant the line's session in a world of its own; returns the grant in the line's own format."""

    def run(self, step: Operation) -> dict[str, Any]:
        """Decide one operation or revocation; returns the decision in the line's own format."""

    def final_state(self) -> dict[str, Any]:
        """Balances and counters after all operations, in the line's own format."""


#: What a decision is.
DECISION = ("accepted", "phase", "reason", "remaining")

EngineFactory = Callable[[Mapping[str, str], Ruleset], Engine]
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
    """What a replay found. ``operations`` counts revocations too."""

    lines: int = 0
    operations: int = 0
    mismatches: list[Mismatch] = field(default_factory=list)

    def to_json(self) -> dict[str, int]:
        """The summary: three numbers."""
        return {"lines": self.lines, "operations": self.operations, "mismatches": len(self.mismatches)}


def replay(
    lines: Iterable[Line],
    engine_factory: EngineFactory,
    on_line: Callable[[Line, list[Mismatch]], None] | None = None,
) -> Report:
    """Replay all lines; ``on_line`` hears of each line and its mismatches as soon as it is done."""
    report = Report()
    engines: dict[Any, Engine] = {}
    for line in lines:
        rules = rules_of(line)
        world = (rules, *sorted(line["addresses"].items()))
        if world not in engines:
            engines[world] = engine_factory(line["addresses"], rules)
        found = list(_mismatches(line, engines[world]))
        report.lines += 1
        report.operations += len(line["ops"])
        report.mismatches += found
        if on_line:
            on_line(line, found)
    return report


def _mismatches(line: Line, engine: Engine) -> Iterator[Mismatch]:
    grant = engine.begin(line)
    yield from _compare(line, "grant", line["grant"], grant)
    if not grant["granted"]:
        return
    for index, step in enumerate(line["ops"]):
        decided = {name: step["expect"].get(name) for name in DECISION}
        yield from _compare(line, index, decided, engine.run(step))
    if "final_state" in line:
        yield from _compare(line, "final_state", line["final_state"], engine.final_state())


def _compare(line: Line, operation: int | str, expected: Any, found: Any) -> Iterator[Mismatch]:
    differing = tuple(differences(expected, found))
    if differing:
        yield Mismatch(line["id"], operation, differing)
