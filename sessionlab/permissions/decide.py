"""The rules: whether an operation of a session passes, in which phase it is refused and why, and what is left.

    decision = decide(policy, state, operation, now, DOCUMENTED)
    decision.phase, decision.reason     # ("validation", "AddressNotAllowed")

A pure function: no chain, no clock, no globals. Read ``_validate`` first; it is the rule text, in the order in which
the rules apply, and the first that fails gives the reason. Names and numbers are those of ``validation.vy``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sessionlab.permissions.functions import INSTALL_SESSION, REPLACE_OWNER, UNINSTALL_SESSION
from sessionlab.permissions.operation import CALL_SELECTORS, EMPTY_REVERT, EXECUTE_BATCH, Operation, PlainCall
from sessionlab.permissions.policy import APPROVE, TRANSFER, Policy, State, Target
from sessionlab.permissions.rulesets import Ruleset

#: What the owner, and a session with root, may use besides ``execute`` and ``executeBatch``.
ROOT_FUNCTIONS = frozenset(bytes.fromhex(code[2:]) for code in (INSTALL_SESSION, UNINSTALL_SESSION, REPLACE_OWNER))
#: Selector, recipient or spender, amount.
SPENDING_BYTES = 68
MAX_UINT256 = 2**256 - 1


class Refusal(Exception):
    """The rule that fails. Raised and caught in this file alone."""

    def __init__(self, reason: str, call: int | None = None, asked: int | None = None, left: int | None = None) -> None:
        self.reason, self.call, self.asked, self.left = reason, call, asked, left


class Decision(NamedTuple):
    """What becomes of an operation."""

    #: ``ok``; ``validation``: nothing changes and nobody pays; ``execution``: gas is paid, its calls are undone.
    phase: str
    #: The production name of the first rule that fails; None if all pass.
    reason: str | None
    #: What is left afterwards.
    state: State
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
    policy: Policy, state: State, operation: Operation, now: int, rules: Ruleset, run: Run = calls_succeed
) -> Decision:
    """Decide one operation at ``now`` (unix seconds). ``run`` is asked last, and only if every rule is kept."""
    try:
        paid = _validate(policy, state, operation, now, rules)
    except Refusal as no:
        return Decision("validation", no.reason, state, no.call, no.asked, no.left)
    try:
        after = _spend(policy, paid, operation, rules)
    except Refusal as no:
        return Decision("execution", no.reason, paid, no.call, no.asked, no.left)
    if (reason := run(operation)) is not None:
        return Decision("execution", reason, paid)
    return Decision("ok", None, after)


def _validate(policy: Policy, state: State, operation: Operation, now: int, rules: Ruleset) -> State:
    """The validation phase: what is left once gas is paid for. Raises Refusal."""
    # 1. There is a selector.
    selector = operation.selector
    if selector is None:
        raise Refusal(EMPTY_REVERT if operation.wrapped else "UnrecognizedFunction")

    # 2. The selector is the session's. The global lane is for who may do everything.
    if operation.is_global != policy.is_root or not _may_use(policy, selector):
        raise Refusal("ValidationFunctionMissing")

    # 3. No way back into the wallet but its own functions, one level deep.
    _check_self_calls(policy, operation)
    if operation.fault is not None:
        raise Refusal(operation.fault.reason, len(operation.calls), operation.fault.asked)

    if not policy.is_root:
        # 4. Spend limits are counted in execution, which sees the session only in executeUserOp.
        if not operation.wrapped and (policy.limits_native or policy.limits_tokens):
            raise Refusal("RequireUserOperationContext")
        # 5. Gas, when the wallet pays for it.
        if policy.limits_gas and not operation.sponsored:
            state = _use_gas(state, operation, rules)
        # 6. Every call is within reach.
        for place, call in enumerate(operation.calls):
            _check_reach(policy, place, call, rules)

    # 7. The nonce, the signature and the window, which the EntryPoint judges.
    if not operation.nonce_fits:
        raise Refusal("AA25 invalid account nonce")
    if not operation.signature_fits:
        raise Refusal("AA24 signature error")
    if not (policy.valid_after <= now and (now <= policy.valid_until or not policy.valid_until)):
        raise Refusal("AA22 expired or not due", None, now, policy.valid_until)
    return state


def _may_use(policy: Policy, selector: bytes) -> bool:
    if policy.is_root:
        return selector in CALL_SELECTORS or selector in ROOT_FUNCTIONS
    return (policy.makes_calls and selector in CALL_SELECTORS) or selector in policy.account_functions


def _check_self_calls(policy: Policy, operation: Operation) -> None:
    wallet = policy.wallet
    for place, call in enumerate(operation.calls):
        if call.target == wallet:
            if operation.selector == EXECUTE_BATCH and len(call.data) < 4:
                raise Refusal(EMPTY_REVERT, place)
            if operation.selector != EXECUTE_BATCH or call.selector in CALL_SELECTORS:
                raise Refusal("SelfCallRecursionDepthExceeded", place)
            if not _may_use(policy, call.selector):
                raise Refusal("ValidationFunctionMissing", place)


def _use_gas(state: State, operation: Operation, rules: Ruleset) -> State:
    """The worst case counts, and nothing of it is given back."""
    asked = operation.gas if rules.gas_limit_counts_gas else operation.gas * operation.fee
    if asked > state.gas:
        reason = "ExceededGasLimit" if rules.gas_limit_counts_gas else "ExceededNativeTokenLimit"
        raise Refusal(reason, None, asked, state.gas)
    return State(state.native, state.tokens, state.gas - asked)


def _check_reach(policy: Policy, place: int, call: PlainCall, rules: Ruleset) -> None:
    target = policy.targets.get(call.target)
    if rules.wildcard_reaches_listed_targets:
        if not _any_permission_reaches(policy, target, call, rules):
            raise Refusal(_unreached(target, call), place)
    elif target is None:
        if call.selector not in policy.anywhere:
            raise Refusal("AddressNotAllowed", place)
    elif target.limits_functions and (len(call.data) < 4 or call.selector not in target.functions):
        raise Refusal(_unreached(target, call), place)
    if call.value and rules.value_needs_permission and not policy.limits_native:
        raise Refusal("NativeTransferNotAllowed", place, call.value, 0)


def _any_permission_reaches(policy: Policy, target: Target | None, call: PlainCall, rules: Ruleset) -> bool:
    """Documented: one permission that reaches the call is enough (R4)."""
    if target is not None and target.is_open:
        return True
    if not call.data and policy.limits_native and rules.native_reaches_plain_transfers:
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


def _spend(policy: Policy, state: State, operation: Operation, rules: Ruleset) -> State:
    """The execution phase, before the first call: what is left once its spending is counted. Raises Refusal."""
    if not (policy.limits_native or policy.limits_tokens):
        return state
    if operation.selector not in CALL_SELECTORS:
        # 9. A session with a token limit only makes calls (R7).
        if policy.limits_tokens and not rules.spend_limits_bind_spending_only:
            raise Refusal("SpendingRequestNotAllowed")
        return state
    native, tokens = state.native, state.tokens
    # 8. Native tokens, in sum.
    if policy.limits_native:
        native -= _sum_of_values(operation, native)
    # 9. Limited tokens: transfers and approvals alike, in full, each time.
    if policy.limits_tokens:
        for place, call in enumerate(operation.calls):
            target = policy.targets.get(call.target)
            if target is not None and target.is_limited_token:
                left = tokens[call.target]
                tokens = {**tokens, call.target: left - _token_amount(place, call, left)}
    return State(native, tokens, state.gas)


def _sum_of_values(operation: Operation, left: int) -> int:
    total = 0
    over = None
    for place, call in enumerate(operation.calls):
        total += call.value
        if over is None and total > left:
            over = place
    if total > MAX_UINT256:
        raise Refusal("Panic(0x11)")
    if over is not None:
        raise Refusal("ExceededNativeTokenLimit", over, total, left)
    return total


def _token_amount(place: int, call: PlainCall, left: int) -> int:
    if len(call.data) < SPENDING_BYTES:
        raise Refusal("InvalidCalldataLength", place, len(call.data), SPENDING_BYTES)
    if call.selector != TRANSFER and call.selector != APPROVE:
        raise Refusal("SelectorNotAllowed", place)
    asked = int.from_bytes(call.data[36:68], "big")
    if asked > left:
        raise Refusal("ExceededTokenLimit", place, asked, left)
    return asked
