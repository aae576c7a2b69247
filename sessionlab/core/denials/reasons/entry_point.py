"""Reasons for the EntryPoint's codes, keyed by their first four characters (ERC-4337 v0.7)."""

from __future__ import annotations

from sessionlab.core.base.amounts import format_seconds, format_time
from sessionlab.core.denials.denial import Context
from sessionlab.core.denials.reasons.table import REASONS, Args, DenialText, fixed, reason


@reason("AA21")
def _no_prefund(args: Args, context: Context) -> DenialText:
    rule, fix = "gas is paid before it is used", "fund the wallet, or use a sponsor (policy_id=lab.policy_id)."
    if context.cost is None or context.funds is None:
        return DenialText(rule, "The wallet cannot pay for the operation's gas.", fix[0].upper() + fix[1:], unit="wei")
    show, sent = context.names.amount, sum(call.value for call in context.calls)
    missing = max(context.cost + sent - context.funds, 0)
    if sent:
        fix = f"fund the wallet, for the gas and the {show(sent, 'wei')} that the operation sends."
    return DenialText(
        rule,
        f"The operation's gas may cost {show(context.cost, 'wei')}, and the wallet has {show(context.funds, 'wei')}, "
        "its deposit in the EntryPoint and its balance together.",
        f"Add {show(missing, 'wei')}: {fix}",
        asked=context.cost,
        left=context.funds,
        unit="wei",
    )


@reason("AA22")
def _out_of_time(args: Args, context: Context) -> DenialText:
    rule, fix = "a session has a last second", "Ask the owner for a new session."
    now, end = context.now, context.expiry
    if not end or now <= end:
        return DenialText(
            "a session has a window of time", f"It is {format_time(now)}, outside the session's window.", fix, asked=now
        )
    ago, last = format_seconds(now - end), format_time(end)
    sentence = f"The session ended {ago} ago: its last second was {last}, and it is now {format_time(now)}."
    return DenialText(rule, sentence, fix, asked=now, left=end, unit="seconds")


@reason("AA24")
def _wrong_signature(args: Args, context: Context) -> DenialText:
    signer = "the wallet's owner" if context.is_owner else "the session's key"
    return DenialText(
        "the right key signs the operation",
        f"The signature is not by {signer} over this operation.",
        f"Sign the operation's hash with {signer}, and change nothing afterwards.",
    )


REASONS |= {
    "AA10": fixed(
        "a wallet is deployed once",
        "The operation would deploy the wallet, which already exists.",
        "Leave factory and factoryData out; preparing the operation again does it by itself.",
    ),
    "AA13": fixed(
        "the factory deploys the wallet",
        "The factory failed, or ran out of gas, while deploying the wallet.",
        "Check factory and factoryData, or raise verificationGasLimit.",
    ),
    "AA14": fixed(
        "the factory deploys the sender",
        "The factory deployed a wallet at an address other than the operation's sender.",
        "Check owner and salt in factoryData.",
    ),
    "AA15": fixed(
        "the factory deploys the wallet",
        "After the factory ran, there is still no wallet at the sender's address.",
        "Check factory and factoryData.",
    ),
    "AA20": fixed(
        "the wallet must be there",
        "The wallet is not deployed, and the operation does not deploy it.",
        "Send factory and factoryData along; prepare_calls does it by itself.",
    ),
    "AA25": fixed(
        "a nonce is used once, in order",
        "The operation's nonce is not the next one of its nonce key: it was already used, or it skips one.",
        "Prepare and send the operation again. Where several send at once, give each a nonce_key of its own.",
    ),
    "AA26": fixed(
        "validation stays within its gas",
        "Checking the operation took more gas than its verificationGasLimit.",
        "Raise verificationGasLimit, or leave the gas to wallet_prepareCalls.",
    ),
    "AA30": fixed(
        "the paymaster must be there",
        "There is no contract at the paymaster's address.",
        "Use the paymaster that wallet_prepareCalls names.",
    ),
    "AA31": fixed(
        "a paymaster pays from its deposit",
        "The paymaster's deposit in the EntryPoint does not cover the operation's gas.",
        "Let the sponsor fund its paymaster, or let the wallet pay.",
    ),
    "AA32": fixed(
        "a sponsorship has a window of time",
        "The sponsor's signature is no longer valid, or not valid yet.",
        "Prepare the operation again.",
    ),
    "AA34": fixed(
        "the sponsor signs for one operation",
        "The sponsor's signature is not over this operation.",
        "Prepare the operation again, and change nothing afterwards.",
    ),
    "AA36": fixed(
        "the paymaster stays within its gas",
        "The paymaster took more gas than its paymasterVerificationGasLimit.",
        "Raise paymasterVerificationGasLimit, or leave the gas to wallet_prepareCalls.",
    ),
    "AA51": fixed(
        "the prefund covers the cost",
        "The operation cost more gas than all its gas limits together.",
        "Raise preVerificationGas, or leave the gas to wallet_prepareCalls.",
    ),
    "AA90": fixed(
        "somebody collects what a bundle costs",
        "The bundle names the zero address as its beneficiary.",
        "Name a beneficiary in handleOps.",
    ),
    "AA91": fixed(
        "somebody collects what a bundle costs",
        "The bundle's beneficiary does not accept the payment.",
        "Name a beneficiary that accepts ETH.",
    ),
    "AA92": fixed(
        "the EntryPoint opens an operation's frame itself",
        "innerHandleOp was called from outside, and only the EntryPoint itself may call it.",
        "Send the operation in a bundle, to handleOps.",
    ),
    "AA93": fixed(
        "paymasterAndData has a fixed layout",
        "paymasterAndData has fewer than 52 bytes: the paymaster, and its two gas limits.",
        "Build it from paymaster, gas limits and paymasterData.",
    ),
    "AA94": fixed(
        "gas values stay below 2**120",
        "A gas limit or a fee of the operation is 2**120 or more.",
        "Leave the gas to wallet_prepareCalls.",
    ),
    "AA95": fixed(
        "a bundle has gas for its operations",
        "The bundle has less gas left than the operation's callGasLimit asks for.",
        "Lower callGasLimit, or bundle fewer operations.",
    ),
    "AggregatorsNotSupported": fixed(
        "each operation has a signature of its own",
        "The bundle uses a signature aggregator (handleAggregatedOps), and this EntryPoint supports none.",
        "Send the operations to handleOps, each with its own signature.",
    ),
}


@reason("PostOpReverted")
def _post_op_reverted(args: Args, context: Context) -> DenialText:
    data = args["returnData"]
    said = f"0x{data.hex()}" if data else "empty data (0x)"
    return DenialText(
        "the paymaster has the last word",
        f"After the operation's calls, postOp of the paymaster reverted with {said}, so the calls were undone.",
        "Ask the sponsor what its postOp requires, or let the wallet pay.",
    )


@reason("DelegateAndRevert")
def _delegated(args: Args, context: Context) -> DenialText:
    return DenialText(
        "delegateAndRevert answers by reverting",
        f"This is an answer, not a refusal: the code {'succeeded' if args['success'] else 'failed'} and returned "
        f"0x{args['ret'].hex()}.",
        "Read the result from the revert data.",
    )


@reason("SenderAddressResult")
def _sender_address(args: Args, context: Context) -> DenialText:
    return DenialText(
        "getSenderAddress answers by reverting",
        f"This is an answer, not a refusal: the wallet will be at {args['sender']}.",
        "Read the address from the revert data.",
        asked=args["sender"],
    )
