"""Planned operations and their results: plain data, the same for both engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sessionlab.core.base.doors import FLAG, each, integer, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.gas import Gas, read_gas
from sessionlab.core.permissions.types import Permission
from sessionlab.experiments.grid import Plain, Point
from sessionlab.study.doors import CALL, a

Measure = Mapping[str, Plain]
"""The measured values of a run, by name."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation that the session will send: its calls, ``wait`` seconds after the previous one."""

    calls: Sequence[Call]
    wait: int = 0
    #: Whether a paymaster pays for its gas, which then counts against no gas limit.
    sponsored: bool = False
    #: None: sent as a session sends it, simulated and with the gas that this calls for; an operation that fails in the
    #: simulation is not mined. With limits, it is not simulated: if it fails in execution, it is mined and paid for.
    gas: Gas | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", each(CALL)(self.calls, "calls"))
        object.__setattr__(self, "wait", integer(self.wait, "wait", fix="give whole seconds, 0 or more."))
        FLAG(self.sponsored, "sponsored")
        if self.gas is not None and read_gas(self.gas).total is None:
            fix = "give OPERATION_LIMITS, or a Gas with three."
            message = f"{self.gas!r} does not name all gas limits."
            raise InvalidInput(message, field="gas", asked=repr(self.gas)[:80], fix=fix)
        object.__setattr__(self, "gas", None if self.gas is None else read_gas(self.gas))


class Decided(NamedTuple):
    """The result of one operation."""

    #: ``ok``; ``validation``: nothing changes and nobody pays; ``execution``: its calls revert but gas is paid.
    phase: str
    #: Production's name of the rule that refuses, or the called contract's error; None if the operation passes.
    reason: str | None
    #: Gas that was charged; None if the rules alone decided.
    gas: int | None = None


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: a point, a seed, and the result of each operation."""

    parameters: Point = field(hash=False)
    seed: int
    permissions: tuple[Permission, ...]
    #: The grant rule that refused the permissions, in which case nothing was sent; None if they were granted.
    grant_refused: str | None
    operations: tuple[Decided, ...]

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in counts(self).items() if value not in (None, 0, ""))
        return f"<Ran {named(self.parameters)}, seed={self.seed}: {facts or 'nothing was sent'}>"


def named(parameters: Point) -> str:
    """Format a point's values like call arguments."""
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


@reads(ran=a("sessionlab.experiments.workload:Ran", fix="give what sweep.one() returns."))
def counts(ran: Ran) -> dict[str, Plain]:
    """The default measure: how many operations passed, and how many were refused in which phase and why."""
    phases = Counter(operation.phase for operation in ran.operations)
    refused = [(number, operation.reason) for number, operation in enumerate(ran.operations) if operation.phase != "ok"]
    reasons = Counter(reason for _, reason in refused)
    charged = [operation.gas for operation in ran.operations if operation.gas is not None]
    return {
        "grant_refused": ran.grant_refused,
        "operations": len(ran.operations),
        "passed": phases["ok"],
        "refused_in_validation": phases["validation"],
        "refused_in_execution": phases["execution"],
        "first_refused": refused[0][0] if refused else None,  # its index, from 0
        "reasons": "; ".join(f"{reason} {count}" for reason, count in sorted(reasons.items(), key=str)),
        "gas_charged": sum(charged) if charged else None,
    }


def read_planned(items: Iterable[Any]) -> list[Planned]:
    """Read what a workload returned: ``Planned``, calls, or lists of calls. Raises InvalidInput for anything else."""
    return [_planned(item, f"operations[{number}]") for number, item in enumerate(items)]


def _planned(item: Any, field: str) -> Planned:
    try:
        result = item if isinstance(item, Planned) else Planned((item,) if isinstance(item, Call) else item)
    except InvalidInput:
        fix = "give a Call, a list of them, or Planned([Call(…)], wait=60)."
        message = f"{repr(item)[:80]} is not an operation."
        raise InvalidInput(message, field=field, asked=repr(item)[:80], fix=fix) from None
    return result
