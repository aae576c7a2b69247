"""What the amounts of a refusal count: the unit of a limit, or bytes, seconds or wei."""

from __future__ import annotations

from typing import Any, NamedTuple

from sessionlab.permissions.decide import Decision
from sessionlab.permissions.kinds import LIMITS, LimitKind, Meter, kind_of_error, unit_of
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.recording.recording import Step


class Amounts(NamedTuple):
    """What a refusal asked and what was left, in ``unit``: wei, gas, bytes, seconds, a token's address, or a noun."""

    asked: int | None = None
    left: int | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {name: str(value) if isinstance(value, int) else value for name, value in self._asdict().items()}


def amounts_of(decision: Decision, step: Step, rules: Ruleset) -> Amounts:
    """The amounts of a refusal; none where it is not about amounts. A condition's numbers are none."""
    kind = kind_of_error(decision.reason, decision.phase)
    if decision.asked is None or (kind is not None and not LIMITS[kind].counts):
        return Amounts()
    return Amounts(decision.asked, decision.left, _unit(kind, decision, step, rules))


def _unit(kind: LimitKind | None, decision: Decision, step: Step, rules: Ruleset) -> str | None:
    if kind is None:
        return _UNITS.get(decision.reason or "")
    target = None
    if LIMITS[kind].binds_target and decision.call is not None:
        target = step.operation.calls[decision.call].target
    return unit_of(Meter(kind, target), rules)


_UNITS = {
    "NativeTransferNotAllowed": "wei",
    "InvalidCalldataLength": "bytes",
    "AA22 expired or not due": "seconds",
}
