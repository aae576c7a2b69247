"""Findings about what a session can call: everything, owner functions, value, core contracts, trusted contracts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.core.permissions.types import Root
from sessionlab.study.audit.calls import (
    OWNER_FUNCTION,
    SESSION_FUNCTIONS,
    arguments_of_zeros,
    replace_owner,
)
from sessionlab.study.audit.collectibles import collection_loss
from sessionlab.study.audit.eth import stake_loss, value_call, value_loss, vault_losses, withdraws
from sessionlab.study.audit.findings.table import Finding, finding
from sessionlab.study.audit.loss import Loss, owner_steps, pays_out, reaches
from sessionlab.study.audit.subject import SEVERITY_ORDER, AuditSubject
from sessionlab.study.audit.tokens import token_loss


def root(case: AuditSubject) -> Iterator[Finding]:
    """The session may do everything."""
    for index, _ in case.of_type(Root):
        sentence = "A thief takes everything that the wallet holds or will hold, and the wallet itself."
        remedy = "Grant what the application needs, by name; if it must be root, give it an expiry of minutes."
        yield finding(case, index, "root", "critical", sentence, remedy)


def owner_functions(case: AuditSubject) -> Iterator[Finding]:
    """The session can call wallet functions that change the owner or the sessions."""
    if owner_steps(case):
        index = case.culprit(lambda other: other.own_function(replace_owner(case.thief)) is not None)
        name = case.wallet.names.function(OWNER_FUNCTION)
        sentence = f"A thief calls {name}, becomes the wallet's owner, and takes everything."
        yield finding(case, index, "owner-can-be-replaced", "critical", sentence, "Leave this function out.")
    if case.policy.is_root:
        return
    for function in sorted(SESSION_FUNCTIONS):
        if case.own_function(arguments_of_zeros(function)):
            sentence = f"A thief calls {case.wallet.names.function(function)} and decides what sessions may do."
            yield finding(case, None, "sessions-can-be-changed", "critical", sentence, "Leave this function out.")
    if case.own_function(arguments_of_zeros(VALIDATE_USER_OP)):
        held = case.eth(case.wallet.balance)
        sentence = (
            f"validateUserOp is for the EntryPoint alone. With it a thief moves the wallet's ETH ({held}) into its "
            "deposit, uses up the gas limits of other sessions, and installs a grant that the owner signed, which then "
            "spends. Production was not measured with it."
        )
        index = case.culprit(lambda other: other.own_function(arguments_of_zeros(VALIDATE_USER_OP)) is not None)
        yield finding(case, index, "account-machinery", "critical", sentence, "Leave this function out.")


def value(case: AuditSubject) -> Iterator[Finding]:
    """Calls can send ETH, and no allowance counts it."""
    call = value_call(case)
    if call is None or case.policy.is_root or value_loss(case).ever is not None or owner_steps(case):
        return
    index = case.culprit(lambda other: value_call(other) is not None)
    to_thief = call.target == case.thief.lower()
    if to_thief:
        name = case.wallet.names.function(call.selector)
        sentence = f"Nothing limits the ETH that calls carry: a thief sends all of it to their own account, as {name}."
    else:
        sentence = (
            "Nothing limits the ETH that calls carry, so all of it may go to "
            f"{case.called(call.target)} with one call, if that takes ETH."
        )
    remedy = "Add native-token-transfer with the allowance that is meant; 0 if none is."
    loss = value_loss(case)
    severity = "high" if loss.severity == "critical" and not to_thief else loss.severity
    yield finding(case, index, "value-not-limited", severity, sentence, remedy)


def machinery(case: AuditSubject) -> Iterator[Finding]:
    """Targets that sessions themselves depend on."""
    wallet = case.wallet
    if case.policy.is_root:
        return
    if withdraws(case):
        target = case.culprit(withdraws)
        amount = case.eth(wallet.deposit)
        sentence = (
            f"A thief withdraws the wallet's deposit from the EntryPoint ({amount} today), "
            "and what it first makes the wallet pay in as gas."
        )
        remedy = "Leave the EntryPoint out; a deposit is the owner's to withdraw."
        severity = "critical" if wallet.deposit or wallet.balance else "low"
        yield finding(case, target, "entry-point-target", severity, sentence, remedy)
    stake = stake_loss(case)
    if stake.ever is None and owner_steps(case) is None:
        index = case.culprit(lambda other: stake_loss(other).ever is None)
        sentence = f"A thief withdraws the wallet's stake from the EntryPoint, {stake.shown_held} today."
        remedy = "Leave the EntryPoint out; a stake is the owner's to withdraw."
        yield finding(case, index, "stake-can-be-withdrawn", stake.severity, sentence, remedy)
    for address, name in wallet.machinery.items():
        if address.lower() in case.policy.targets and reaches(case, address):
            target = case.culprit(partial(_names, address=address))
            sentence = f"{name[:1].upper()}{name[1:]} is a target; sessions depend on it and need not call it."
            remedy = "Leave it out, unless you know that its functions can change nothing here."
            yield finding(case, target, "machinery-target", "medium", sentence, remedy)


def entrusted(case: AuditSubject) -> Iterator[Finding]:
    """Targets that may pull the wallet's tokens or that hold its ETH."""
    if case.policy.is_root:
        return
    for approval in case.wallet.approvals:
        if approval.units and reaches(case, approval.spender):
            amount, who = case.token_amount(approval.token, approval.units), case.called(approval.spender)
            target = case.culprit(partial(reaches, address=approval.spender))
            sentence = f"The session can call {who}, which may pull {amount} from the wallet."
            remedy = "Revoke that approval before granting, or name only functions that do not pull."
            lost = [loss for loss in losses_of(case, approval.token) if loss.now]
            severity = min((loss.severity for loss in lost), key=SEVERITY_ORDER.index, default="low")
            yield finding(case, target, "target-may-pull", severity, sentence, remedy)
    for address, wei in case.wallet.elsewhere.items():
        if wei and pays_out(case, address):
            amount = case.eth(wei)
            target = case.culprit(partial(pays_out, address=address))
            sentence = f"The session can have {case.called(address)} pay out the {amount} that it keeps for the wallet."
            ways = (value_loss(case), *(loss for loss in vault_losses(case) if loss.now))
            severity = min((way.severity for way in ways), key=SEVERITY_ORDER.index)
            if severity == "info":
                sentence, severity = f"{sentence} From the wallet it can leave as gas.", "low"
            remedy = "Name only the functions that the application needs, not those that pay out."
            yield finding(case, target, "target-keeps-funds", severity, sentence, remedy)


def losses_of(case: AuditSubject, address: str) -> Iterator[Loss]:
    """Yield what can be lost of one token or collection of the wallet."""
    for token, held in case.wallet.tokens.items():
        if token.lower() == address.lower():
            yield token_loss(case, token, held)
    for collection, things in case.wallet.collections.items():
        if collection.lower() == address.lower():
            yield collection_loss(case, collection, things)


def _names(case: AuditSubject, address: str) -> bool:
    return address.lower() in case.policy.targets
