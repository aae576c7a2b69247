"""Turn a decision of the engine into the denial that the EVM's revert would produce, with the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.denial import Context, Denial, deny
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.operation import MAX_CALL_BYTES, MAX_CALLS, PlainCall
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.explain.decision_context import DecisionContext


def denial_of(context: DecisionContext) -> Denial | None:
    """Return why the rules refuse; None if they do not."""
    decision = context.decision
    if decision.accepted:
        return None
    inner = Revert(*_named(decision, context), b"")
    code = "" if decision.phase == "execution" else "AA23 reverted"
    outer = Revert("FailedOpWithRevert", {"opIndex": 0, "reason": code}, b"", inner) if code else inner
    return deny(inner if inner.name == "FailedOp" else outer, decision.phase, context_of(context))


def context_of(context: DecisionContext) -> Context:
    """Return the data from which a denial's words are made."""
    return Context(
        wallet=context.wallet,
        calls=[raw(call) for call in context.calls],
        names=context.names,
        rules=context.rules,
        permissions=[permission.type for permission in context.permissions],
        limits=limits_of(context.permissions),
        is_owner=context.by_owner,
        now=context.now,
        expiry=context.valid_until or None,
        revoked=context.revoked,
    )


def raw(call: PlainCall) -> Call:
    """A call as it is sent."""
    return Call(checksum(address_bytes(call.target)), call.value, call.data)


Args = dict[str, Any]
"""An error's arguments, by the names that the contract gives them."""


def _named(decision: Decision, context: DecisionContext) -> tuple[str, Args]:
    """Return the error's name and arguments."""
    reason = decision.reason or ""
    if reason.startswith("AA"):
        return "FailedOp", {"opIndex": 0, "reason": reason}
    if reason == "Panic(0x11)":
        return "Panic", {"code": 0x11}
    make = _ARGUMENTS.get(reason, _about_amounts if decision.call is None else _about_target)
    return reason, make(decision, context)


def _call(decision: Decision, context: DecisionContext) -> PlainCall:
    return context.calls[decision.call or 0]


def _about_target(decision: Decision, context: DecisionContext) -> Args:
    call = _call(decision, context)
    return {
        "call": decision.call,
        "target": call.target,
        "token": call.target,
        "selector": call.selector,
        "length": len(call.data),
        "amount": call.value,
        "asked": decision.asked,
        "left": decision.left,
    }


def _about_amounts(decision: Decision, context: DecisionContext) -> Args:
    return {"asked": decision.asked, "left": decision.left}


def _about_function(decision: Decision, context: DecisionContext) -> Args:
    if decision.call is not None:
        return {"selector": _call(decision, context).selector}
    return {"selector": context.operation.selector or bytes(4)}


#: Arguments of errors that concern neither the target of a call nor amounts alone.
_ARGUMENTS: dict[str, Callable[[Decision, DecisionContext], Args]] = {
    "EmptyRevert": lambda decision, context: {},
    "ExceededNativeTokenLimit": _about_amounts,
    "ValidationFunctionMissing": _about_function,
    "UnrecognizedFunction": _about_function,
    "SpendingRequestNotAllowed": _about_function,
    "SelfCallRecursionDepthExceeded": lambda decision, context: {"call": decision.call},
    "TooManyCalls": lambda decision, context: {"asked": decision.asked, "limit": MAX_CALLS},
    "CallDataTooLarge": lambda decision, context: {"asked": decision.asked, "limit": MAX_CALL_BYTES},
    "NonCanonicalCalldata": lambda decision, context: {"position": decision.asked},
}
