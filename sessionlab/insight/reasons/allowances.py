"""What a session may use up. Each limit has its words from ``LIMITS``; what is particular to one is below."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.account import RawCall
from sessionlab.insight.denial import Context
from sessionlab.insight.names import meant_by
from sessionlab.insight.reasons.table import (
    ERC20,
    NATIVE,
    REASONS,
    Args,
    Entry,
    Said,
    call_at,
    held,
    hex_of,
    only_call,
    reason,
)
from sessionlab.permissions.kinds import GAS_UNIT, LIMITS, WEI, Limit, LimitKind, Meter, unit_of


def _exceeded(kind: LimitKind) -> Entry:
    """The entry for a limit under which less is left than is asked."""
    limit = LIMITS[kind]

    def entry(args: Args, context: Context) -> Said:
        asked, left, call = args["asked"], args["left"], args.get("call")
        unit = unit_of(Meter(kind, args.get("token")), context.rules)
        rest = _rest(context, left, unit, limit.permission)
        if limit.adds_up:
            call = _call_that_exceeds(context.calls, left)
            sentence = _together(context, asked, unit, rest, call)
        else:
            subject = "The operation" if call is None else f"Call {call}"
            sentence = f"{subject} {limit.verb} {_spent(limit, context, asked, unit)}, and {rest}.{_note(limit, unit)}"
        fix = _less_or_more(context, asked, left, unit) if limit.of_call else _more(limit, context, asked - left, unit)
        return Said(limit.rule, sentence, fix, limit.permission, call, asked, left, unit)

    return entry


def _together(context: Context, asked: int, unit: str, rest: str, call: int | None) -> str:
    """The values of all calls, and the call that goes over what is left."""
    shown = context.names.amount(asked, unit)
    if len(context.calls) < 2:
        return f"Call 0 sends {shown}, and {rest}."
    which = "" if call is None else f"; call {call} goes over it"
    return f"The calls send {shown} together, and {rest}{which}."


def _call_that_exceeds(calls: Sequence[RawCall], left: int) -> int | None:
    """The first call with which the sum of values is more than what is left."""
    total = 0
    for place, call in enumerate(calls):
        total += call.value
        if total > left:
            return place
    return None


def _spent(limit: Limit, context: Context, asked: int, unit: str) -> str:
    """The amount; of a limit that may be in gas or in wei, wei for gas."""
    return context.names.amount(asked, unit) + (" for gas" if limit.unit == GAS_UNIT and unit == WEI else "")


def _note(limit: Limit, unit: str) -> str:
    in_wei = limit.unit == GAS_UNIT and unit == WEI
    return " (The deployed rules count gas-limit in wei: gas times its price.)" if in_wei else ""


def _rest(context: Context, left: int, unit: str, permission: str) -> str:
    shown = "nothing" if left == 0 else f"only {context.names.amount(left, unit)}"
    return f"{shown} of the {permission} allowance is left"


def _less_or_more(context: Context, asked: int, left: int, unit: str) -> str:
    show = context.names.amount
    more = f"ask the owner for a session with an allowance that is {show(asked - left, unit)} higher."
    return f"Send {show(left, unit)} at most, or {more}" if left else more[0].upper() + more[1:]


def _more(limit: Limit, context: Context, missing: int, unit: str) -> str:
    fix = f"Ask the owner for a session with a {limit.permission} that is {context.names.amount(missing, unit)} higher"
    return fix + (", or let a sponsor pay: what a sponsor pays is not counted." if limit.unit == GAS_UNIT else ".")


def _broken(kind: LimitKind) -> Entry:
    """The entry for a condition: nothing is counted, and a call does not keep to it."""
    limit = LIMITS[kind]

    def entry(args: Args, context: Context) -> Said:
        place, names = args["call"], context.names
        asked, allowed = (names.condition(limit, args[name]) for name in ("asked", "left"))
        sentence = f"Call {place} {_does(limit, place, asked, context)}, and {limit.permission} allows {allowed}."
        fix = f"Change the call so that it {limit.verb} {allowed}, or let the owner make it."
        meant = (meant_by(limit, args[name]) for name in ("asked", "left"))
        return Said(limit.rule, sentence, fix, limit.permission, place, *meant)

    return entry


def _does(limit: Limit, place: int, asked: str | None, context: Context) -> str:
    """What a call asks of a condition; of one that asks for nothing of the sort, what it does."""
    if asked is not None:
        return f"{limit.verb} {asked}"
    call = call_at(context, place)
    if call is None or len(call.data) < 4:
        return "names no function"
    return f"uses {context.names.function(call.data[:4])} on {context.names.address(call.to)}"


for _kind, _limit in LIMITS.items():
    REASONS[_limit.error] = _exceeded(_kind) if _limit.counts else _broken(_kind)
    if _limit.deployed_error:
        REASONS[f"{_limit.deployed_error}:{_limit.phase}"] = _exceeded(_kind)


@reason("SpendingRequestNotAllowed")
def _spending_request(args: Args, context: Context) -> Said:
    function = context.names.function(args["selector"])
    return Said(
        "a session with a limit on the calls of a token or contract only makes calls (deployed rules)",
        f"The operation uses {function} of the wallet itself, and the session has a limit on the calls of a token or "
        "contract: under the deployed rules it may then only call contracts.",
        "Use a second session for the wallet's own functions. (Under the documented rules it would pass.)",
        held(context, lambda limit: limit.binds_target) or ERC20,
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
