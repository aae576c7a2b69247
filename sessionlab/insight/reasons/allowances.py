"""What a session may spend: native tokens, tokens, gas."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.account import RawCall
from sessionlab.insight.denial import Context
from sessionlab.insight.reasons.table import ERC20, GAS, NATIVE, Args, Said, hex_of, only_call, reason


@reason("ExceededNativeTokenLimit")
def _native_exceeded(args: Args, context: Context) -> Said:
    asked, left = args["asked"], args["left"]
    show, place = context.names.amount, _call_that_exceeds(context.calls, left)
    if len(context.calls) > 1:
        sentence = f"The calls send {show(asked, 'wei')} together, and {_rest(context, left, 'wei', NATIVE)}"
        sentence += f"; call {place} goes over it." if place is not None else "."
    else:
        sentence = f"Call 0 sends {show(asked, 'wei')}, and {_rest(context, left, 'wei', NATIVE)}."
    rule = "the values of all calls count against the native-token-transfer allowance"
    return Said(rule, sentence, _less_or_more(context, asked, left, "wei"), NATIVE, place, asked, left, "wei")


def _call_that_exceeds(calls: Sequence[RawCall], left: int) -> int | None:
    """The first call with which the sum of values is more than what is left."""
    total = 0
    for place, call in enumerate(calls):
        total += call.value
        if total > left:
            return place
    return None


@reason("ExceededNativeTokenLimit:validation", "ExceededGasLimit")
def _gas_exceeded(args: Args, context: Context) -> Said:
    asked, left, unit = args["asked"], args["left"], context.names.gas_unit
    show = context.names.amount
    spent = f"{show(asked, unit)}" if unit == "gas" else f"{show(asked, unit)} for gas"
    sentence = f"The operation may use up to {spent}, and {_rest(context, left, unit, GAS)}."
    if unit == "wei":
        sentence += " (The deployed rules count gas-limit in wei: gas times its price.)"
    more = show(asked - left, unit)
    return Said(
        "the most that an operation may use for gas counts against gas-limit, whatever it then uses",
        sentence,
        f"Ask the owner for a session with a gas-limit that is {more} higher, or let a sponsor pay: "
        "what a sponsor pays is not counted.",
        GAS,
        None,
        asked,
        left,
        unit,
    )


@reason("ExceededTokenLimit")
def _token_exceeded(args: Args, context: Context) -> Said:
    asked, left, token = args["asked"], args["left"], args["token"]
    amount = context.names.amount(asked, token)
    return Said(
        "transfers and approvals of a token count in full against its allowance",
        f"Call {args['call']} transfers or approves {amount}, and {_rest(context, left, token, ERC20)}.",
        _less_or_more(context, asked, left, token),
        ERC20,
        args["call"],
        asked,
        left,
        token,
    )


def _rest(context: Context, left: int, unit: str, permission: str) -> str:
    shown = "nothing" if left == 0 else f"only {context.names.amount(left, unit)}"
    return f"{shown} of the {permission} allowance is left"


def _less_or_more(context: Context, asked: int, left: int, unit: str) -> str:
    show = context.names.amount
    more = f"ask the owner for a session with an allowance that is {show(asked - left, unit)} higher."
    return f"Send {show(left, unit)} at most, or {more}" if left else more[0].upper() + more[1:]


@reason("SpendingRequestNotAllowed")
def _spending_request(args: Args, context: Context) -> Said:
    function = context.names.function(args["selector"])
    return Said(
        "a session with a token limit only makes calls (deployed rules)",
        f"The operation uses {function} of the wallet itself, and the session has a token limit: under the deployed "
        "rules it may then only call contracts.",
        "Use a second session for the wallet's own functions. (Under the documented rules it would pass.)",
        ERC20,
        asked=hex_of(args["selector"]),
    )


@reason("InvalidCalldataLength")
def _short_calldata(args: Args, context: Context) -> Said:
    token = context.names.address(args["token"])
    return Said(
        "a call of a limited token says how much",
        f"Call {args['call']} sends {token} {args['length']} bytes of data, and transfer and approve need 68.",
        "Encode transfer(address,uint256) or approve(address,uint256) in full.",
        ERC20,
        args["call"],
        args["length"],
        68,
        "bytes",
    )


@reason("Panic")
def _panic(args: Args, context: Context) -> Said:
    if args["code"] != 0x11 or len(context.calls) < 2:
        return Said(
            "the called contract refused",
            f"A contract stopped with Panic(0x{args['code']:02x}), an error of its own arithmetic or memory.",
            "Check the arguments of the call.",
            call=only_call(context),
        )
    return Said(
        "the values of all calls count against the native-token-transfer allowance",
        "The values of the calls come to more than 256 bits can hold when they are added up.",
        "Send amounts that exist.",
        NATIVE,
    )
