"""Reasons from the contracts that a session calls: their own errors, which permissions do not affect."""

from __future__ import annotations

from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import REASONS, Args, DenialText, Entry, fixed, only_call, reason

REFUSED = "the called contract has rules of its own"


def _too_much(rule: str, sentence: str, fix: str, wei: str | None = None) -> Entry:
    def entry(args: Args, context: Context) -> DenialText:
        tokens = {call.to for call in context.calls if context.names.is_token(call.to)}
        unit = wei or (tokens.pop() if len(tokens) == 1 else None)
        amounts = {n: context.names.amount(args[n], unit) if unit else f"{args[n]:,} units" for n in ("asked", "left")}
        said = sentence.format(**amounts) + (" The session would allow it." if context.permissions else "")
        fixed = fix.format(**amounts)
        return DenialText(rule, said, fixed, None, only_call(context), args["asked"], args["left"], unit)

    return entry


@reason("Error")
def _text(args: Args, context: Context) -> DenialText:
    text = args["message"] + "." * (args["message"][-1:] not in (".", "!", "?"))
    return DenialText(REFUSED, f"A contract refused: {text}", "Check what that contract requires.")


def _says(sentence: str, fix: str) -> Entry:
    def entry(args: Args, context: Context) -> DenialText:
        named = {
            name: context.names.address(value) if isinstance(value, str) else value for name, value in args.items()
        }
        return DenialText(REFUSED, sentence.format(**named), fix, call=only_call(context), asked=args.get("id"))

    return entry


REASONS |= {
    "InsufficientBalance": _too_much(
        "a token can be sent once",
        "The call sends {asked}, and the sender has only {left} of the token at that point.",
        "Send less, or fund the sender.",
    ),
    "InsufficientAllowance": _too_much(
        "a token is pulled up to what its holder approved",
        "The call pulls {asked}, and the holder approved only {left}.",
        "Pull less, or have the holder approve more.",
    ),
    "InsufficientDeposit": _too_much(
        "a vault pays out what was paid in",
        "The call withdraws {asked}, and this account has only {left} on deposit.",
        "Withdraw at most {left}.",
        "wei",
    ),
    "CounterFailed": fixed(REFUSED, "fail() of the counter always reverts.", "Call another function."),
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
