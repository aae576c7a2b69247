"""Findings about what a session can call: everything, the owner's place, value, machinery, what is entrusted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sessionlab.insight.audit.calls import (
    OWNER_FUNCTION,
    SESSION_FUNCTIONS,
    VALIDATE_USER_OP,
    arguments_of_zeros,
    replace_owner,
)
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.eth import value_call, value_loss, withdraws
from sessionlab.insight.audit.findings.table import Finding, finding
from sessionlab.insight.audit.loss import new_owner, reaches
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.types import Root


def root(case: Case) -> Iterator[Finding]:
    """Everything is allowed."""
    for place, _ in case.of_type(Root):
        sentence = "A thief takes everything that the wallet holds or will hold, and the wallet itself."
        remedy = "Grant what the application needs, by name; if it must be root, give it an expiry of minutes."
        yield finding(case, place, "root", "critical", sentence, remedy)


def owner_functions(case: Case) -> Iterator[Finding]:
    """Functions of the wallet that change its owner or its sessions."""
    owner = new_owner(case)
    if owner:
        place = case.culprit(lambda other: other.own_function(replace_owner(case.thief)) is not None)
        name = function_name("0x" + OWNER_FUNCTION.hex())
        sentence = f"A thief calls {name}, is the owner of the wallet from then on, and takes everything."
        yield finding(case, place, "owner-can-be-replaced", "critical", sentence, "Leave this function out.")
    if case.policy.is_root:
        return
    for function in sorted(SESSION_FUNCTIONS):
        if case.own_function(arguments_of_zeros(function)):
            sentence = f"A thief calls {function_name('0x' + function.hex())} and decides what sessions may do."
            yield finding(case, None, "sessions-can-be-changed", "critical", sentence, "Leave this function out.")
    if case.own_function(arguments_of_zeros(VALIDATE_USER_OP)):
        sentence = (
            "validateUserOp is for the EntryPoint alone: a thief uses it to move the wallet's ETH into its deposit "
            "and to use up the gas limits of other sessions."
        )
        place = case.culprit(lambda other: other.own_function(arguments_of_zeros(VALIDATE_USER_OP)) is not None)
        yield finding(case, place, "account-machinery", "high", sentence, "Leave this function out.")


def value(case: Case) -> Iterator[Finding]:
    """ETH leaves with calls, and no allowance counts it."""
    call = value_call(case)
    if call is None or case.policy.is_root or value_loss(case).ever is not None or new_owner(case):
        return
    place = case.culprit(lambda other: value_call(other) is not None)
    to_thief = call.target == case.thief.lower()
    if to_thief:
        name = function_name("0x" + call.selector.hex())
        sentence = f"Nothing limits the ETH that calls carry: a thief sends all of it to itself, as {name}."
    else:
        sentence = f"Nothing limits the ETH that calls carry: a thief can send all of it to {case.called(call.target)}."
    remedy = "Add native-token-transfer with the allowance that is meant; 0 if none is."
    yield finding(case, place, "value-not-limited", "critical" if to_thief else "high", sentence, remedy)


def machinery(case: Case) -> Iterator[Finding]:
    """Targets on which sessions themselves stand."""
    wallet = case.wallet
    if case.policy.is_root:
        return
    if withdraws(case):
        place = case.culprit(withdraws)
        amount = case.eth(wallet.deposit)
        sentence = (
            f"A thief withdraws the wallet's deposit from the EntryPoint ({amount} today), "
            "and what it first makes the wallet pay in as gas."
        )
        remedy = "Leave the EntryPoint out; a deposit is the owner's to withdraw."
        yield finding(case, place, "entry-point-target", "critical", sentence, remedy)
    for address, name in wallet.machinery.items():
        if address.lower() in case.policy.targets and reaches(case, address):
            place = case.culprit(partial(_names, address=address))
            sentence = f"{name[:1].upper()}{name[1:]} is a target; sessions stand on it, and need not call it."
            remedy = "Leave it out, unless somebody has shown that its functions can change nothing here."
            yield finding(case, place, "machinery-target", "medium", sentence, remedy)


def entrusted(case: Case) -> Iterator[Finding]:
    """Targets that may pull the wallet's tokens, or that keep its ETH."""
    if case.policy.is_root:
        return
    for approval in case.wallet.approvals:
        if approval.units and reaches(case, approval.spender):
            amount, who = case.token_amount(approval.token, approval.units), case.called(approval.spender)
            place = case.culprit(partial(reaches, address=approval.spender))
            sentence = f"The session can call {who}, which may pull {amount} of the wallet."
            remedy = "Take that approval back before granting, or name only functions that do not pull."
            yield finding(case, place, "target-may-pull", "high", sentence, remedy)
    for address, wei in case.wallet.elsewhere.items():
        if wei and reaches(case, address):
            amount = case.eth(wei)
            place = case.culprit(partial(reaches, address=address))
            sentence = f"The session can call {case.called(address)}, which keeps {amount} for the wallet."
            remedy = "Name only the functions that the application needs, and not those that pay out."
            yield finding(case, place, "target-keeps-funds", "medium", sentence, remedy)


def _names(case: Case, address: str) -> bool:
    return address.lower() in case.policy.targets
