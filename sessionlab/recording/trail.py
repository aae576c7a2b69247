"""What a proposal must allow: the operations of a recording that are on the chain, in order.

Those that succeeded must succeed. Those that failed there fail again: they use gas, as they did, and nothing else.
What never reached the chain used nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sessionlab.permissions.decide import Decision, Run, calls_succeed, decide
from sessionlab.permissions.operation import Operation
from sessionlab.permissions.policy import State, install
from sessionlab.permissions.rows import rows
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission
from sessionlab.recording.recording import Recording, Step
from sessionlab.recording.rerun import as_a_client_would

#: More than anybody can ask for.
BOUNDLESS = 2**512


class Refused(NamedTuple):
    """An operation of the trail that must be allowed and is not."""

    #: Number of the operation in the recording, from 0.
    number: int
    step: Step
    decision: Decision


def trail(recording: Recording) -> tuple[tuple[int, Step], ...]:
    """The operations that reached the chain, with their numbers in the recording."""
    return tuple((number, step) for number, step in enumerate(recording.steps) if step.ok or step.is_on_chain)


def first_refusal(
    recording: Recording, permissions: Iterable[Permission], expiry: int, rules: Ruleset
) -> Refused | None:
    """The first operation that succeeded and would not under these permissions; None if there is none.

    Whether the permissions are a grant is not asked, so that parts of one can be tried.
    """
    policy, state = install(rows(permissions), wallet=recording.wallet, rules=rules, valid_until=expiry)
    for number, step in trail(recording):
        operation = as_a_client_would(step.operation, policy)
        decision = decide(policy, state, operation, step.time, rules, _again(step))
        if step.ok and not decision.accepted:
            return Refused(number, step, decision)
        state = decision.state
    return None


def gas_used(recording: Recording, permissions: Sequence[Permission], rules: Ruleset) -> tuple[int, int]:
    """What gas-limit must hold for this trail, in its unit, and the number of operations that count in it.

    Without any other bound than reach: the last operation that must pass is the last that needs some of it.
    """
    policy, state = install(rows(permissions), wallet=recording.wallet, rules=rules)
    state = State(BOUNDLESS, dict.fromkeys(state.tokens, BOUNDLESS), BOUNDLESS)
    used, counted, so_far = 0, 0, 0
    for _, step in trail(recording):
        before = state.gas
        operation = as_a_client_would(step.operation, policy)
        state = decide(policy, state, operation, step.time, rules, _again(step)).state
        so_far += state.gas != before
        if step.ok and not step.sponsored:
            used, counted = BOUNDLESS - state.gas, so_far
    return used, counted


def successes(recording: Recording) -> Iterator[tuple[int, Operation]]:
    """The operations that must be allowed, with their numbers."""
    return ((number, step.operation) for number, step in trail(recording) if step.ok)


def _again(step: Step) -> Run:
    return calls_succeed if step.ok else lambda operation: step.reason or "EmptyRevert"
