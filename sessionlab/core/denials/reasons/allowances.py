"""Reasons about allowances. Most text comes from ``LIMITS``; wording for particular limits is below."""

from __future__ import annotations

from collections.abc import Sequence

from sessionlab.core.contracts.reverts import PANICS
from sessionlab.core.denials.address_book import meant_by
from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import (
    ERC20,
    NATIVE,
    REASONS,
    Args,
    DenialText,
    Entry,
    call_at,
    held,
    hex_of,
    name_of,
    only_call,
    ordinal,
    reason,
)
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.limits import GAS_UNIT, LIMITS, WEI, Limit, LimitKind, Meter, missing_of, unit_of
from sessionlab.core.permissions.operation import plain_call
from sessionlab.core.permissions.violation import Violation


def _exceeded(kind: LimitKind) -> Entry:
    """Return the entry for a limit with less left than was asked."""
    limit = LIMITS[kind]

    def entry(args: Args, context: Context) -> DenialText:
        asked, left, call = args["asked"], args["left"], args.get("call")
        unit = unit_of(Meter(kind, args.get("token")), context.rules)
        rest = _rest(context, left, unit, limit.permission)
        if limit.adds_up:
            call = _call_that_exceeds(context.calls, left)
            sentence = _together(context, asked, unit, rest, call)
        else:
            subject = "The operation" if call is None else name_of(context, call)
            sentence = f"{subject} {limit.verb} {_spent(limit, context, asked, unit)}, and {rest}.{_note(limit, unit)}"
        if limit.of_call:
            total, whole = (asked, left) if limit.adds_up else _of_all_calls(limit, context, call, asked, left)
            fix = _less_or_more(context, total, whole, unit, together=not limit.adds_up and len(context.calls) > 1)
        else:
            fix = _more(limit, context, missing_of(kind, asked, left), unit)
        return DenialText(limit.rule, sentence, fix, limit.permission, call, asked, left, unit)

    return entry


def _of_all_calls(limit: Limit, context: Context, index: int | None, asked: int, left: int) -> tuple[int, int]:
    """Return what all calls of one address ask together, and what was left before the first of them."""
    refused = call_at(context, index)
    if refused is None or index is None or limit.of_call is None:
        return asked, left
    before = after = 0
    for number, call in enumerate(context.calls):
        if number != index and call.to == refused.to:
            try:
                used = limit.of_call(plain_call(call.to, call.value, call.data), left)
            except Violation:  # this call is refused for another reason
                continue
            before, after = (before + used, after) if number < index else (before, after + used)
    return before + asked + after, before + left


def _together(context: Context, asked: int, unit: str, rest: str, call: int | None) -> str:
    """Return a sentence with the total value of all calls and the call that exceeds what is left."""
    shown = context.names.amount(asked, unit)
    if len(context.calls) < 2:
        return f"{name_of(context, 0)} sends {shown}, and {rest}."
    which = "" if call is None else f"; the {ordinal(call)} call goes over it"
    return f"The calls send {shown} together, and {rest}{which}."


def _call_that_exceeds(calls: Sequence[Call], left: int) -> int | None:
    """Return the index of the first call at which the running total of values exceeds what is left."""
    total = 0
    for index, call in enumerate(calls):
        total += call.value
        if total > left:
            return index
    return None


def _spent(limit: Limit, context: Context, asked: int, unit: str) -> str:
    """Format the amount, adding "for gas" if a gas limit counts wei."""
    return context.names.amount(asked, unit) + (" for gas" if limit.unit == GAS_UNIT and unit == WEI else "")


def _note(limit: Limit, unit: str) -> str:
    in_wei = limit.unit == GAS_UNIT and unit == WEI
    return " (The deployed rules count gas-limit in wei: gas times its price.)" if in_wei else ""


def _rest(context: Context, left: int, unit: str, permission: str) -> str:
    shown = "nothing" if left == 0 else f"only {context.names.amount(left, unit)}"
    return f"{shown} of its {permission} allowance remains"


