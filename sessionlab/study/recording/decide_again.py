"""The same history under other permissions, another ruleset or another expiry, decided by the pure engine.

The engine does not know what the called contracts would do, only what they did. A call that a contract refused is
refused again; a call that the rules refused before it ran is assumed to succeed, and the comparison says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sessionlab.core.permissions.decide import Decision, Run, calls_succeed, decide
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.limits import Remaining
from sessionlab.core.permissions.operation import Operation
from sessionlab.core.permissions.policy import NOTHING, Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.recording.comparison import Comparison, ReplayedDecision
from sessionlab.study.recording.gas_under import GasUnder
from sessionlab.study.recording.recording import EXECUTION, VALIDATION, RecordedOperation, Recording
from sessionlab.study.recording.sent_before import SentBefore


def compare(
    recording: Recording,
    permissions: Sequence[Permission | Mapping[str, Any]] | None,
    rules: str | Ruleset | None,
    expiry: int | None,
    *,
    as_sent: bool = False,
) -> Comparison:
    """``Recording.under``. Raises GrantRefused, InvalidInput."""
    result = recording.permissions if permissions is None else tuple(read_permissions(permissions))
    ruling = rules_for(recording, rules)
    end = (recording.expiry_sec if expiry is None else expiry) or None
    now = recording.begin()
    check_grant(result, wallet=recording.wallet, expiry=end, now=now, rules=ruling)
    check_install(result, expiry=end)
    policy, whole = install(rows(result), wallet=recording.wallet, rules=ruling, valid_until=end or 0)
    gas_of = None if as_sent else GasUnder(recording, result, ruling, ends=end is not None)
    verdicts, left = _decide_again(recording, policy, whole, ruling, gas_of)
    return Comparison(recording, result, ruling, end, verdicts, left)


def rules_for(recording: Recording, rules: str | Ruleset | None) -> Ruleset:
    """Return the requested ruleset; a name keeps the extensions of the recording."""
    if isinstance(rules, Ruleset):
        return rules
    return recording.rules if rules is None else ruleset(rules, recording.rules.extensions)


def as_a_client_would(operation: Operation, policy: Policy) -> Operation:
    """Wrap the operation if spending is counted, and use the session's nonce key."""
    return operation._replace(wrapped=policy.limits_spending, is_global=policy.is_root)


def _decide_again(
    recording: Recording, policy: Policy, left: Remaining, rules: Ruleset, gas_of: GasUnder | None
) -> tuple[tuple[ReplayedDecision, ...], Remaining]:
    """Decide every operation again; without ``gas_of``, as it was sent."""
    verdicts, sent = [], SentBefore.nothing(recording)
    for number, (step, outside) in enumerate(zip(recording.steps, _outside(recording), strict=True)):
        now = _policy_at(recording, policy, step)
        operation = step.operation
        if gas_of is not None:
            operation = as_a_client_would(operation, policy)._replace(gas=gas_of(number, sent))
        decision = decide(now, left, operation, step.time, rules, _as_it_ran(step, outside))
        if outside is not None and step.phase == VALIDATION and decision.phase != VALIDATION:
            decision = Decision(VALIDATION, outside, left)
        verdicts.append(ReplayedDecision(number, step, operation, left, decision, decision.accepted and not step.ok))
        # An operation that fails in simulation is not sent and uses nothing. One on the chain is sent again.
        if step.is_on_chain or decision.phase != EXECUTION:
            left = decision.remaining
            sent = sent if decision.phase == VALIDATION else sent.after(step)
    return tuple(verdicts), left


def _outside(recording: Recording) -> tuple[str | None, ...]:
    """For each operation, why it was refused, if not by the rules: a called contract, funds or a sponsor."""
    policy, left = install(
        rows(recording.permissions),
        wallet=recording.wallet,
        rules=recording.rules,
        valid_until=recording.expiry_sec or 0,
    )
    result = []
    for step in recording.steps:
        now = _policy_at(recording, policy, step)
        decision = decide(now, left, step.operation, step.time, recording.rules)
        by_rules = (decision.phase, decision.reason) == (step.phase, step.reason)
        result.append(None if step.ok or by_rules else step.reason)
        if step.ok:
            left = decision.remaining
        elif step.is_on_chain:
            left = {**left, **{meter: decision.remaining[meter] for meter in policy.operation_meters}}
    return tuple(result)


def _as_it_ran(step: RecordedOperation, outside: str | None) -> Run:
    """Return what the called contracts do: what they did, or success if they were never called."""
    if outside is None or step.phase != EXECUTION:
        return calls_succeed
    return lambda operation: outside


def _policy_at(recording: Recording, policy: Policy, step: RecordedOperation) -> Policy:
    """Return the policy, or an empty one once the owner has revoked the session."""
    return replace(NOTHING, wallet=policy.wallet) if recording.is_revoked_at(step.time) else policy
