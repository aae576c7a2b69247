"""The reasons that an operation can be refused for, one entry each, in words.

An entry takes the arguments of the error and the context and returns what the denial says. The table is
complete for the lab's contracts and for the EntryPoint's codes; a test walks both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sessionlab.contracts.reverts import Revert
from sessionlab.insight.denial import Context, Denial

CONTRACT_ACCESS = "contract-access"
ON_CONTRACT = "functions-on-contract"
NATIVE = "native-token-transfer"
ERC20 = "erc20-token-transfer"
GAS = "gas-limit"
ACCOUNT = "account-functions"


@dataclass(frozen=True, slots=True)
class Said:
    """What one entry says about a refusal."""

    rule: str
    sentence: str
    fix: str
    permission: str | None = None
    call: int | None = None
    asked: int | str | None = None
    left: int | str | None = None
    unit: str | None = None


Entry = Callable[[dict[str, Any], Context], Said]
REASONS: dict[str, Entry] = {}


def explain(revert: Revert, phase: str, context: Context) -> Denial:
    """Look the innermost reason up and put the facts in."""
    inner = revert.innermost
    name = f"{inner.name}:{phase}" if f"{inner.name}:{phase}" in REASONS else inner.name
    key = inner.reason[:4] if inner.name in ("FailedOp", "FailedOpWithRevert") else name
    said = REASONS.get(key, _unknown(inner))(inner.args, context)
    return Denial(
        code=inner.reason,
        phase=phase,
        rule=said.rule,
        permission=said.permission,
        call=said.call,
        asked=said.asked,
        left=said.left,
        unit=said.unit,
        sentence=said.sentence,
        fix=said.fix,
        path=revert.path,
        raw="0x" + inner.raw.hex(),
    )


def reason(*names: str) -> Callable[[Entry], Entry]:
    """Enter a function under the errors that it explains; ``Name:phase`` where the phase decides."""

    def enter(entry: Entry) -> Entry:
        REASONS.update(dict.fromkeys(names, entry))
        return entry

    return enter


def _unknown(revert: Revert) -> Entry:
    def entry(args: dict[str, Any], context: Context) -> Said:
        return Said(
            "unknown",
            f"A contract reverted with {revert}, which nothing here can explain.",
            "Look at the raw data; it may be an error of the contract that was called.",
        )

    return entry


# -- reach: what a session may call


@reason("AddressNotAllowed")
def _address_not_allowed(args: dict[str, Any], context: Context) -> Said:
    target = context.names.address(args["target"])
    return Said(
        "a call's target must be granted",
        f"Call {args['call']} goes to {target}, which no permission of the session names.",
        f"Grant contract-access or functions-on-contract for {target}, or let the owner send it.",
        CONTRACT_ACCESS,
        args["call"],
        args["target"],
    )


@reason("SelectorNotAllowed")
def _selector_not_allowed(args: dict[str, Any], context: Context) -> Said:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    if args["target"].lower() == context.wallet.lower():
        return Said(
            "functions that decide who may do what are never granted",
            f"{function} of the wallet itself cannot be granted to a session.",
            "Leave it out; only the owner uses it.",
            ACCOUNT,
            None,
            "0x" + args["selector"].hex(),
        )
    return Said(
        "a call's function must be granted",
        f"Call {args['call']} uses {function} on {target}, and the session may use other functions there.",
        f"Grant functions-on-contract with {function} for {target}, or let the owner send it.",
        ON_CONTRACT,
        args["call"],
        "0x" + args["selector"].hex(),
    )


@reason("SelectorNotAllowed:execution")
def _not_a_spending_function(args: dict[str, Any], context: Context) -> Said:
    target, function = context.names.address(args["target"]), context.names.function(args["selector"])
    return Said(
        "a limited token takes transfer and approve alone",
        f"Call {args['call']} uses {function} on {target}, whose transfers are limited: only transfer and approve are counted.",
        "Use transfer or approve, or let the owner send it.",
        ERC20,
        args["call"],
        "0x" + args["selector"].hex(),
    )


@reason("NoSelectorSpecified")
def _no_selector(args: dict[str, Any], context: Context) -> Said:
    target = context.names.address(args["target"])
    return Said(
        "where functions are limited, a call must name one",
        f"Call {args['call']} sends {target} less than four bytes of data, so it names no function.",
        f"Name a granted function, or grant contract-access for {target}.",
        CONTRACT_ACCESS,
        args["call"],
    )


@reason("NativeTransferNotAllowed")
def _value_not_allowed(args: dict[str, Any], context: Context) -> Said:
    amount = context.names.amount(args["amount"], "wei")
    return Said(
        "sending native tokens needs a permission",
        f"Call {args['call']} sends {amount} to {context.names.address(args['target'])}, and the session may send none.",
        f"Grant native-token-transfer with an allowance of at least {amount}.",
        NATIVE,
        args["call"],
        args["amount"],
        0,
        "wei",
    )


@reason("ValidationFunctionMissing")
def _function_missing(args: dict[str, Any], context: Context) -> Said:
    function = context.names.function(args["selector"])
    if context.revoked:
        return Said(
            "a session ends with its revocation",
            "This session was revoked by the owner.",
            "Ask the owner for a new session.",
        )
    calls = function.startswith("0xb61d27f6") or function.startswith("0x34fcd5be") or function.startswith("execute")
    if calls:
        return Said(
            "calls of other contracts must be granted",
            "The session may make no calls of other contracts at all (or it is not installed in this lane).",
            "Grant contract-access, functions-on-contract, functions-on-all-contracts or erc20-token-transfer.",
            CONTRACT_ACCESS,
            asked="0x" + args["selector"].hex(),
        )
    return Said(
        "a function of the wallet must be granted",
        f"The session may not use {function} of the wallet itself.",
        f"Grant account-functions with {function}, or let the owner send it.",
        ACCOUNT,
        asked="0x" + args["selector"].hex(),
    )


@reason("SelfCallRecursionDepthExceeded")
def _self_call(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "no calls of the wallet by the wallet",
        f"Call {args['call']} goes from the wallet back into the wallet, which would go round the rules.",
        "Send the wallet's function as the operation itself, or put it into a batch by its own name.",
        call=args["call"],
    )


@reason("RequireUserOperationContext")
def _needs_wrapping(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "spend limits are counted in executeUserOp",
        "The session has spend limits, and the operation is not wrapped in executeUserOp, where they are counted.",
        "Wrap the call data in executeUserOp (0x8dd7712f); prepare_calls does it by itself.",
        NATIVE if NATIVE in context.permissions else ERC20,
    )


@reason("UnrecognizedFunction")
def _unrecognized(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "an operation names a function of the wallet",
        f"The wallet has no function {context.names.function(args['selector'])}.",
        "Use execute, executeBatch, or a function that the wallet has.",
        asked="0x" + args["selector"].hex(),
    )


# -- allowances


@reason("ExceededNativeTokenLimit")
def _native_exceeded(args: dict[str, Any], context: Context) -> Said:
    return _exceeded(
        args, context, NATIVE, "wei", "The calls send {asked} together", "native tokens are counted in sum"
    )


@reason("ExceededNativeTokenLimit:validation", "ExceededGasLimit")
def _gas_exceeded(args: dict[str, Any], context: Context) -> Said:
    return _exceeded(
        args,
        context,
        GAS,
        context.names.gas_unit,
        "The operation may use up to {asked} for gas",
        "the worst case of an operation's gas is counted",
    )


@reason("ExceededTokenLimit")
def _token_exceeded(args: dict[str, Any], context: Context) -> Said:
    symbol = context.names.symbol(args["token"])
    said = _exceeded(
        args,
        context,
        ERC20,
        args["token"],
        f"Call {args['call']} transfers or approves {{asked}} of {symbol}",
        "transfers and approvals count in full",
    )
    return Said(**{**{name: getattr(said, name) for name in Said.__slots__}, "call": args["call"]})


def _exceeded(
    args: dict[str, Any], context: Context, permission: str, unit: str, what: str, rule: str
) -> Said:
    asked, left = args["asked"], args["left"]
    show = context.names.amount
    return Said(
        rule,
        f"{what.format(asked=show(asked, unit))}, and {show(left, unit)} of the {permission} allowance are left.",
        f"Ask for {show(left, unit)} at most, or have the owner grant {show(asked - left, unit)} more.",
        permission,
        None,
        asked,
        left,
        unit,
    )


@reason("SpendingRequestNotAllowed")
def _spending_request(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "a session with a token limit makes calls only (deployed rules)",
        f"The operation is {context.names.function(args['selector'])}, and a session with a token limit may only make calls.",
        "Use a second session for the wallet's own functions; under the documented rules it would pass.",
        ERC20,
        asked="0x" + args["selector"].hex(),
    )


@reason("InvalidCalldataLength")
def _short_calldata(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "a call of a limited token has room for its amount",
        f"Call {args['call']} sends {context.names.address(args['token'])} {args['length']} bytes; transfer and approve have 68.",
        "Encode transfer(address,uint256) or approve(address,uint256) in full.",
        ERC20,
        args["call"],
        args["length"],
        68,
        None,
    )


# -- the form of an operation


@reason("NonCanonicalCalldata")
def _non_canonical(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "calls are encoded as the ABI encodes them",
        f"The call data is not the ABI's own encoding (at byte {args['position']}), so two readers might read two things.",
        "Encode it with a standard library.",
        asked=args["position"],
    )


@reason("TooManyCalls", "CallDataTooLarge", "TooManyRows", "BundleTooLarge")
def _too_large(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "bounds of the contracts",
        f"{args['asked']} are asked, and {args['limit']} is the bound (calls, bytes of a call, rows, or bytes of a bundle).",
        "Split the operation.",
        asked=args["asked"],
        left=args["limit"],
    )


@reason("Panic")
def _panic(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "amounts add up below 2**256",
        "The amounts of the calls overflow when they are added up.",
        "Send amounts that exist.",
        NATIVE,
    )


# -- sessions and signatures


@reason("ValidationAlreadySet")
def _already_set(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "an entity id holds one session, a function is granted once",
        f"A session with the entity id {args['entityId']} is installed already, or one of its functions is granted twice.",
        "Revoke it first, or use another entity id.",
        asked=args["entityId"],
    )


@reason("TimeRangeNotValid")
def _time_range(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "a session begins before it ends",
        f"The session would begin at {args['validAfter']} and end at {args['validUntil']}.",
        "Let it end later.",
        asked=args["validAfter"],
        left=args["validUntil"],
    )


@reason("GrantSuperseded")
def _superseded(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "a revocation ends what was signed before it",
        "The owner revoked this session after signing it, so the signed grant is dead.",
        "Ask the owner for a new session.",
        asked=args["asked"],
        left=args["now"],
    )


@reason("DeferredActionSignatureInvalid")
def _deferred_signature(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "the owner signs a session's install",
        "The install in the operation's signature is not what the owner signed.",
        "Have the owner sign the session's typed data, unchanged.",
    )


@reason("SignatureValidationInvalid")
def _no_1271(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "session keys sign no messages for the wallet",
        "A session key cannot sign ERC-1271 messages for the wallet.",
        "Let the owner sign.",
        asked=args["entityId"],
    )


@reason("RootPermissionOnlyError", "AccountAddressAsTargetError", "ZeroAddressError", "UnsupportedPermissionTypeError")
def _bad_row(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "what the wallet refuses to install",
        "The session's rows break a rule that protects the wallet: root alone, no zero address, not the wallet itself.",
        "Build the session with grant_permissions, which checks this before anything is signed.",
        asked=args.get("row"),
    )


@reason("ArrayLengthMismatch")
def _nothing_to_clear(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "hook data is for a session that is there (deployed rules)",
        "The session is not installed, so there is nothing that hook data could clear.",
        "Revoke without hook data.",
    )


@reason("NotAuthorized", "NotEntryPoint", "NotSponsor", "AlreadyInitialized", "ReentrancyGuardReentrantCall")
def _not_authorized(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "some functions are for one caller alone",
        f"{context.names.address(args['caller']) if 'caller' in args else 'The caller'} may not call this function now.",
        "Go through the EntryPoint, or let the owner do it.",
        asked=args.get("caller"),
    )


# -- the EntryPoint's codes, by their first four characters


def _code(rule: str, sentence: str, fix: str) -> Entry:
    def entry(args: dict[str, Any], context: Context) -> Said:
        facts = {"now": context.now, "expiry": context.expiry}
        signer = "the owner" if context.is_owner else "the session's key"
        return Said(
            rule, sentence.format(signer=signer, **facts), fix, asked=context.now or None if rule == WINDOW else None,
            left=context.expiry if rule == WINDOW else None,
        )  # fmt: skip

    return entry


WINDOW = "a session has a window of time"
REASONS |= {
    "AA10": _code(
        "a wallet is made once", "The wallet exists already.", "Leave factory and factoryData out."
    ),
    "AA13": _code(
        "the factory makes the wallet", "The factory failed or ran out of gas.", "Check factoryData."
    ),
    "AA14": _code(
        "the factory makes this wallet", "The factory made another address.", "Check the owner and the salt."
    ),
    "AA15": _code("the factory makes the wallet", "The factory made no contract.", "Check the factory."),
    "AA20": _code(
        "the wallet must be there", "The wallet is not deployed.", "Send factory and factoryData along."
    ),
    "AA21": _code(
        "gas is paid before it is used",
        "Neither deposit nor balance of the wallet covers the operation's gas.",
        "Fund the wallet, lower the gas, or use a sponsor.",
    ),
    "AA22": _code(
        WINDOW,
        "It is {now}, and the session's last second is {expiry} (or its first is still to come).",
        "Ask the owner for a session that is still good.",
    ),
    "AA23": _code("the wallet's validation", "The wallet refused without a reason.", "Check the call data."),
    "AA24": _code(
        "the right key signs the operation",
        "The signature is not by {signer}, or not over this operation.",
        "Sign the userOpHash of exactly this operation with {signer}.".replace("{signer}", "the session's own key"),
    ),
    "AA25": _code(
        "a nonce is used once, in order",
        "The nonce is not the next one of its lane: used already, or too far ahead.",
        "Prepare the operation again.",
    ),
    "AA26": _code(
        "validation stays within its gas",
        "Validation used more than verificationGasLimit.",
        "Raise verificationGasLimit.",
    ),
    "AA30": _code("a paymaster must be there", "The paymaster has no code.", "Check its address."),
    "AA31": _code(
        "a paymaster pays from its deposit",
        "The paymaster's deposit is too low.",
        "Let the sponsor fund it, or let the wallet pay.",
    ),
    "AA32": _code(
        "a sponsorship has a window of time",
        "The sponsor's signature has expired or is not yet good.",
        "Prepare the operation again.",
    ),
    "AA33": _code("the paymaster's validation", "The paymaster refused.", "Ask the sponsor why."),
    "AA34": _code(
        "the sponsor signs for one operation",
        "The sponsor's signature is not over this operation.",
        "Prepare the operation again, and do not change it.",
    ),
    "AA36": _code(
        "the paymaster stays within its gas",
        "The paymaster used more than paymasterVerificationGasLimit.",
        "Raise paymasterVerificationGasLimit.",
    ),
    "AA51": _code(
        "the prefund covers the cost",
        "The operation cost more than its prefund.",
        "Raise preVerificationGas.",
    ),
    "AA93": _code("paymaster data has a form", "paymasterAndData is under 52 bytes.", "Rebuild it."),
    "AA94": _code("gas values stay below 2**120", "A gas value is too large.", "Lower it."),
    "AA95": _code(
        "the bundle has gas for the operation", "The bundle ran out of gas.", "Bundle fewer operations."
    ),
}


# -- errors of the contracts that a session calls


@reason("EmptyRevert")
def _empty(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "the called contract refused",
        "A contract reverted without a reason: an unknown function, bad data, or value where none is taken.",
        "Check function, arguments and value of the call.",
    )


@reason("InsufficientBalance", "InsufficientAllowance")
def _insufficient(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "the token's own rule, outside of permissions",
        f"The token holds less than the call needs: {args.get('asked')} asked, {args.get('left')} there (smallest units).",
        "Fund the wallet, or approve first; no permission changes this.",
        asked=args.get("asked"),
        left=args.get("left"),
    )


@reason("Error")
def _text(args: dict[str, Any], context: Context) -> Said:
    return Said("the called contract refused", f"A contract says: {args['message']}.", "Look at that contract.")


@reason("CounterFailed")
def _counter_failed(args: dict[str, Any], context: Context) -> Said:
    return Said(
        "the called contract refused",
        "Counter's fail() always reverts; the session allowed the call.",
        "Call another function.",
    )


