"""The rules: whether an operation of a session passes, in which phase it is refused and why, and what is left.

    decision = decide(policy, remaining, operation, now, DOCUMENTED)
    decision.phase, decision.reason     # ("validation", "AddressNotAllowed")

A pure function: no chain, no clock, no globals. Read ``_validate`` first: it is the text of the rules, in the order in
which they apply, and the first that fails gives the reason. Names and numbers are those of ``validation.vy``. What is
counted, and how much an operation uses of it, is in ``kinds.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sessionlab.permissions.functions import INSTALL_SESSION, REPLACE_OWNER, UNINSTALL_SESSION
from sessionlab.permissions.kinds import LIMITS, Limit, LimitKind, Meter, Remaining
from sessionlab.permissions.operation import CALL_SELECTORS, EMPTY_REVERT, EXECUTE_BATCH, Operation, PlainCall
from sessionlab.permissions.policy import Policy, Target
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.violation import Violation

#: What the owner, and a session with root, may use besides ``execute`` and ``executeBatch``.
ROOT_FUNCTIONS = frozenset(bytes.fromhex(code[2:]) for code in (INSTALL_SESSION, UNINSTALL_SESSION, REPLACE_OWNER))
MAX_UINT256 = 2**256 - 1


class Decision(NamedTuple):
    """What becomes of an operation."""

    #: ``ok``; ``validation``: nothing changes and nobody pays; ``execution``: gas is paid, its calls are undone.
    phase: str
    #: The production name of the first rule that fails; None if all pass.
    reason: str | None
    #: What remains afterwards.
    remaining: Remaining
    #: Number of the call that fails, from 0, and what it asked and what was left, where the rule is about that.
    call: int | None = None
    asked: int | None = None
    left: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether all of it happens."""
        return self.phase == "ok"


Run = Callable[[Operation], str | None]
"""What the called contracts do: None if all calls succeed, else the reason with which the first fails."""


def calls_succeed(operation: Operation) -> str | None:
    """Every called contract does what it is asked to."""
    return None


def decide(
    policy: Policy, remaining: Remaining, operation: Operation, now: int, rules: Ruleset, run: Run = calls_succeed
) -> Decision:
    """Decide one operation at ``now`` (unix seconds). ``run`` is asked last, and only if every rule is kept."""
    try:
        paid = _validate(policy, remaining, operation, now, rules)
    except Violation as broken:
        return Decision("validation", broken.reason, remaining, broken.call, broken.asked, broken.left)
    try:
        after = _spend(policy, paid, operation, rules)
    except Violation as broken:
        return Decision("execution", broken.reason, paid, broken.call, broken.asked, broken.left)
    if (reason := run(operation)) is not None:
        return Decision("execution", reason, paid)
    return Decision("ok", None, after)


def _validate(policy: Policy, remaining: Remaining, operation: Operation, now: int, rules: Ruleset) -> Remaining:
    """The validation phase: what remains once the operation as a whole is counted. Raises Violation."""
    # 1. There is a selector.
    selector = operation.selector
    if selector is None:
        raise Violation(EMPTY_REVERT if operation.wrapped else "UnrecognizedFunction")

    # 2. The selector is the session's. The global lane is for who may do everything.
    if operation.is_global != policy.is_root or not _may_use(policy, selector):
        raise Violation("ValidationFunctionMissing")

    # 3. No way back into the wallet but its own functions, one level deep.
    _check_self_calls(policy, operation)
    if operation.fault is not None:
        raise Violation(operation.fault.reason, len(operation.calls), operation.fault.asked)

    if not policy.is_root:
        # 4. Spend limits are counted in execution, which sees the session only in executeUserOp.
        if policy.limits_spending and not operation.wrapped:
            raise Violation("RequireUserOperationContext")
        # 5. What the operation uses as a whole: gas, when the wallet pays for it.
        for meter in policy.operation_meters:
            remaining = _use(meter, remaining, operation, rules)
        # 6. Every call is within reach.
        for place, call in enumerate(operation.calls):
            _check_reach(policy, place, call, rules)

    # 7. The nonce, the signature and the window, which the EntryPoint judges.
    if not operation.nonce_fits:
        raise Violation("AA25 invalid account nonce")
    if not operation.signature_fits:
        raise Violation("AA24 signature error")
    if not (policy.valid_after <= now and (now <= policy.valid_until or not policy.valid_until)):
        raise Violation("AA22 expired or not due", None, now, policy.valid_until)
    return remaining


def _may_use(policy: Policy, selector: bytes) -> bool:
    if policy.is_root:
        return selector in CALL_SELECTORS or selector in ROOT_FUNCTIONS
    return (policy.makes_calls and selector in CALL_SELECTORS) or selector in policy.account_functions


