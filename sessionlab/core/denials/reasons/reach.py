"""Reasons about what a session may call: targets, functions, the wallet itself, and an operation's encoding."""

from __future__ import annotations

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.grants import (
    function_can_be_granted,
    narrowest_for,
    owner_may_use,
    value_of,
    wallet_functions,
)
from sessionlab.core.denials.reasons.silent import without_function
from sessionlab.core.denials.reasons.table import (
    ACCOUNT,
    CONTRACT_ACCESS,
    ERC20,
    NATIVE,
    ON_CONTRACT,
    REASONS,
    Args,
    DenialText,
    call_at,
    call_without_function,
    fixed,
    held,
    hex_of,
    name_of,
    reason,
)
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, function_name
from sessionlab.core.permissions.limits import LimitKind, Meter
from sessionlab.core.permissions.types import ContractAccess, FunctionsOnContract, Permission


@reason("AddressNotAllowed")
def _address_not_allowed(args: Args, context: Context) -> DenialText:
    target, call = context.names.address(args["target"]), call_at(context, args["call"])
    needed = narrowest_for(call, context) if call else ContractAccess(address=args["target"])
    return DenialText(
        "a call's target must be granted",
        f"{name_of(context, args['call'])} goes to {target}, and no permission of the session grants that address.",
        (f"Grant {_wanted(needed, context)}, or let" if needed else "Let") + " the owner make the call.",
        needed.type if needed else None,
        args["call"],
        args["target"],
    )


def _needed(args: Args, context: Context, otherwise: Permission) -> Permission:
    """Return the narrowest permission that reaches the refused call."""
    call = call_at(context, args["call"])
    return (narrowest_for(call, context) if call else None) or otherwise


def _wanted(permission: Permission, context: Context) -> str:
    """Name a permission for a fix: ``contract-access for counter (0x…)``."""
    address, functions = getattr(permission, "address", None), getattr(permission, "functions", ())
    about = [f"with {', '.join(map(function_name, functions))}"] if functions else []
    about += [f"for {context.names.address(address)}"] if address else []
    allowance = getattr(permission, "allowance", None)
    if allowance is not None:
        least = context.names.amount(allowance, address or "wei")
        about.append(f"with an allowance of at least {least}" if allowance else "with any allowance")
    return " ".join((permission.type, *about))


@reason("SelectorNotAllowed", "SelectorNotAllowed:validation")
def _selector_not_allowed(args: Args, context: Context) -> DenialText:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    if args["target"].lower() == context.wallet.lower():
        return DenialText(
            "functions that decide who may do what are never granted",
            f"{function} of the wallet itself cannot be granted to a session.",
            "Leave it out of account-functions; only the owner can use it.",
            asked=hex_of(args["selector"]),
        )
    if Meter(LimitKind.ERC20, args["target"].lower()) in context.limits:
        return _not_a_spending_function(args, context)
    otherwise = FunctionsOnContract(address=args["target"], functions=[hex_of(args["selector"])])
    needed = _needed(args, context, otherwise)
    return DenialText(
        "a call's function must be granted",
        f"{name_of(context, args['call'])} uses {function} on {target}; the session may use other functions there, not "
        "this one.",
        f"Grant {_wanted(needed, context)}, or let the owner make the call.",
        ON_CONTRACT,
        args["call"],
        hex_of(args["selector"]),
    )


@reason("SelectorNotAllowed:execution")
def _not_a_spending_function(args: Args, context: Context) -> DenialText:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    return DenialText(
        "a limited token accepts only transfer and approve",
        f"{name_of(context, args['call'])} uses {function} on {target}, whose transfers are limited: there the session "
        "may only use transfer and approve, which are counted.",
        "Use transfer or approve, or let the owner make the call.",
        ERC20,
        args["call"],
        hex_of(args["selector"]),
    )


@reason("NoSelectorSpecified")
def _no_selector(args: Args, context: Context) -> DenialText:
    call, target = call_at(context, args["call"]), context.names.address(args["target"])
    bytes_ = f"{len(call.data)} bytes of data" if call else "fewer than four bytes of data"
    needed = _needed(args, context, ContractAccess(address=args["target"]))
    replaces = needed.type == CONTRACT_ACCESS and ON_CONTRACT in context.permissions
    return DenialText(
        "where functions are limited, a call must name one",
        f"{name_of(context, args['call'])} sends {target} {bytes_}, so it names no function, "
        "and the session may only use some functions there.",
        f"Call a granted function, or grant {_wanted(needed, context)}{f' in place of {ON_CONTRACT}' * replaces}.",
        CONTRACT_ACCESS,
        args["call"],
    )


