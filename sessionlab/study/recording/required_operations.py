"""What a proposal must allow: the recording's operations that reached the chain, in order.

Operations that succeeded must succeed again. Those that failed on the chain fail again and use only gas, as before.
Those that never reached the chain used nothing and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sessionlab.core.permissions.decide import Decision, Run, calls_succeed, decide
from sessionlab.core.permissions.limits import LIMITS, Meter, Remaining
from sessionlab.core.permissions.operation import Operation
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.recording.decide_again import as_a_client_would
from sessionlab.study.recording.gas_under import GasOf
from sessionlab.study.recording.recording import VALIDATION, RecordedOperation, Recording
from sessionlab.study.recording.sent_before import SentBefore

#: More than any operation can request.
BOUNDLESS = 2**512


class Refused(NamedTuple):
    """An operation that must be allowed but is refused."""

    #: Index of the operation in the recording, from 0.
    number: int
    step: RecordedOperation
    decision: Decision


def required_operations(recording: Recording) -> tuple[tuple[int, RecordedOperation], ...]:
    """Return the operations that reached the chain, with their indices in the recording."""
    return tuple((number, step) for number, step in enumerate(recording.steps) if step.ok or step.is_on_chain)


def first_refusal(
    recording: Recording, permissions: Iterable[Permission], expiry: int, rules: Ruleset, gas_of: GasOf | None = None
) -> Refused | None:
    """Return the first successful operation that these permissions refuse; None if there is none.

    Does not check whether the permissions can be granted, so parts of a grant can be tested. Without ``gas_of``, gas is
    taken as recorded.
    """
    policy, left = install(rows(permissions), wallet=recording.wallet, rules=rules, valid_until=expiry)
    sent = SentBefore.nothing(recording)
    for number, step in required_operations(recording):
        decision = decide(policy, left, _operation(number, step, policy, gas_of, sent), step.time, rules, _again(step))
        if step.ok and not decision.accepted:
            return Refused(number, step, decision)
        left, sent = decision.remaining, _sent_after(sent, step, decision)
    return None


class Usage(NamedTuple):
    """What the required operations used of one meter."""

    used: int
    #: How many operations used some of it.
    operations: int


def usage(recording: Recording, permissions: Sequence[Permission], rules: Ruleset, gas_of: GasOf) -> dict[Meter, Usage]:
    """Return what each limit must hold for these operations, in its unit, and how many operations count against it.

    Only reach is restricted here. Each limit must last until the last operation that has to pass and uses some of it.
    """
    policy, limits = install(rows(permissions), wallet=recording.wallet, rules=rules)
    left: Remaining = {meter: BOUNDLESS if LIMITS[meter.kind].counts else limit for meter, limit in limits.items()}
    result = dict.fromkeys(limits, Usage(0, 0))
    counted = dict.fromkeys(limits, 0)
    sent = SentBefore.nothing(recording)
    for number, step in required_operations(recording):
        decision = decide(policy, left, _operation(number, step, policy, gas_of, sent), step.time, rules, _again(step))
        after = decision.remaining
        for meter in limits:
            counted[meter] += after[meter] != left[meter]
            if step.ok and after[meter] != left[meter]:
                result[meter] = Usage(BOUNDLESS - after[meter], counted[meter])
        left, sent = after, _sent_after(sent, step, decision)
    return result


def _operation(
    number: int, step: RecordedOperation, policy: Policy, gas_of: GasOf | None, sent: SentBefore
) -> Operation:
    """Return the operation as a client would send it after those that were ``sent``."""
    operation = as_a_client_would(step.operation, policy)
    return operation if gas_of is None else operation._replace(gas=gas_of(number, sent))


def _sent_after(sent: SentBefore, step: RecordedOperation, decision: Decision) -> SentBefore:
    """Return what is left behind: an operation that is refused in validation never gets to the chain."""
    return sent if decision.phase == VALIDATION else sent.after(step)


def successes(recording: Recording) -> Iterator[tuple[int, Operation]]:
    """Yield the operations that must be allowed, with their indices."""
    return ((number, step.operation) for number, step in required_operations(recording) if step.ok)


def _again(step: RecordedOperation) -> Run:
    return calls_succeed if step.ok else lambda operation: step.reason or "EmptyRevert"
