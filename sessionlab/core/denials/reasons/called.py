"""Reasons from the contracts that a session calls: their own errors, which permissions do not affect."""

from __future__ import annotations

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import REASONS, Args, DenialText, Entry, fixed, only_call, reason

REFUSED = "the called contract has rules of its own"


@reason("InsufficientBalance")
def _too_few_tokens(args: Args, context: Context) -> DenialText:
    asked, left, unit = _amounts(args, context)
    return DenialText(
        "a token can be sent once",
        f"The sender has {left} of the token, and {asked} are to be sent.{_allowed(context)}",
        "Send less, or fund the sender.",
        None,
        only_call(context),
        args["asked"],
        args["left"],
        unit,
    )


@reason("InsufficientAllowance")
def _not_approved_enough(args: Args, context: Context) -> DenialText:
    asked, left, unit = _amounts(args, context)
    return DenialText(
        "a token is pulled up to what its holder approved",
        f"{asked} are to be pulled, and the holder approved {left}.{_allowed(context)}",
        "Pull less, or have the holder approve more.",
        None,
        only_call(context),
        args["asked"],
        args["left"],
        unit,
    )


def _allowed(context: Context) -> str:
    return "" if context.is_owner else " The session would allow it."


def _amounts(args: Args, context: Context) -> tuple[str, str, str | None]:
    """Return asked and left as text, and the token if the calls involve only one."""
    tokens = {call.to for call in context.calls if context.names.is_token(call.to)}
    if len(tokens) != 1:
        return f"{args['asked']:,} units", f"{args['left']:,} units", None
    (token,) = tokens
    return context.names.amount(args["asked"], token), context.names.amount(args["left"], token), token


@reason("InsufficientDeposit")
def _vault_too_empty(args: Args, context: Context) -> DenialText:
    asked, left = (context.names.amount(args[name], "wei") for name in ("asked", "left"))
    return DenialText(
        "a vault pays out what was paid in",
        f"{asked} are to be withdrawn, and {left} are deposited for this account.{_allowed(context)}",
        f"Withdraw {left} at most.",
        None,
        only_call(context),
        args["asked"],
        args["left"],
        "wei",
    )


@reason("Error")
def _text(args: Args, context: Context) -> DenialText:
    return DenialText(REFUSED, f"A contract refused: {args['message']}", "Look at what that contract asks for.")


def _says(sentence: str, fix: str) -> Entry:
    def entry(args: Args, context: Context) -> DenialText:
        named = {
            name: context.names.address(value) if isinstance(value, str) else value for name, value in args.items()
        }
        return DenialText(REFUSED, sentence.format(**named), fix, call=only_call(context), asked=args.get("id"))

    return entry


REASONS |= {
    "CounterFailed": fixed(
        REFUSED, "fail() of the counter always reverts, whoever calls it.", "Call another function."
    ),
    "WithdrawalFailed": _says("The vault could not pay out: the receiver refused the value.", "Use another receiver."),
    "NotMinted": _says("The collectible {id} does not exist.", "Mint it first."),
    "AlreadyMinted": _says("The collectible {id} exists already.", "Mint another number."),
    "NotOwner": _says("The collectible {id} does not belong to {asked}.", "Name its owner."),
    "NotApproved": _says(
        "{operator} may not move the collectible {id}: its owner did not approve it.",
        "Have the owner approve it first.",
    ),
    "ZeroAddress": _says("Nobody owns what is sent to the zero address, so the collectible stays.", "Name a receiver."),
    "UnsafeReceiver": _says(
        "{receiver} is a contract that does not accept collectibles.", "Name another receiver, or use transferFrom."
    ),
}