@reason("NativeTransferNotAllowed")
def _value_not_allowed(args: Args, context: Context) -> DenialText:
    amount, target = context.names.amount(args["amount"], "wei"), context.names.address(args["target"])
    together = context.names.amount(max(args["amount"], value_of(context.calls)), "wei")
    return DenialText(
        "sending native tokens needs a permission",
        f"{name_of(context, args['call'])} sends {amount} to {target}, and the session may not send native tokens.",
        f"Grant native-token-transfer with an allowance of at least {together}, or send no value.",
        NATIVE,
        args["call"],
        args["amount"],
        0,
        "wei",
    )


@reason("ValidationFunctionMissing")
def _function_missing(args: Args, context: Context) -> DenialText:
    if context.revoked:
        return DenialText(
            "a session ends with its revocation",
            "The owner revoked this session.",
            "Ask the owner for a new session.",
            asked=hex_of(args["selector"]),
        )
    if args["selector"] in (EXECUTE, EXECUTE_BATCH):
        outside = context.calls and context.calls[0].to != context.wallet
        needed = narrowest_for(context.calls[0], context) if outside else None
        return DenialText(
            "calls to contracts must be granted",
            "The session may not call contracts or make transfers: none of its permissions grants either.",
            f"Grant {_wanted(needed, context) if needed else 'a permission that reaches them'}.",
            CONTRACT_ACCESS,
            asked=hex_of(args["selector"]),
        )
    return _own_function_missing(args["selector"], context)


def _own_function_missing(selector: bytes, context: Context) -> DenialText:
    function, code = context.names.function(selector), hex_of(selector)
    if selector not in wallet_functions():
        return _no_such_function(function, code)
    for_owner, everything = owner_may_use(selector), context.is_owner or "root" in context.permissions
    if everything:
        return DenialText(
            "the wallet decides which of its functions the owner may use in an operation",
            f"An operation of the owner, or of a root session, cannot use {function} of the wallet itself.",
            "Use execute, executeBatch, installSession, uninstallSession or updateFallbackSignerData.",
            asked=code,
        )
    if function_can_be_granted(selector, context):
        return DenialText(
            "a function of the wallet must be granted",
            f"The session may not use {function} of the wallet itself.",
            f"Grant account-functions with {function}" + (", or let the owner use it." if for_owner else "."),
            ACCOUNT,
            asked=code,
        )
    return DenialText(
        "functions that decide who may do what are never granted",
        f"{function} of the wallet itself cannot be granted to a session.",
        "Let the owner use it." if for_owner else "Leave the call out.",
        asked=code,
    )


@reason("SelfCallRecursionDepthExceeded")
def _self_call(args: Args, context: Context) -> DenialText:
    return DenialText(
        "the wallet does not call itself",
        f"{name_of(context, args['call'])} goes from the wallet to the wallet itself, which would lead round the "
        "rules.",
        "Send the wallet's function as an operation of its own, not inside execute.",
        call=args["call"],
    )


@reason("RequireUserOperationContext")
def _needs_wrapping(args: Args, context: Context) -> DenialText:
    return DenialText(
        "spending is counted in executeUserOp",
        "The session has a spend limit, and the operation is not wrapped in executeUserOp, where it would be counted.",
        "Put executeUserOp (0x8dd7712f) in front of the call data; prepare_calls does it by itself.",
        held(context, lambda limit: limit.of_call is not None) or ERC20,
    )


@reason("UnrecognizedFunction")
def _unrecognized(args: Args, context: Context) -> DenialText:
    index = call_without_function(context)
    if len(context.calls) == 1 if index is not None else not context.calls and not any(args["selector"]):
        return without_function(context, index)
    return _no_such_function(context.names.function(args["selector"]), hex_of(args["selector"]))


def _no_such_function(function: str, code: str) -> DenialText:
    return DenialText(
        "an operation names a function of the wallet",
        f"The wallet has no function {function}.",
        "Use execute, executeBatch, or another function that the wallet has.",
        asked=code,
    )


REASONS["NonCanonicalCalldata"] = fixed(
    "calls are encoded as the ABI encodes them",
    # The contract's position counts from the calldata of whichever function read it, so it is not told.
    "The call data differs from the ABI's own encoding, so two readers could read two different things in it.",
    "Encode it with a standard library.",
)
