"""For each reason to refuse, the smallest changes that could get the operation past it, smallest first.

A step takes a situation that is refused and yields situations that may get further; ``remedies.py`` puts steps
together until the rules let the operation pass. What no change of the session can help has no step here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.functions import APPROVE, EXECUTE, NEVER_GRANTED, TRANSFER
from sessionlab.core.permissions.kinds import GAS, LIMITS, LimitKind, Meter, kind_of_error
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

#: What even the owner is refused: the others are about what a session may do.
FOR_THE_OWNER_TOO = ("SelfCallRecursionDepthExceeded",)


def steps(situation: DecisionContext) -> Steps:
    """Situations that may get further than this one, which the rules refuse."""
    reason = situation.decision.reason or ""
    if situation.by_owner and reason not in FOR_THE_OWNER_TOO:
        return
    found = _STEPS.get(f"{reason}:{situation.decision.phase}") or _STEPS.get(reason[:4]) or _STEPS.get(reason)
    if kind_of_error(reason, situation.decision.phase) is not None:
        found = _raise_limit
    for changed in found(situation) if found else ():
        if changed.permissions == situation.permissions or changed.grantable:
            yield changed


def _call(situation: DecisionContext) -> PlainCall | None:
    place = situation.decision.call
    return None if place is None else situation.calls[place]


def _grant_reach(situation: DecisionContext) -> Steps:
    """A permission that reaches the call: the one that grants least comes first."""
    call = _call(situation)
    if call is None:
        return
    policy = situation.policy
    limited = Meter(LimitKind.ERC20, call.target) in limits_of(situation.permissions)
    if call.target == policy.wallet:
        if len(call.data) >= 4:
            yield from _with_function(situation, FunctionsOnAllContracts, {}, call)
        return
    if not call.data and situation.rules.native_reaches_plain_transfers and not policy.sends_native:
        yield _added(situation, NativeTokenTransfer(allowance=_sum(situation)))
    if call.selector in (TRANSFER, APPROVE) and len(call.data) >= 68 and not limited:
        amount = int.from_bytes(call.data[36:68], "big")
        yield _added(situation, Erc20TokenTransfer(address=_address(call), allowance=amount))
    if len(call.data) >= 4:
        yield from _with_function(situation, FunctionsOnContract, {"address": _address(call)}, call)
    else:
        yield _opened(situation, call)


def _with_function(situation: DecisionContext, kind: type[Any], about: dict[str, str], call: PlainCall) -> Steps:
    """One function more in a list that is there already, or in a list of its own."""
    code = "0x" + call.selector.hex()
    for place, permission in enumerate(situation.permissions):
        same = isinstance(permission, kind) and getattr(permission, "address", "").lower() == (
            about.get("address", "").lower()
        )
        if same:
            functions = (*getattr(permission, "functions"), code)  # noqa: B009 - the types with a list share no base
            address = {"address": getattr(permission, "address")} if about else {}  # noqa: B009
            yield _replaced(situation, place, kind(functions=functions, **address))
            return
    yield _added(situation, kind(functions=[code], **about))


def _opened(situation: DecisionContext, call: PlainCall) -> DecisionContext:
    """contract-access, in place of a list of functions for the same address: both together are refused."""
    wider = ContractAccess(address=_address(call))
    for place, permission in enumerate(situation.permissions):
        if isinstance(permission, FunctionsOnContract) and permission.address.lower() == call.target:
            return _replaced(situation, place, wider)
    return _added(situation, wider)


def _grant_function(situation: DecisionContext) -> Steps:
    """The function of the wallet that the operation, or a call of it, uses."""
    if situation.revoked:
        yield _renewed(situation)
        return
    call = _call(situation)
    selector = situation.operation.selector if call is None else call.selector
    if selector is None or situation.operation.is_global:
        return
    if selector in CALL_SELECTORS:
        # No permission of the session makes calls; one that reaches the first of them does.
        first = situation.operation.calls[:1]
        for found in first:
            yield from _grant_reach(_pointed(situation, found))
        return
    if "0x" + selector.hex() not in NEVER_GRANTED:
        function = PlainCall(situation.policy.wallet, 0, selector, selector)
        yield from _with_function(situation, AccountFunctions, {}, function)


def _pointed(situation: DecisionContext, call: PlainCall) -> DecisionContext:
    """The same situation, with the refusal put down to its first call."""
    pointed = replace(situation)
    pointed.__dict__["decision"] = situation.decision._replace(call=0)
    return pointed


def _grant_value(situation: DecisionContext) -> Steps:
    yield _added(situation, NativeTokenTransfer(allowance=_sum(situation)))


def _raise_limit(situation: DecisionContext) -> Steps:
    """A limit that is higher by what was missing."""
    decision, call = situation.decision, _call(situation)
    kind = kind_of_error(decision.reason, decision.phase)
    missing = (decision.asked or 0) - (decision.left or 0)
    if kind is GAS.kind:
        # The next operation does not take the very same gas: its signatures have other zero bytes.
        missing += (decision.asked or 0) // 100
    target = call.target if call and kind and LIMITS[kind].binds_target else None
    for place in reversed(range(len(situation.permissions))):
        permission = situation.permissions[place]
        if [row.meter for row in permission.rows()] == [(kind, target)] and permission.limited_to is not None:
            try:
                higher = permission.with_limit(permission.limited_to + missing)
            except InvalidInput:  # more than 256 bits
                return
            yield _replaced(situation, place, higher)
            return


def _wrap(situation: DecisionContext) -> Steps:
    yield replace(situation, operation=situation.operation._replace(wrapped=True))


def _next_nonce(situation: DecisionContext) -> Steps:
    yield replace(situation, operation=situation.operation._replace(nonce_fits=True))


def _sign(situation: DecisionContext) -> Steps:
    yield replace(situation, operation=situation.operation._replace(signature_fits=True))


def _be_in_time(situation: DecisionContext) -> Steps:
    if situation.now < situation.valid_after:
        yield replace(situation, now=situation.valid_after)
    else:
        yield _renewed(situation)


def _renewed(situation: DecisionContext) -> DecisionContext:
    """A new session with the same permissions, whole again, and without an end."""
    left = limits_of(situation.permissions)
    return replace(situation, left=left, valid_after=0, valid_until=0, revoked=False)


def _by_itself(situation: DecisionContext) -> Steps:
    """A single call of the wallet's own function, without ``execute`` around it."""
    operation = situation.operation
    if operation.selector != EXECUTE:
        return
    bare = read_operation(operation.calls[0].data)
    if bare.own_data:
        changed = operation._replace(selector=bare.selector, calls=(), fault=None, own_data=bare.own_data)
        yield replace(situation, operation=changed)


def _own_session(situation: DecisionContext) -> Steps:
    """A session for the wallet's own functions alone."""
    functions = [p for p in situation.permissions if isinstance(p, AccountFunctions)]
    yield situation.with_permissions(tuple(functions))


def _sum(situation: DecisionContext) -> int:
    return min(sum(call.value for call in situation.calls), MAX_UINT256)


def _added(situation: DecisionContext, permission: Permission) -> DecisionContext:
    return situation.with_permissions((*situation.permissions, permission))


def _replaced(situation: DecisionContext, place: int, permission: Permission) -> DecisionContext:
    before = situation.permissions
    return situation.with_permissions((*before[:place], permission, *before[place + 1 :]))


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
