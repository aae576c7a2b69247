"""Reasons about sessions: installing, ending and signing them, and who may call which function."""

from __future__ import annotations

from sessionlab.core.base.amounts import format_time
from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import GAS, REASONS, Args, DenialText, fixed, reason


@reason("ValidationAlreadySet")
def _already_set(args: Args, context: Context) -> DenialText:
    return DenialText(
        "an entity id holds one session, and each function is granted once",
        f"A session with the entity id {args['entityId']} is installed already, or a function is granted twice.",
        "Revoke the installed session first, or name each function once.",
        asked=args["entityId"],
    )


@reason("TimeRangeNotValid")
def _time_range(args: Args, context: Context) -> DenialText:
    begin, end = args["validAfter"], args["validUntil"]
    return DenialText(
        "a session begins before it ends",
        f"The session would begin at {begin} and end at {end}, which is not later.",
        f"Let it end at {begin + 1} or later.",
        asked=begin,
        left=end,
        unit="seconds",
    )


@reason("GrantSuperseded")
def _superseded(args: Args, context: Context) -> DenialText:
    return DenialText(
        "a revocation ends whatever was signed before it",
        "The owner revoked this session after signing it, so its signed grant is no longer valid.",
        "Ask the owner for a new session.",
        asked=args["asked"],
        left=args["now"],
    )


@reason("DeferredActionExpired")
def _install_expired(args: Args, context: Context) -> DenialText:
    last = format_time(args["deadline"])
    return DenialText(
        "a deferred install has a deadline",
        f"The call of validateUserOp brings an install whose last second was {last}; it is too late now.",
        "Ask the owner for a new session.",
        asked=context.now or None,
        left=args["deadline"],
        unit="seconds",
    )


@reason("DeferredActionNonceInvalid")
def _install_again(args: Args, context: Context) -> DenialText:
    return DenialText(
        "a deferred install is signed for one nonce",
        f"The call of validateUserOp brings an install for the nonce {hex(args['nonce'])}, which is not the next one.",
        "Ask the owner for a new session.",
        asked=hex(args["nonce"]),
    )


@reason("SignatureValidationInvalid")
def _no_message(args: Args, context: Context) -> DenialText:
    return DenialText(
        "session keys sign no messages for the wallet",
        f"The session with the entity id {args['entityId']} cannot sign messages (ERC-1271) in the wallet's name.",
        "Let the owner sign the message.",
        asked=args["entityId"],
    )


@reason("NotAuthorized", "NotEntryPoint", "NotSponsor")
def _not_authorized(args: Args, context: Context) -> DenialText:
    return DenialText(
        "some functions accept one caller only",
        f"{context.names.address(args['caller'])} may not call this function.",
        "Send it as a user operation through the EntryPoint, or let the owner do it.",
        asked=args["caller"],
    )


@reason("AccountAddressAsTargetError", "UnsupportedPermissionTypeError")
def _bad_row(args: Args, context: Context) -> DenialText:
    return DenialText(
        "the wallet installs no session that could take it over",
        f"Row {args['row']} of the session's install names the wallet itself as a target, or no known permission.",
        "Make the session with grant_permissions, which checks this before anything is signed.",
        asked=args["row"],
    )


REASONS |= {
    "RootPermissionOnlyError": fixed(
        "root stands alone",
        "The session's install has root alongside other permissions.",
        "Grant root alone, or leave it out.",
        "root",
    ),
    "ZeroAddressError": fixed(
        "nothing is granted for the zero address, nor to it",
        "The session's install names the zero address as its key or as a target.",
        "Make the session with grant_permissions, which checks this before anything is signed.",
    ),
    "DeferredActionSignatureInvalid": fixed(
        "the owner signs a session's install",
        "The install that the operation carries is not what the wallet's owner signed.",
        "Have the owner sign the session's typed data, and send it unchanged.",
    ),
    "InvalidPaymaster": fixed(
        "a session with a gas-limit names no zero address as its paymaster",
        "The operation names the zero address as its paymaster, so the wallet would pay, and its gas-limit would not "
        "count it.",
        "Leave paymasterAndData empty, or name the paymaster that pays.",
        GAS,
    ),
    "ArrayLengthMismatch": fixed(
        "what is not installed has nothing to clear (deployed rules)",
        "The session is not installed, so there are no lists that revoking it could clear.",
        "Revoke it without hook data: wallet.revoke(session, clear=False).",
    ),
    "AlreadyInitialized": fixed(
        "a wallet gets its owner once", "The wallet has an owner already.", "Let the owner hand it over instead."
    ),
    "ReentrancyGuardReentrantCall": fixed(
        "a bundle runs to its end before the next begins",
        "A call tried to send a bundle to the EntryPoint from within a bundle.",
        "Send it as an operation of its own, afterwards.",
    ),
}
