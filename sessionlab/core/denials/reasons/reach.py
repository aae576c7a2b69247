"""Reasons about what a session may call: targets, functions, the wallet itself, and an operation's encoding."""

from __future__ import annotations

from functools import cache

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.accounts import without_function
from sessionlab.core.denials.reasons.table import (
    ACCOUNT,
    CONTRACT_ACCESS,
    ERC20,
    NATIVE,
    ON_CONTRACT,
    Args,
    DenialText,
    call_at,
    call_without_function,
    held,
    hex_of,
    reason,
)
from sessionlab.core.permissions.functions import APPROVE, EXECUTE, EXECUTE_BATCH, NEVER_GRANTED, TRANSFER


@reason("AddressNotAllowed")
def _address_not_allowed(args: Args, context: Context) -> DenialText:
    target = context.names.address(args["target"])
    own = call_without_function(context)
    if own is not None and own == args["call"]:
        return without_function(context, own)
    needed, grant = _smallest_grant(args, context)
    return DenialText(
        "a call's target must be granted",
        f"Call {args['call']} goes to {target}, and no permission of the session grants that address.",
        f"{grant}, or let the owner make the call.",
        needed,
        args["call"],
        args["target"],
    )


def _smallest_grant(args: Args, context: Context) -> tuple[str, str]:
    """Return the narrowest permission that would allow the call, and the text of the fix."""
    call, target = call_at(context, args["call"]), context.names.address(args["target"])
    if call is not None and call.to == context.wallet:
        if len(call.data) < 4:
            return ACCOUNT, "Leave that call out"
        return ACCOUNT, f"Grant account-functions with {context.names.function(call.data[:4])}"
    if call is None or 0 < len(call.data) < 4:
        return CONTRACT_ACCESS, f"Grant contract-access for {target}"
    if not call.data:
        if not context.rules.native_reaches_plain_transfers:
            return CONTRACT_ACCESS, f"Grant contract-access for {target}"
        enough = (
            f"an allowance of at least {context.names.amount(call.value, 'wei')}" if call.value else "any allowance"
        )
        return NATIVE, f"Grant native-token-transfer with {enough}"
    if context.names.is_token(args["target"]) and call.data[:4] in (TRANSFER, APPROVE) and len(call.data) >= 68:
        amount = context.names.amount(int.from_bytes(call.data[36:68], "big"), args["target"])
        return ERC20, f"Grant erc20-token-transfer for {target} with an allowance of at least {amount}"
    function = context.names.function(call.data[:4])
    return ON_CONTRACT, f"Grant functions-on-contract with {function} for {target}"


@reason("SelectorNotAllowed", "SelectorNotAllowed:validation")
def _selector_not_allowed(args: Args, context: Context) -> DenialText:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    if args["target"].lower() == context.wallet.lower():
        return DenialText(
            "functions that decide who may do what are never granted",
            f"{function} of the wallet itself cannot be granted to a session.",
            "Leave it out of account-functions; only the owner uses it.",
            ACCOUNT,
            None,
            hex_of(args["selector"]),
        )
    return DenialText(
        "a call's function must be granted",
        f"Call {args['call']} uses {function} on {target}; the session may use other functions there, not this one.",
        f"Grant functions-on-contract with {function} for {target}, or let the owner make the call.",
        ON_CONTRACT,
        args["call"],
        hex_of(args["selector"]),
    )


@reason("SelectorNotAllowed:execution")
def _not_a_spending_function(args: Args, context: Context) -> DenialText:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    return DenialText(
        "a limited token takes transfer and approve alone",
        f"Call {args['call']} uses {function} on {target}, whose transfers are limited: there the session may "
        "only use transfer and approve, which are counted.",
        "Use transfer or approve, or let the owner make the call.",
        ERC20,
        args["call"],
        hex_of(args["selector"]),
    )


@reason("NoSelectorSpecified")
def _no_selector(args: Args, context: Context) -> DenialText:
    call, target = call_at(context, args["call"]), context.names.address(args["target"])
    bytes_ = f"{len(call.data)} bytes of data" if call else "less than four bytes of data"
    return DenialText(
        "where functions are limited, a call must name one",
        f"Call {args['call']} sends {target} {bytes_}, so it names no function, "
        "and the session may only use some functions there.",
        f"Call a granted function, or grant contract-access for {target}.",
        CONTRACT_ACCESS,
        args["call"],
    )


@reason("NativeTransferNotAllowed")
def _value_not_allowed(args: Args, context: Context) -> DenialText:
    amount, target = context.names.amount(args["amount"], "wei"), context.names.address(args["target"])
    return DenialText(
        "sending native tokens needs a permission",
        f"Call {args['call']} sends {amount} to {target}, and the session may not send native tokens.",
        f"Grant native-token-transfer with an allowance of at least {amount}, or send no value.",
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
        return DenialText(
            "calls of contracts must be granted",
            "The session may not make calls of contracts or transfers: none of its permissions grants any.",
            "Grant functions-on-contract, contract-access, functions-on-all-contracts or erc20-token-transfer.",
            CONTRACT_ACCESS,
            asked=hex_of(args["selector"]),
        )
    function, code = context.names.function(args["selector"]), hex_of(args["selector"])
    if args["selector"] not in _functions_of_the_wallet():
        return _no_such_function(function, code)
    if code in NEVER_GRANTED:
        return DenialText(
            "functions that decide who may do what are never granted",
            f"{function} of the wallet itself cannot be granted to a session.",
            "Let the owner use it.",
            asked=code,
        )
    return DenialText(
        "a function of the wallet must be granted",
        f"The session may not use {function} of the wallet itself.",
        f"Grant account-functions with {function}, or let the owner use it.",
        ACCOUNT,
        asked=hex_of(args["selector"]),
    )


@reason("SelfCallRecursionDepthExceeded")
def _self_call(args: Args, context: Context) -> DenialText:
    return DenialText(
        "the wallet does not call itself",
        f"Call {args['call']} goes from the wallet to the wallet itself, which would lead round the rules.",
        "Send the wallet's function as an operation of its own, without execute around it.",
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
    if index is not None and len(context.calls) == 1:
        return without_function(context, index)
    return _no_such_function(context.names.function(args["selector"]), hex_of(args["selector"]))


def _no_such_function(function: str, code: str) -> DenialText:
    return DenialText(
        "an operation names a function of the wallet",
        f"The wallet has no function {function}.",
        "Use execute, executeBatch, or another function that the wallet has.",
        asked=code,
    )


@cache
def _functions_of_the_wallet() -> frozenset[bytes]:
    return frozenset(entry.selector for entry in artifact("SessionWallet").functions.values())


@reason("NonCanonicalCalldata")
def _non_canonical(args: Args, context: Context) -> DenialText:
    return DenialText(
        "calls are encoded as the ABI encodes them",
        f"The call data differs from the ABI's own encoding at byte {args['position']}, so two readers could read "
        "two different things in it.",
        "Encode it with a standard library.",
        asked=args["position"],
    )
