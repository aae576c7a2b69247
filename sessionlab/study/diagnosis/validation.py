"""Refusals in validation that only the state tells: gas, signers, installs, and accounts that are not this lab's."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.core.denials.reasons import REASONS, silent
from sessionlab.core.denials.reasons.table import Args, DenialText
from sessionlab.core.evm.records import OUT_OF_GAS
from sessionlab.study.diagnosis.table import DiagnosedContext, reason

#: The rule behind an operation that would install a session once more.
INSTALLED_ONCE = "a session is installed once"


@reason("AA23")
def _wallet_without_a_word(args: Args, context: DiagnosedContext) -> DenialText:
    return silent.of_wallet(args, context, _ended(context))


@reason("AA21:OutOfGas", "AA23:OutOfGas")
def _validation_out_of_gas(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    return _short_of_gas("The wallet", "verificationGasLimit", facts.verification_gas, facts.verification_needs)


@reason("AA26")
def _over_the_limit(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    if (facts.verification_needs or 0) <= facts.verification_gas:
        return REASONS["AA26"](args, context)
    said = _short_of_gas("The wallet", "verificationGasLimit", facts.verification_gas, facts.verification_needs)
    return replace(said, code=None)


@reason("AA33")
def _paymaster_without_a_word(args: Args, context: DiagnosedContext) -> DenialText:
    return silent.of_paymaster(_ended(context))


@reason("AA33:OutOfGas")
def _paymaster_out_of_gas(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    return _short_of_gas("The paymaster", "paymasterVerificationGasLimit", facts.paymaster_gas, facts.paymaster_needs)


@reason("EmptyRevert:validation")
def _factory_without_a_word(args: Args, context: DiagnosedContext) -> DenialText:
    """Before the wallet is asked, only its factory can fail."""
    facts = context.facts
    if not facts.brings_factory:
        return REASONS["EmptyRevert:validation"](args, context)
    if facts.failure and facts.failure[-1].halt == OUT_OF_GAS:
        return _short_of_gas("The factory", "verificationGasLimit", facts.verification_gas, facts.verification_needs)
    return DenialText(
        "the factory deploys the wallet",
        f"The factory {_ended(context)}; the reason is unknown.",
        "Use the factory and factoryData that wallet_prepareCalls names.",
    )


def _ended(context: DiagnosedContext) -> str:
    halt = context.facts.failure[-1].halt if context.facts.failure else "Revert"
    return "reverted with empty data (0x)" if halt == "Revert" else f"stopped with {halt}"


def _short_of_gas(who: str, field: str, limit: int, needs: int | None) -> DenialText:
    rule, sentence = "validation stays within its gas", f"{who} ran out of gas in validation: {field} is {limit:,}"
    if needs is None or needs <= limit:
        fix = f"Let wallet_prepareCalls estimate {field}."
        return DenialText(rule, f"{sentence}.", fix, left=limit, unit="gas", code=OUT_OF_GAS)
    fix = f"Raise {field} to at least {needs:,}."
    return DenialText(
        rule, f"{sentence}, and it takes {needs:,}.", fix, asked=needs, left=limit, unit="gas", code=OUT_OF_GAS
    )


@reason("AA23:foreign", "AA24:foreign")
def _foreign(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    who = context.names.address(facts.wallet)
    rule = "an account judges its operations by its own code"
    if facts.code.startswith("AA24"):
        return DenialText(
            rule,
            f"The account {who} does not run this lab's wallet, and does not accept the signature.",
            "Sign as that account's code requires.",
        )
    raw = facts.failure[-1].output if facts.failure else facts.raw
    said = f"reverted with 0x{raw.hex()}" if raw else "reverted with empty data (0x)"
    return DenialText(
        rule,
        f"The account {who} does not run this lab's wallet. Its {facts.code_bytes:,} bytes of code {said} in "
        "validation; what it means is unknown here.",
        "Look in that account's code for what it requires.",
    )


@reason("AA20:foreign")
def _foreign_not_deployed(args: Args, context: DiagnosedContext) -> DenialText:
    return DenialText(
        "the account must be there",
        f"There is no contract at the sender {context.facts.wallet}, and the operation does not deploy one.",
        "Send factory and factoryData along, or deploy the account first.",
    )


@reason("AA21:foreign")
def _foreign_unpaid(args: Args, context: DiagnosedContext) -> DenialText:
    facts, show = context.facts, context.names.amount
    rule, has = "gas is paid before it is used", facts.balance + facts.deposit
    sentence = f"The operation's gas may cost {show(facts.cost, 'wei')}, and the account has {show(has, 'wei')}"
    if has >= facts.cost:
        missing = show(facts.cost - facts.deposit, "wei")
        sentence += ", but its code did not send the EntryPoint what was missing."
        fix = f"Have its code send {missing} in validateUserOp (missingAccountFunds), or deposit it for the account."
    else:
        missing = show(facts.cost - has, "wei")
        sentence += ", its deposit in the EntryPoint and its balance together."
        fix = f"Add {missing}: fund the account or its deposit in the EntryPoint, or use a paymaster."
    return DenialText(rule, sentence, fix, asked=facts.cost, left=has, unit="wei")


@reason("AA22:foreign")
def _foreign_out_of_time(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    rule, (after, until) = "an account may give an operation a window of time", facts.window or (0, 0)
    if facts.now < after:
        sentence, bound = f"The account takes this operation from {after} on, and it is {facts.now}.", after
    else:
        sentence, bound = f"The account took this operation until {until}, and it is {facts.now}.", until
    fix = "Sign an operation that the account takes now."
    return DenialText(rule, sentence, fix, asked=facts.now, left=bound, unit="seconds")


@reason("AA25:foreign")
def _foreign_nonce(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    return DenialText(
        "a nonce is used once, in order",
        f"The operation has number {facts.sequence} of its nonce key, and {facts.next_sequence} is next.",
        "Ask the EntryPoint for the next nonce (getNonce), and sign the operation again.",
        asked=facts.sequence,
        left=facts.next_sequence,
    )


@reason("AA26:foreign")
def _foreign_over_gas(args: Args, context: DiagnosedContext) -> DenialText:
    return DenialText(
        "validation stays within its gas",
        f"Checking the operation took more gas than its verificationGasLimit, {context.facts.verification_gas:,}.",
        "Raise verificationGasLimit, or take the one of eth_estimateUserOperationGas.",
    )


@reason("AA23:installed", "AA24:installed", "AA25:installed")
def _installed_meanwhile(args: Args, context: DiagnosedContext) -> DenialText:
    return DenialText(
        INSTALLED_ONCE,
        "The operation was prepared to install its session, and another operation has installed it since.",
        "Prepare and send the calls again. Where several send at once, give each a nonce_key of its own from now on.",
    )


@reason("AA23:revoked", "AA24:revoked", "AA25:revoked")
def _revoked_meanwhile(args: Args, context: DiagnosedContext) -> DenialText:
    return DenialText(
        "a session ends with its revocation",
        "The owner revoked this session.",
        "Ask the owner for a new session.",
    )


def _unsigned(sentence: str, fix: str) -> DenialText:
    return DenialText("the right key signs the operation", sentence, fix)


@reason("AA24:of-a-session")
def _key_of_a_session(args: Args, context: DiagnosedContext) -> DenialText:
    facts = context.facts
    return _unsigned(
        f"The key of the session {facts.session_of_signer} signed an operation that names no session, so the wallet "
        "takes it for the owner's.",
        "Prepare and send it with capabilities.permissions of that session, as session.send_calls does.",
    )


@reason("AA24:of-the-owner")
def _key_of_the_owner(args: Args, context: DiagnosedContext) -> DenialText:
    return _unsigned(
        "The wallet's owner signed an operation of a session.",
        "Sign it with the session's key, or prepare it without capabilities.permissions.",
    )


@reason("AA24:of-another-session")
def _key_of_another_session(args: Args, context: DiagnosedContext) -> DenialText:
    return _unsigned(
        f"The key of another session, {context.facts.session_of_signer}, signed this operation.",
        "Sign it with the key of the session that it names.",
    )


@reason("AA24:of-a-stranger")
def _key_of_a_stranger(args: Args, context: DiagnosedContext) -> DenialText:
    facts, who = context.facts, context.names.address
    role = "the session's key" if facts.by_session else "the wallet's owner"
    return _unsigned(
        f"This operation was signed by {who(facts.signer or '')}; {role} is {who(facts.wanted_signer)}.",
        f"Sign the operation's hash with {role}, and change nothing afterwards.",
    )


@reason("AA24:of-nobody")
def _key_of_nobody(args: Args, context: DiagnosedContext) -> DenialText:
    role = "the session's key" if context.facts.by_session else "the wallet's owner"
    return _unsigned(
        "The signature is not 65 bytes that a key can have made.",
        f"Sign the operation's hash with {role}.",
    )
