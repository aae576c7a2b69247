"""Outcomes in order, as one amount of gas rises, with each contract's own thresholds between them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from tests.differential.judged import never_ran
from tests.differential.observed import Observed
from tests.differential.twins import Side, Transaction

#: Outcomes between two thresholds that are closer than this are an accident of the code's own gas.
LEAST_WIDTH = 600
GRID = 24


@dataclass(frozen=True)
class Step:
    """From ``first`` gas on, a transaction ends like this."""

    outcome: str
    first: int


def outcome_of(seen: Observed, made: Transaction) -> str:
    """In words: what refuses the bundle, or which events its operations end with. Amounts are left out."""
    if seen.status != 1:
        return "out of gas" if seen.refusal == "no data" else _code(seen.refusal)
    ends = [_end(event.name, event.values) for event in seen.events if event.name in _ENDS]
    idle = never_ran(seen, made.operations)
    return ", ".join(ends) + (f", but {idle} never ran" if idle else "")


def steps(side: Side, make: Callable[[int], Transaction], low: int, high: int) -> list[Step]:
    """The outcomes from ``low`` to ``high`` gas. ``make`` says what depends on the gas."""
    known: dict[int, str] = {}

    def at(gas: int) -> str:
        if gas not in known:
            made = make(gas)
            checkpoint = side.chain.checkpoint()
            known[gas] = outcome_of(side.observe(made), made)
            side.chain.restore(checkpoint)
        return known[gas]

    def between(a: int, b: int) -> list[Step]:
        if at(a) == at(b):
            return []
        if b - a == 1:
            return [Step(at(b), b)]
        middle = (a + b) // 2
        return between(a, middle) + between(middle, b)

    grid = sorted({low + (high - low) * place // GRID for place in range(GRID + 1)})
    found = [Step(at(low), low)]
    for a, b in pairwise(grid):
        found += between(a, b)
    return found


def order(found: list[Step], high: int) -> list[str]:
    """The outcomes that last, without repetition."""
    ends = [*(step.first for step in found[1:]), high + LEAST_WIDTH]
    lasting = [step.outcome for step, end in zip(found, ends, strict=True) if end - step.first >= LEAST_WIDTH]
    return _without_repetition(lasting)


def without_starved(outcomes: list[str]) -> list[str]:
    """The order as a transaction's gas rises, with all ways in which it starves in validation as one.

    Whether a wallet that is left too little fails by itself (AA23), or the EntryPoint behind it, follows from each
    contract's own gas. Both refuse the bundle and charge nobody. So does a lack of gas for the EntryPoint's last steps.
    """
    named = ["refused" if _REFUSED.match(outcome) else outcome for outcome in outcomes]
    return _without_repetition([name for place, name in enumerate(named) if place == 0 or name != "refused"])


def _without_repetition(outcomes: list[str]) -> list[str]:
    return [name for place, name in enumerate(outcomes) if place == 0 or outcomes[place - 1] != name]


_REFUSED = re.compile("out of gas|AA[1-3][0-9]$")
_ENDS = ("UserOperationEvent", "UserOperationRevertReason", "PostOpRevertReason", "UserOperationPrefundTooLow")


def _end(name: str, values: tuple[object, ...]) -> str:
    if name == "UserOperationEvent":
        return "success" if values[1] else "failure"
    return name


def _code(refusal: str) -> str:
    code = re.search("AA[0-9]{2}", refusal)
    return code.group() if code else refusal
