"""The same history under other permissions, another ruleset or another expiry, decided by the pure engine.

What the called contracts do is not known here; what they did is. So a call that a contract refused is refused again,
and one that the rules refused before it ran is assumed to run well: the comparison says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sessionlab.errors import InvalidInput
from sessionlab.permissions.decide import Decision, Run, calls_succeed, decide
from sessionlab.permissions.grant import check_expiry_unit, check_grant, check_install
from sessionlab.permissions.kinds import Remaining
from sessionlab.permissions.operation import Operation
from sessionlab.permissions.policy import NOTHING, Policy, install
from sessionlab.permissions.reading import permissions_from_json
from sessionlab.permissions.rows import rows
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.permissions.types import Permission
from sessionlab.recording.comparison import Comparison, Verdict
from sessionlab.recording.recording import EXECUTION, VALIDATION, Recording, Step


def compare(
    recording: Recording,
    permissions: Sequence[Permission | Mapping[str, Any]] | None,
    rules: str | Ruleset | None,
    expiry: int | None,
    *,
    as_sent: bool = False,
) -> Comparison:
    """``Recording.under``. Raises GrantRefused, InvalidInput."""
    found = recording.permissions if permissions is None else read_permissions(permissions)
    ruling = rules_for(recording, rules)
    check_expiry_unit(expiry, "expiry")
    end = (recording.expiry_sec if expiry is None else expiry) or None
    now = recording.steps[0].time if recording.steps else 0
    check_grant(found, wallet=recording.wallet, expiry=end, now=now, rules=ruling)
    check_install(found, expiry=end)
    policy, whole = install(rows(found), wallet=recording.wallet, rules=ruling, valid_until=end or 0)
    verdicts, left = _decide_again(recording, policy, whole, ruling, as_sent)
    return Comparison(recording, found, ruling, end, verdicts, left)


def rules_for(recording: Recording, rules: str | Ruleset | None) -> Ruleset:
    """The ruleset that is asked for; a name brings the extensions of the recording along."""
    if isinstance(rules, Ruleset):
        return rules
    return recording.rules if rules is None else ruleset(rules, recording.rules.extensions)


def read_permissions(permissions: Sequence[Permission | Mapping[str, Any]]) -> tuple[Permission, ...]:
    """Permissions as objects or as the API's JSON. InvalidInput names what is malformed."""
    if isinstance(permissions, Permission | Mapping | str) or not isinstance(permissions, Sequence):
        fix = "put the permission into [ ]."
        raise InvalidInput("permissions is a list.", field="permissions", fix=fix)
    return tuple(permissions_from_json([p.to_json() if isinstance(p, Permission) else p for p in permissions]))


def as_a_client_would(operation: Operation, policy: Policy) -> Operation:
    """Wrapped where spending is counted, and in the lane of the policy's key."""
    return operation._replace(wrapped=policy.limits_spending, is_global=policy.is_root)


def _decide_again(
    recording: Recording, policy: Policy, left: Remaining, rules: Ruleset, as_sent: bool
) -> tuple[tuple[Verdict, ...], Remaining]:
    verdicts = []
    for number, (step, outside) in enumerate(zip(recording.steps, _outside(recording), strict=True)):
        now = _policy_at(recording, policy, step)
        operation = step.operation if as_sent else as_a_client_would(step.operation, policy)
        decision = decide(now, left, operation, step.time, rules, _as_it_ran(step, outside))
        if outside is not None and step.phase == VALIDATION and decision.phase != VALIDATION:
            decision = Decision(VALIDATION, outside, left)
        verdicts.append(Verdict(number, step, operation, left, decision, decision.accepted and not step.ok))
        # What a rehearsal refuses is not sent, so it uses nothing; that on the chain was sent and is sent again.
        if step.is_on_chain or decision.phase != EXECUTION:
            left = decision.remaining
    return tuple(verdicts), left


def _outside(recording: Recording) -> tuple[str | None, ...]:
    """For each operation, why it was refused, if the rules were not the reason: a called contract, funds, a sponsor."""
    policy, left = install(
        rows(recording.permissions),
        wallet=recording.wallet,
        rules=recording.rules,
        valid_until=recording.expiry_sec or 0,
    )
    found = []
    for step in recording.steps:
        now = _policy_at(recording, policy, step)
        decision = decide(now, left, step.operation, step.time, recording.rules)
        by_rules = (decision.phase, decision.reason) == (step.phase, step.reason)
        found.append(None if step.ok or by_rules else step.reason)
        if step.ok:
            left = decision.remaining
        elif step.is_on_chain:
            left = {**left, **{meter: decision.remaining[meter] for meter in policy.operation_meters}}
    return tuple(found)


def _as_it_ran(step: Step, outside: str | None) -> Run:
    """What the called contracts do: what they did, and if they were never asked, what they are asked to."""
    if outside is None or step.phase != EXECUTION:
        return calls_succeed
    return lambda operation: outside


def _policy_at(recording: Recording, policy: Policy, step: Step) -> Policy:
    """The policy, or nothing once the owner has revoked the session."""
    return replace(NOTHING, wallet=policy.wallet) if recording.is_revoked_at(step.time) else policy
