"""Failures without a reason, and with one that nobody here knows. ``sessionlab.study.diagnosis`` says more of them."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import (
    REASONS,
    Args,
    DenialText,
    call_without_function,
    fixed,
    name_of,
    only_call,
    reason,
)
from sessionlab.core.permissions.functions import EXECUTE_USER_OP

REFUSED = "the called contract has rules of its own"
#: The code of a refusal that the wallet gives no reason for, because the calldata is too short to name a function.
WITHOUT_FUNCTION = "CallWithoutFunction"
_EMPTY = "reverted with empty data (0x)"
_REBUILD = "Build the operation with wallet_prepareCalls, and change nothing afterwards."


@reason("AA23")
def _wallet(args: Args, context: Context) -> DenialText:
    return of_wallet(args, context, _EMPTY)


def of_wallet(args: Args, context: Context, how: str) -> DenialText:
    """Return the text for a wallet that ended like this in validation.

    The rules refuse without a reason only what names no function; the wallet may also have other reasons.
    """
    index = call_without_function(context)
    if index is not None or len(context.call_data.removeprefix(EXECUTE_USER_OP)) < 4:
        return replace(without_function(context, index), code=None if args else WITHOUT_FUNCTION)
    sentence = f"The wallet {how} in validation; the reason is unknown."
    return DenialText("the wallet judges its operations", sentence, _REBUILD)


def without_function(context: Context, index: int | None) -> DenialText:
    """Return the text for an operation, or one of its calls, that names no function of the wallet."""
    alone = index is None or len(context.calls) == 1
    subject = "The operation calls" if alone else f"{name_of(context, index)} goes to"
    return DenialText(
        "a call of the wallet itself names a function",
        f"{subject} the wallet itself and names no function.",
        "Name a function of the wallet, or leave the call out.",
        call=None if alone else index,
    )


def of_paymaster(how: str) -> DenialText:
    """Return the text for a paymaster that ended like this in validation."""
    return DenialText(
        "the paymaster judges what it pays for",
        f"The paymaster {how} in validation; the reason is unknown.",
        "Ask the sponsor, or let the wallet pay.",
    )


@reason("AA33")
def _paymaster(args: Args, context: Context) -> DenialText:
    return of_paymaster(_EMPTY)


REASONS["EmptyRevert:validation"] = fixed(
    "the EntryPoint judges a bundle", f"The bundle {_EMPTY}; the reason is unknown.", _REBUILD
)


@reason("EmptyRevert")
def _call(args: Args, context: Context) -> DenialText:
    index = only_call(context)
    return empty(subject_of(context, index), "the called contract", index)


def empty(subject: str, target: str, index: int | None, where: str = "", more: str = "") -> DenialText:
    """Return the text for a call that reverted with empty data."""
    sentence = f"{subject} {_EMPTY}{where}; the reason is unknown.{more}"
    return DenialText(REFUSED, sentence, f"Look in the code of {target} for what this call requires.", call=index)


def unknown(args: Args, context: Context, who: str = "A contract", index: int | None = None) -> DenialText:
    """Return the text for revert data that no contract of this lab makes."""
    data = args.get("data")
    shown = f"0x{data.hex()}" if isinstance(data, bytes) else ", ".join(map(str, args.values()))
    return DenialText(
        "an error that is not known here",
        f"{who} reverted with {shown}, which is not an error of this lab's contracts; what it means is unknown here.",
        "Look the raw data up among the errors of the contract that was called.",
        call=index,
    )


def subject_of(context: Context, index: int | None) -> str:
    """Name a call as the subject of a sentence, with its function and target."""
    if index is None:
        return "A call"
    call = context.calls[index]
    function = f"{context.names.function(call.data[:4])} of " if len(call.data) >= 4 else "to "
    target = "the wallet itself" if call.to == context.wallet else context.names.address(call.to)
    comma = "," if len(call.data) >= 4 else ""
    return f"{name_of(context, index)}{comma} {function}{target}{comma}"
