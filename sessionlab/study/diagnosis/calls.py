"""Calls that fail without revert data, or with data that nobody here knows: which call, and what the run showed."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials import reasons
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.denials.reasons import silent
from sessionlab.core.denials.reasons.silent import REFUSED, subject_of
from sessionlab.core.denials.reasons.table import Args, DenialText, call_at, hex_of, name_of, only_call
from sessionlab.core.erc4337.simulate import ENOUGH_GAS
from sessionlab.core.evm.records import OUT_OF_FUNDS, OUT_OF_GAS, FailedCall
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.table import DiagnosedContext, reason
from sessionlab.study.own_contracts.errors import own_denial


@reason("EmptyRevert:OutOfFunds")
def _out_of_funds(args: Args, context: DiagnosedContext) -> DenialText:
    failed = context.facts.failure[-1]
    asked, left = failed.value, failed.balance or 0
    index, show = failed_index(context), context.names.amount
    if failed.caller != context.wallet:
        who, to = context.names.address(failed.caller), _target(context, failed)
        sentence = (
            f"{_subject(context, index)} fails: {who} sends {show(asked, 'wei')} to {to} and has {_wei(context, left)}."
        )
        fix = f"Fund {who} with at least {show(asked - left, 'wei')} more, or change the call so that it sends less."
        rule = "a contract can send only the ETH that it has"
        return DenialText(rule, sentence, fix, None, index, asked, left, "wei", OUT_OF_FUNDS)
    gas, whose = context.facts.gas_to_pay, "the next operation's" if context.facts.cost else "its"
    missing = max(asked, sum(call.value for call in context.calls[index:]) if index is not None else 0) - left + gas
    return DenialText(
        "a wallet can send only the ETH that it has",
        f"{name_of(context, index)} sends {show(asked, 'wei')}; {_by_then(context, index)}the wallet has "
        f"{_wei(context, left)}{f', and {whose} gas may cost {_wei(context, gas)}' if gas else ''}.",
        f"Fund the wallet with at least {show(missing, 'wei')} more, or send less.",
        None,
        index,
        asked,
        left,
        "wei",
        OUT_OF_FUNDS,
    )


def _by_then(context: DiagnosedContext, index: int | None) -> str:
    """Say what the balance does not include any more: earlier calls, and gas that the wallet pays itself."""
    facts = context.facts
    own_gas = facts.paymaster is None and facts.cost > 0
    before = ["by then" if index else "", "with its gas set aside" if own_gas else ""]
    said = " and ".join(part for part in before if part)
    return f"{said}, " if said else ""


@reason("EmptyRevert:OutOfGas")
def _out_of_gas(args: Args, context: DiagnosedContext) -> DenialText:
    facts, index = context.facts, failed_index(context)
    limit, needs = facts.failure[0].gas, facts.call_needs
    rule, sentence = "calls run within callGasLimit", f"{_subject(context, index)} {_ran_out(context, index)}"
    if facts.call_never_ends:
        sentence += f", and {ENOUGH_GAS:,} gas is not enough either."
        return DenialText(rule, sentence, "Ask the contract to do less in one call.", None, index, code=OUT_OF_GAS)
    sentence += f": callGasLimit is {limit:,}"
    if needs is None or needs <= limit:
        fix = "Let wallet_prepareCalls estimate callGasLimit."
        return DenialText(rule, f"{sentence}.", fix, None, index, None, limit, "gas", OUT_OF_GAS)
    return DenialText(
        rule,
        f"{sentence}, and the calls need {needs:,}.",
        f"Raise callGasLimit to at least {needs:,}.",
        None,
        index,
        needs,
        limit,
        "gas",
        OUT_OF_GAS,
    )


def _ran_out(context: DiagnosedContext, index: int | None) -> str:
    inner = _inner(context, index)
    return f"ran out of gas in {inner}" if inner else "ran out of gas"


@reason("EmptyRevert:halted")
def _halted(args: Args, context: DiagnosedContext) -> DenialText:
    index, failed = failed_index(context), context.facts.failure[-1]
    inner = _inner(context, index)
    return DenialText(
        REFUSED,
        f"{_subject(context, index)} stopped with {failed.halt}{f' in {inner}' if inner else ''}, a fault of the "
        "contract's code.",
        f"Correct the code of {_target(context, failed)}, or call another function.",
        call=index,
        code=failed.halt,
    )


@reason("EmptyRevert", "EmptyRevert:empty")
def _empty(args: Args, context: DiagnosedContext) -> DenialText:
    failure = context.facts.failure
    if not failure:
        index = only_call(context)
        more = _unknown_function(context, index) + _failed_too(context)
        return silent.empty(subject_of(context, index), "the called contract", index, more=more)
    index = failed_index(context)
    inner = _inner(context, index)
    where = f", because {inner} did" if inner else ""
    target = _target(context, failure[-1])
    more = ("" if inner else _unknown_function(context, index)) + _failed_too(context)
    return silent.empty(_subject(context, index), target, index, where, more)


def _unknown_function(context: DiagnosedContext, index: int | None) -> str:
    """Say that a contract may lack the function: a misspelt name has a selector that nobody knows."""
    call = call_at(context, index)
    if call is None or len(call.data) < 4 or context.names.signature(call.data[:4]):
        return ""
    return (
        f" No function {hex_of(call.data[:4])} is known here, and a contract without the function ends like this: look "
        "at how its name and its types are written."
    )


def _failed_too(context: DiagnosedContext) -> str:
    """Report a failed call that may or may not be the reason."""
    call = context.facts.inside
    if call is None:
        return ""
    who, to = context.names.address(call.caller), _target(context, call)
    if call.halt == OUT_OF_FUNDS:
        what = f"a call in it, {_wei(context, call.value)} from {who} to {to}, failed for lack of ETH"
    elif call.halt == OUT_OF_GAS:
        what = f"a call in it, to {to}, used up the {call.gas:,} gas that it was given"
    else:
        how = "reverted" if call.halt == "Revert" else f"stopped with {call.halt}"
        what = f"a call in it, to {to}, {how}"
    return f" Before that, {what}; that need not be the reason."


def _says_why(key: str, args: Args, context: DiagnosedContext) -> DenialText:
    """A contract's own text, or a fault that its compiler looks for, is told with the contract's name."""
    failure = context.facts.failure
    if not failure or failure[-1].to == context.wallet:
        return reasons.REASONS[key](args, context)
    who, index = _target(context, failure[-1]), failed_index(context)
    said = reasons.REASONS[key](args, replace(context, calls=()))  # a contract's own sum, not that of the calls
    fix = said.fix.replace("that contract", who)
    return replace(said, sentence=said.sentence.replace("A contract", who, 1), fix=fix, call=index)


for _key in ("Error", "Panic"):
    reason(_key)(partial(_says_why, _key))


def own(revert: Revert, phase: str, context: Context, facts: DiagnosisFacts | None) -> Denial | None:
    """Return the denial for the error of a contract that was deployed here; None for any other revert."""
    if facts is None or not facts.failure:
        return own_denial(revert, phase, context)
    known = {field.name: getattr(context, field.name) for field in fields(context)}
    index = failed_index(DiagnosedContext(**known, facts=facts))
    return own_denial(revert, phase, context, facts.failure[-1].to, index)


def unknown(args: Args, context: DiagnosedContext) -> DenialText:
    """Return the text for revert data that no contract of this lab makes."""
    failure = context.facts.failure
    if not failure:
        return silent.unknown(args, context)
    return silent.unknown(args, context, _target(context, failure[-1]), failed_index(context))


# -- which call


def failed_index(context: DiagnosedContext) -> int | None:
    """Return the index of the operation's call that failed; None if it is not one of the wallet's calls."""
    own = _wallets_call(context)
    if own is None:
        return None
    call = call_at(context, own.place)
    return own.place if call is not None and (call.to, call.value) == (own.to, own.value) else None


def _wallets_call(context: DiagnosedContext) -> FailedCall | None:
    """Return the wallet's own call among those that led to the failure."""
    return next((call for call in context.facts.failure if call.caller == context.wallet), None)


def _inner(context: DiagnosedContext, index: int | None) -> str:
    """Name the contract inside the wallet's call in which the failure began; empty if it is the called one."""
    failed, own = context.facts.failure[-1], _wallets_call(context)
    if own is None or failed.to in (own.to, context.wallet):
        return ""
    return _target(context, failed)


def _target(context: DiagnosedContext, failed: FailedCall) -> str:
    return "a new contract" if failed.to is None else context.names.address(failed.to)


def _subject(context: DiagnosedContext, index: int | None) -> str:
    """Name a call as the subject of a sentence, or else the wallet, with what it called."""
    if index is not None:
        return subject_of(context, index)
    own = _wallets_call(context)
    if own is not None and own.to is not None:
        return f"A call of the wallet to {context.names.address(own.to)}"
    return "The wallet" if context.facts.failure else "A call"


def _wei(context: DiagnosedContext, amount: int) -> str:
    return context.names.amount(amount, "wei")
