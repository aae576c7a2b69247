"""The decision engine: whether a session's operation passes, in which phase it is refused, why, and what remains.

    decision = decide(policy, remaining, operation, now, DOCUMENTED)
    decision.phase, decision.reason     # ("validation", "AddressNotAllowed")

``decide`` is a pure function: no chain, no clock, no globals. Read ``_validate`` first: it lists the rules in the order
in which they apply, and the first rule that fails gives the reason. Names and numbers match ``validation.vy``. What is
counted, and how much of it an operation uses, is defined in ``limits.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.functions import EXECUTE_BATCH, INSTALL_SESSION, REPLACE_OWNER, UNINSTALL_SESSION
from sessionlab.core.permissions.limits import LIMITS, Limit, Meter, Remaining
from sessionlab.core.permissions.operation import CALL_SELECTORS, EMPTY_REVERT, Operation, PlainCall
from sessionlab.core.permissions.policy import Policy, Target
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.violation import Violation

#: Functions that the owner and root sessions may use in addition to ``execute`` and ``executeBatch``.
ROOT_FUNCTIONS = frozenset(bytes.fromhex(code[2:]) for code in (INSTALL_SESSION, UNINSTALL_SESSION, REPLACE_OWNER))


class Decision(NamedTuple):
    """The decision about one operation."""

    #: ``ok``; ``validation``: nothing changes and nobody pays; ``execution``: gas is paid and the calls are reverted.
    phase: str
    #: The production name of the first rule that fails; None if all rules pass.
    reason: str | None
    #: What remains afterwards.
    remaining: Remaining
    #: Index of the failing call, and what was asked and left, if the rule concerns them.
    call: int | None = None
    asked: int | None = None
    left: int | None = None

    @property
    def accepted(self) -> bool:
        """Whether the whole operation succeeds."""
        return self.phase == "ok"


Run = Callable[[Operation], str | None]
"""Runs the called contracts: None if all calls succeed, otherwise the first failing call's reason."""


def calls_succeed(operation: Operation) -> str | None:
    """Assume that every call succeeds."""
    return None


def decide(
    policy: Policy, remaining: Remaining, operation: Operation, now: int, rules: Ruleset, run: Run = calls_succeed
) -> Decision:
    """Decide one operation at ``now`` (Unix seconds). ``run`` is called last, and only if every rule passes."""
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
    """Validation phase: return what remains after counting the operation as a whole. Raises Violation."""
    # 1. The calldata has a selector.
    selector = operation.selector
    if selector is None:
        raise Violation(EMPTY_REVERT if operation.wrapped else "UnrecognizedFunction")

    # 2. The session may use the selector. The global nonce key is only for root.
    if operation.is_global != policy.is_root or not _may_use(policy, selector):
        raise Violation("ValidationFunctionMissing")

    # 3. Calls to the wallet itself may only use its own functions, one level deep.
    _check_self_calls(policy, operation)
    if operation.fault is not None:
        raise Violation(operation.fault.reason, len(operation.calls), operation.fault.asked)

    if not policy.is_root:
        # 4. Spend limits are counted in execution, which knows the session only inside executeUserOp.
        if policy.limits_spending and not operation.wrapped:
            raise Violation("RequireUserOperationContext")
        # 5. Count what the operation uses as a whole: gas, if the wallet pays for it.
        for meter in policy.operation_meters:
            remaining = _use(meter, remaining, operation, rules)
        # 6. The session may make every call.
        for index, call in enumerate(operation.calls):
            _check_reach(policy, index, call, rules)

    # 7. The nonce, the signature and the time window, which the EntryPoint checks.
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
    for index, call in enumerate(operation.calls):
        if call.target == wallet:
            if operation.selector == EXECUTE_BATCH and len(call.data) < 4:
                raise Violation(EMPTY_REVERT, index)
            if operation.selector != EXECUTE_BATCH or call.selector in CALL_SELECTORS:
                raise Violation("SelfCallRecursionDepthExceeded", index)
            if not _may_use(policy, call.selector):
                raise Violation("ValidationFunctionMissing", index)


def _use(meter: Meter, remaining: Remaining, operation: Operation, rules: Ruleset) -> Remaining:
    """Return what remains after an operation has used its share of a meter."""
    limit, left = LIMITS[meter.kind], remaining[meter]
    asked = limit.of_operation(operation, rules) if limit.of_operation else None
    if asked is None:
        return remaining
    if asked > left:
        raise Violation(limit.error_under(rules), None, asked, left)
    return {**remaining, meter: left - asked}


def _check_reach(policy: Policy, index: int, call: PlainCall, rules: Ruleset) -> None:
    target = policy.targets.get(call.target)
    if rules.wildcard_reaches_listed_targets:
        if not _any_permission_reaches(policy, target, call, rules):
            raise Violation(_unreached(target, call), index)
    elif target is None:
        if call.selector not in policy.anywhere:
            raise Violation("AddressNotAllowed", index)
    elif target.limits_functions and (len(call.data) < 4 or call.selector not in target.functions):
        raise Violation(_unreached(target, call), index)
    if call.value and rules.value_needs_permission and not policy.sends_native:
        raise Violation("NativeTransferNotAllowed", index, call.value, 0)


def _any_permission_reaches(policy: Policy, target: Target | None, call: PlainCall, rules: Ruleset) -> bool:
    """Under the documented rules, one permission that reaches the call is enough (R4)."""
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
    """Execution phase, before the first call: return what remains after counting the calls. Raises Violation."""
    if not policy.limits_spending:
        return remaining
    if operation.selector not in CALL_SELECTORS:
        # 9. A session with a token limit may only make calls (R7).
        if policy.target_limits and not rules.spend_limits_bind_spending_only:
            raise Violation("SpendingRequestNotAllowed")
        return remaining
    # 8. Native tokens, in total.
    for meter in policy.sum_meters:
        if asked := _sum(meter, operation, remaining[meter], rules):
            remaining = {**remaining, meter: remaining[meter] - asked}
    # 9. Limited tokens, call by call; then all extensions for each call.
    for turn in policy.turns:
        for index, call in enumerate(operation.calls):
            for kind, meters in turn:
                counted = meters.get(call.target)
                if counted is not None and (asked := _of_call(LIMITS[kind], index, call, remaining[counted], rules)):
                    remaining = {**remaining, counted: remaining[counted] - asked}
    return remaining


def _sum(meter: Meter, operation: Operation, left: int, rules: Ruleset) -> int:
    """Return what all calls use in total. Raises Violation if it is more than ``left``."""
    limit = LIMITS[meter.kind]
    total, over = 0, None
    for index, call in enumerate(operation.calls):
        total += limit.of_call(call, left) if limit.of_call else 0
        if over is None and total > left:
            over = index
    if total > MAX_UINT256:
        raise Violation("Panic(0x11)")
    if over is not None:
        raise Violation(limit.error_under(rules), over, total, left)
    return total


def _of_call(limit: Limit, index: int, call: PlainCall, left: int, rules: Ruleset) -> int:
    """Return what one call uses. Raises Violation, with the call's index, if it is more than ``left``."""
    try:
        asked = limit.of_call(call, left) if limit.of_call else 0
    except Violation as broken:
        broken.call = index
        raise
    if asked > left:
        raise Violation(limit.error_under(rules), index, asked, left)
    return asked
