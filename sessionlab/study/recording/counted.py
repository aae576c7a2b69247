"""What the amounts of a refusal count: the unit of a limit, or bytes, seconds or wei."""

from __future__ import annotations

from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.kinds import LIMITS, Meter, kind_of_error, unit_of
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.recording.recording import RecordedOperation


def unit_of_refusal(decision: Decision, step: RecordedOperation, rules: Ruleset) -> str | None:
    """The unit of a refusal's amounts, which its reason decides."""
    if decision.asked is None:
        return None
    kind = kind_of_error(decision.reason, decision.phase)
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