def _less_or_more(context: Context, asked: int, left: int, unit: str, *, together: bool) -> str:
    show = context.names.amount
    more = f"ask the owner for a session with at least {show(asked - left, unit)} more allowance."
    less = f"Send at most {show(left, unit)}{' in all calls together' if together else ''}"
    return f"{less}, or {more}" if left else more[0].upper() + more[1:]


def _more(limit: Limit, context: Context, missing: int, unit: str) -> str:
    fix = f"Ask the owner for a session with a {limit.permission} at least {context.names.amount(missing, unit)} higher"
    if limit.unit != GAS_UNIT:
        return f"{fix}."
    sponsor = "or let a sponsor pay: what a sponsor pays is not counted."
    return f"{fix} (its first operation also pays for its install), {sponsor}"


def _broken(kind: LimitKind) -> Entry:
    """Return the entry for a condition that a call violates. Conditions count nothing."""
    limit = LIMITS[kind]

    def entry(args: Args, context: Context) -> DenialText:
        index, names = args["call"], context.names
        asked, allowed = (names.condition(limit, args[name]) for name in ("asked", "left"))
        sentence = (
            f"{name_of(context, index)} {_does(limit, index, asked, context)}, and {limit.permission} allows {allowed}."
        )
        fix = f"Change the call so that it {limit.verb} {allowed}, or let the owner make it."
        meant = (meant_by(limit, args[name]) for name in ("asked", "left"))
        return DenialText(limit.rule, sentence, fix, limit.permission, index, *meant)

    return entry


def _does(limit: Limit, index: int, asked: str | None, context: Context) -> str:
    """Return what a call asks of a condition or, if it asks for nothing comparable, what the call does."""
    if asked is not None:
        return f"{limit.verb} {asked}"
    call = call_at(context, index)
    if call is None or len(call.data) < 4:
        return "names no function"
    return f"uses {context.names.function(call.data[:4])} on {context.names.address(call.to)}"


for _kind, _limit in LIMITS.items():
    REASONS[_limit.error] = _exceeded(_kind) if _limit.counts else _broken(_kind)
    if _limit.deployed_error:
        REASONS[f"{_limit.deployed_error}:{_limit.phase}"] = _exceeded(_kind)


@reason("SpendingRequestNotAllowed")
def _spending_request(args: Args, context: Context) -> DenialText:
    function = context.names.function(args["selector"])
    return DenialText(
        "a session with a limit on the calls of a token or contract only makes calls (deployed rules)",
        f"The operation uses {function} of the wallet itself, and the session has a limit on the calls of a token or "
        "contract: under the deployed rules it may then only call contracts.",
        "Use a second session for the wallet's own functions. (Under the documented rules it would pass.)",
        held(context, lambda limit: limit.binds_target) or ERC20,
        asked=hex_of(args["selector"]),
    )


@reason("InvalidCalldataLength")
def _short_calldata(args: Args, context: Context) -> DenialText:
    token = context.names.address(args["token"])
    return DenialText(
        "a call to a limited token states an amount",
        f"{name_of(context, args['call'])} sends {token} {args['length']} bytes of data, and transfer and approve need "
        "68.",
        "Encode transfer(address,uint256) or approve(address,uint256) in full.",
        ERC20,
        args["call"],
        args["length"],
        68,
        "bytes",
    )


@reason("Panic")
def _panic(args: Args, context: Context) -> DenialText:
    if args["code"] != 0x11 or len(context.calls) < 2:
        return DenialText(
            "the called contract refused",
            f"A contract stopped with Panic(0x{args['code']:02x}): {PANICS.get(args['code'], 'unknown code')}.",
            "Check the arguments of the call.",
            call=only_call(context),
        )
    return DenialText(
        "the values of all calls count against the native-token-transfer allowance",
        "The values of the calls add up to more than 256 bits can hold.",
        "Send smaller amounts.",
        NATIVE,
    )
