"""For each refusal reason, the smallest changes that could get the operation past it, smallest first.

A step takes a refused decision context and yields contexts that may get further; ``remedies.py`` chains steps until
the rules let the operation pass. A refusal that no change of the session can fix has no step here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.functions import APPROVE, EXECUTE, TRANSFER
from sessionlab.core.permissions.limits import LIMITS, LimitKind, Meter, kind_of_error, missing_of
from sessionlab.core.permissions.operation import CALL_SELECTORS, PlainCall, read_operation
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
)
from sessionlab.study.explain.decision_context import DecisionContext

Steps = Iterator[DecisionContext]

#: Reasons that refuse even the owner; all others concern only what a session may do.
FOR_THE_OWNER_TOO = ("SelfCallRecursionDepthExceeded",)


def steps(context: DecisionContext) -> Steps:
    """Yield contexts that may get further than this refused one."""
    reason = context.decision.reason or ""
    if context.by_owner and reason not in FOR_THE_OWNER_TOO:
        return
    result = _STEPS.get(f"{reason}:{context.decision.phase}") or _STEPS.get(reason[:4]) or _STEPS.get(reason)
    if kind_of_error(reason, context.decision.phase) is not None:
        result = _raise_limit
    for changed in result(context) if result else ():
        if changed.permissions == context.permissions or changed.grantable:
            yield changed


def _call(context: DecisionContext) -> PlainCall | None:
    index = context.decision.call
    return None if index is None else context.calls[index]


def _grant_reach(context: DecisionContext) -> Steps:
    """Add a permission that reaches the call; the narrowest one comes first."""
    call = _call(context)
    if call is None:
        return
    policy = context.policy
    limited = Meter(LimitKind.ERC20, call.target) in limits_of(context.permissions)
    if call.target == policy.wallet:
        if len(call.data) >= 4:
            yield from _with_function(context, FunctionsOnAllContracts, {}, call)
        return
    if not call.data and context.rules.native_reaches_plain_transfers and not policy.sends_native:
        yield _added(context, NativeTokenTransfer(allowance=_sum(context)))
    spends = call.selector in (TRANSFER, APPROVE) and len(call.data) >= 68
    if spends and context.names.is_token(_address(call)) and not limited:
        amount = int.from_bytes(call.data[36:68], "big")
        yield _added(context, Erc20TokenTransfer(address=_address(call), allowance=amount))
    if len(call.data) >= 4:
        yield from _with_function(context, FunctionsOnContract, {"address": _address(call)}, call)
    else:
        yield _opened(context, call)


def _with_function(context: DecisionContext, kind: type[Any], about: dict[str, str], call: PlainCall) -> Steps:
    """Add a function to an existing list, or start a new list with it."""
    code = "0x" + call.selector.hex()
    for index, permission in enumerate(context.permissions):
        same = isinstance(permission, kind) and getattr(permission, "address", "").lower() == (
            about.get("address", "").lower()
        )
        if same:
            functions = (*getattr(permission, "functions"), code)  # noqa: B009 - the types with a list share no base
            address = {"address": getattr(permission, "address")} if about else {}  # noqa: B009
            yield _replaced(context, index, kind(functions=functions, **address))
            return
    yield _added(context, kind(functions=[code], **about))


def _opened(context: DecisionContext, call: PlainCall) -> DecisionContext:
    """Add contract-access in place of a function list for the same address: the two together are refused."""
    wider = ContractAccess(address=_address(call))
    for index, permission in enumerate(context.permissions):
        if isinstance(permission, FunctionsOnContract) and permission.address.lower() == call.target:
            return _replaced(context, index, wider)
    return _added(context, wider)


def _grant_function(context: DecisionContext) -> Steps:
    """Grant the wallet function that the operation, or one of its calls, uses."""
    if context.revoked:
        yield _renewed(context)
        return
    call = _call(context)
    selector = context.operation.selector if call is None else call.selector
    if selector is None or context.operation.is_global:
        return
    if selector in CALL_SELECTORS:
        # No permission of the session makes calls; a permission that reaches the first call does.
        first = context.operation.calls[:1]
        for result in first:
            yield from _grant_reach(_pointed(context, result))
        return
    # Whether it can be granted at all, the rules of grants say.
    function = PlainCall(context.policy.wallet, 0, selector, selector)
    yield from _with_function(context, AccountFunctions, {}, function)


def _pointed(context: DecisionContext, call: PlainCall) -> DecisionContext:
    """Return the same context with the refusal attributed to its first call."""
    pointed = replace(context)
    pointed.__dict__["decision"] = context.decision._replace(call=0)
    return pointed


def _grant_value(context: DecisionContext) -> Steps:
    yield _added(context, NativeTokenTransfer(allowance=_sum(context)))


def _raise_limit(context: DecisionContext) -> Steps:
    """Raise a limit by the missing amount."""
    decision, call = context.decision, _call(context)
    kind = kind_of_error(decision.reason, decision.phase)
    missing = missing_of(kind, decision.asked or 0, decision.left or 0) if kind else 0
    target = call.target if call and kind and LIMITS[kind].binds_target else None
    for index in reversed(range(len(context.permissions))):
        permission = context.permissions[index]
        if [row.meter for row in permission.rows()] == [(kind, target)] and permission.limited_to is not None:
            try:
                higher = permission.with_limit(permission.limited_to + missing)
            except InvalidInput:  # more than 256 bits
                return
            yield _replaced(context, index, higher)
            return


def _wrap(context: DecisionContext) -> Steps:
    yield replace(context, operation=context.operation._replace(wrapped=True))


def _next_nonce(context: DecisionContext) -> Steps:
    yield replace(context, operation=context.operation._replace(nonce_fits=True))


def _sign(context: DecisionContext) -> Steps:
    yield replace(context, operation=context.operation._replace(signature_fits=True))


def _be_in_time(context: DecisionContext) -> Steps:
    if context.now < context.valid_after:
        yield replace(context, now=context.valid_after)
    else:
        yield _renewed(context)


def _renewed(context: DecisionContext) -> DecisionContext:
    """Return a new session with the same permissions, unused allowances and no expiry."""
    left = limits_of(context.permissions)
    return replace(context, left=left, valid_after=0, valid_until=0, revoked=False)


def _by_itself(context: DecisionContext) -> Steps:
    """Send a single call of the wallet's own function without ``execute`` around it."""
    operation = context.operation
    if operation.selector != EXECUTE:
        return
    bare = read_operation(operation.calls[0].data)
    if bare.own_data:
        changed = operation._replace(selector=bare.selector, calls=(), fault=None, own_data=bare.own_data)
        yield replace(context, operation=changed)