def _check_self_calls(policy: Policy, operation: Operation) -> None:
    wallet = policy.wallet
    for place, call in enumerate(operation.calls):
        if call.target == wallet:
            if operation.selector == EXECUTE_BATCH and len(call.data) < 4:
                raise Violation(EMPTY_REVERT, place)
            if operation.selector != EXECUTE_BATCH or call.selector in CALL_SELECTORS:
                raise Violation("SelfCallRecursionDepthExceeded", place)
            if not _may_use(policy, call.selector):
                raise Violation("ValidationFunctionMissing", place)


def _use(meter: Meter, remaining: Remaining, operation: Operation, rules: Ruleset) -> Remaining:
    """What remains once an operation has used its part of a meter."""
    limit, left = LIMITS[meter.kind], remaining[meter]
    asked = limit.of_operation(operation, rules) if limit.of_operation else None
    if asked is None:
        return remaining
    if asked > left:
        raise Violation(limit.error_under(rules), None, asked, left)
    return {**remaining, meter: left - asked}


def _check_reach(policy: Policy, place: int, call: PlainCall, rules: Ruleset) -> None:
    target = policy.targets.get(call.target)
    if rules.wildcard_reaches_listed_targets:
        if not _any_permission_reaches(policy, target, call, rules):
            raise Violation(_unreached(target, call), place)
    elif target is None:
        if call.selector not in policy.anywhere:
            raise Violation("AddressNotAllowed", place)
    elif target.limits_functions and (len(call.data) < 4 or call.selector not in target.functions):
        raise Violation(_unreached(target, call), place)
    if call.value and rules.value_needs_permission and not policy.sends_native:
        raise Violation("NativeTransferNotAllowed", place, call.value, 0)


def _any_permission_reaches(policy: Policy, target: Target | None, call: PlainCall, rules: Ruleset) -> bool:
    """Documented: one permission that reaches the call is enough (R4)."""
    if target is not None and target.is_open:
        return True
    if not call.data and policy.sends_native and rules.native_reaches_plain_transfers:
        return True
    if len(call.data) < 4 and rules.selector_has_four_bytes:
        return False
    if target is not None and call.selector in target.functions:
        return True
    return call.selector in policy.anywhere or (
        call.target == policy.wallet and call.selector in policy.account_functions
    )


def _unreached(target: Target | None, call: PlainCall) -> str:
    if target is None:
        return "AddressNotAllowed"
    return "NoSelectorSpecified" if len(call.data) < 4 else "SelectorNotAllowed"


def _spend(policy: Policy, remaining: Remaining, operation: Operation, rules: Ruleset) -> Remaining:
    """The execution phase, before the first call: what remains once its calls are counted. Raises Violation."""
    if not policy.limits_spending:
        return remaining
    if operation.selector not in CALL_SELECTORS:
        # 9. A session with a token limit only makes calls (R7).
        if policy.target_limits and not rules.spend_limits_bind_spending_only:
            raise Violation("SpendingRequestNotAllowed")
        return remaining
    # 8. Native tokens, in sum.
    for meter in policy.sum_meters:
        if asked := _sum(meter, operation, remaining[meter], rules):
            remaining = {**remaining, meter: remaining[meter] - asked}
    if policy.target_limits:
        # 9. Limited tokens, call by call; then the extensions, all of them for each call.
        tokens, *extensions = policy.target_limits.items()
        remaining = _spend_by_target([tokens], remaining, operation, rules)
        if extensions:
            remaining = _spend_by_target(extensions, remaining, operation, rules)
    return remaining


def _spend_by_target(
    limits: Sequence[tuple[LimitKind, Mapping[str, Meter]]], remaining: Remaining, operation: Operation, rules: Ruleset
) -> Remaining:
    """What remains once each call is counted against what limits its target."""
    for place, call in enumerate(operation.calls):
        for kind, meters in limits:
            counted = meters.get(call.target)
            if counted is not None and (asked := _of_call(LIMITS[kind], place, call, remaining[counted], rules)):
                remaining = {**remaining, counted: remaining[counted] - asked}
    return remaining


def _sum(meter: Meter, operation: Operation, left: int, rules: Ruleset) -> int:
    """What all calls use together."""
    limit = LIMITS[meter.kind]
    total, over = 0, None
    for place, call in enumerate(operation.calls):
        total += limit.of_call(call, left) if limit.of_call else 0
        if over is None and total > left:
            over = place
    if total > MAX_UINT256:
        raise Violation("Panic(0x11)")
    if over is not None:
        raise Violation(limit.error_under(rules), over, total, left)
    return total


def _of_call(limit: Limit, place: int, call: PlainCall, left: int, rules: Ruleset) -> int:
    """What one call uses."""
    try:
        asked = limit.of_call(call, left) if limit.of_call else 0
    except Violation as broken:
        broken.call = place
        raise
    if asked > left:
        raise Violation(limit.error_under(rules), place, asked, left)
    return asked