def _own_session(context: DecisionContext) -> Steps:
    """Use a separate session for the wallet's own functions."""
    functions = [p for p in context.permissions if isinstance(p, AccountFunctions)]
    yield context.with_permissions(tuple(functions))


def _sum(context: DecisionContext) -> int:
    return min(sum(call.value for call in context.calls), MAX_UINT256)


def _added(context: DecisionContext, permission: Permission) -> DecisionContext:
    return context.with_permissions((*context.permissions, permission))


def _replaced(context: DecisionContext, index: int, permission: Permission) -> DecisionContext:
    before = context.permissions
    return context.with_permissions((*before[:index], permission, *before[index + 1 :]))


def _address(call: PlainCall) -> str:
    return checksum(address_bytes(call.target))


_STEPS: dict[str, Callable[[DecisionContext], Steps]] = {
    "AddressNotAllowed": _grant_reach,
    "SelectorNotAllowed:validation": _grant_reach,
    "NoSelectorSpecified": _grant_reach,
    "ValidationFunctionMissing": _grant_function,
    "NativeTransferNotAllowed": _grant_value,
    "RequireUserOperationContext": _wrap,
    "SelfCallRecursionDepthExceeded": _by_itself,
    "SpendingRequestNotAllowed": _own_session,
    "AA22": _be_in_time,
    "AA24": _sign,
    "AA25": _next_nonce,
}
