"""Findings about tokens: without a limit, reachable on all contracts, approved."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sessionlab.core.permissions.operation import plain_call
from sessionlab.study.audit.calls import (
    OF_KEEPERS,
    ONLY_OF_COLLECTIONS,
    TOKEN_FUNCTIONS,
    UNNAMED,
    TokenFunction,
    arguments_of_zeros,
    code,
)
from sessionlab.study.audit.collectibles import collection_loss, count_of_things, way_to_take
from sessionlab.study.audit.entrusted import entrusted_loss
from sessionlab.study.audit.findings.table import Finding, finding
from sessionlab.study.audit.state import Approval, Entrusted
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.tokens import pulls, receiver, token_loss, token_operation, ways_with

VIEWS = ("balanceOf(address)", "allowance(address,address)", "totalSupply()", "decimals()", "symbol()", "name()")
KNOWN = {code(signature) for signature in VIEWS} | {function.selector for function in TOKEN_FUNCTIONS}


def unlimited(case: AuditSubject) -> Iterator[Finding]:
    """A token that a permission names can be taken without limit."""
    if case.policy.is_root:
        return
    for token, held in case.wallet.tokens.items():
        if token.lower() not in case.policy.targets:
            continue
        way = next((way for way in ways_with(case, token, held) if way[1] is None), None)
        if way is None:
            continue
        index = case.culprit(partial(_takes, token=token, function=way[0]))
        shown, to = case.token_amount(token, held.balance), receiver(case, token, way[0])
        what = "takes all of it" if to == case.thief else f"sends all of it to {case.called(to)}"
        symbol = held.symbol.removeprefix("units of ")
        sentence = f"No allowance counts {symbol}: a thief {what}, {shown} today, by {way[0].name}."
        remedy = f"Use erc20-token-transfer with an allowance for {case.called(token)} instead."
        severity = token_loss(case, token, held).severity
        yield finding(case, index, "token-without-limit", severity, sentence, remedy)


def collectibles(case: AuditSubject) -> Iterator[Finding]:
    """A collectible of the wallet can be taken."""
    if case.policy.is_root:
        return
    for address, held in case.wallet.collections.items():
        loss = collection_loss(case, address, held)
        takes = partial(_moves, address=address, ids=held.ids)
        if not loss.now or not takes(case):
            continue
        index = case.culprit(takes)
        sentence = f"A thief takes {loss.shown[0]} of {case.called(address)}: no permission counts collectibles."
        remedy = "Name only functions of it that move and approve nothing."
        yield finding(case, index, "collectible-without-limit", loss.severity, sentence, remedy)


def entrusted(case: AuditSubject) -> Iterator[Finding]:
    """What others approved to the wallet can be taken."""
    if case.policy.is_root:
        return
    for approval in case.wallet.entrusted:
        loss = entrusted_loss(case, approval)
        if loss.ever == 0:
            continue
        index = case.culprit(partial(_pulls, approval=approval))
        who, what = case.called(approval.holder), case.called(approval.token)
        much = f"{loss.shown[0]} of {who}" if loss.now else f"what {who} receives of it"
        sentence = f"A thief takes {much}, who approved it to the wallet: the session moves {what}."
        if not loss.now:
            sentence = f"{who} approved {what} to the wallet and has none today. A thief takes what arrives there."
        remedy = f"Leave transferFrom out, or have {who} revoke the approval."
        yield finding(case, index, "approved-by-others", loss.severity, sentence, remedy)


def _moves(case: AuditSubject, address: str, ids: tuple[int, ...]) -> bool:
    return any(way_to_take(case, address, id) for id in ids)


def _pulls(case: AuditSubject, approval: Entrusted) -> bool:
    return entrusted_loss(case, approval).ever != 0


def wildcard_tokens(case: AuditSubject) -> Iterator[Finding]:
    """Functions allowed on all contracts that move or approve tokens, including tokens nobody thought of."""
    if case.policy.is_root:
        return
    for function in (*TOKEN_FUNCTIONS, *ONLY_OF_COLLECTIONS):
        if not _takes(case, case.any_contract, function):
            continue
        index = case.culprit(partial(_takes, token=case.any_contract, function=function))
        what = "approve" if function.approves else "transfer"
        spared = " that no permission limits" if case.policy.target_limits else ""
        if function.needs_allowance:
            sentence = (
                "transferFrom is allowed on all contracts: a thief moves what others approved to the wallet, and "
                f"every token{spared} that lets its holder move without an allowance."
            )
            severity = "high"
        else:
            sentence = (
                f"{function.name} is allowed on all contracts: a thief takes every token{spared}, "
                "including any that arrive later."
            )
            severity = "critical"
        remedy = f"Leave {function.name} out, and give each token that is meant an erc20-token-transfer."
        yield finding(case, index, f"wildcard-{what}", severity, sentence, remedy)


def unknown_functions(case: AuditSubject) -> Iterator[Finding]:
    """Token functions that the audit does not know, so the bound leaves them out."""
    keepers = set(map(str.lower, case.wallet.elsewhere))
    for token, held in case.wallet.tokens.items():
        target = case.policy.targets.get(token.lower())
        open_anyway = case.passes(plain_call(token, 0, arguments_of_zeros(UNNAMED)))
        known = KNOWN | (OF_KEEPERS if token.lower() in keepers else frozenset())
        for function in sorted(target.functions - known if target and not open_anyway else ()):
            if not case.passes(plain_call(token, 0, arguments_of_zeros(function))):
                continue
            name = case.wallet.names.function(function)
            index = case.culprit(partial(_reaches, token=token, function=function))
            symbol = held.symbol.removeprefix("units of ")
            sentence = f"What {name} does with {symbol} is not known here: the losses above leave it out."
            remedy = "Find out whether it moves, burns or approves what the wallet holds."
            yield finding(case, index, "token-function-unknown", "medium", sentence, remedy)


def standing_approvals(case: AuditSubject) -> Iterator[Finding]:
    """Approvals that already exist: neither expiry nor revocation of any session ends them."""
    for approval in case.wallet.approvals:
        if not approval.units:
            continue
        amount, who = _amount(case, approval), case.called(approval.spender)
        is_keys = pulls(case, approval) > 0
        sentence = f"{who[:1].upper()}{who[1:]} may pull {amount} from the wallet"
        sentence += (
            ", and still may after this session has ended." if is_keys else ". The key is not known to act for it."
        )
        severity = "medium" if is_keys else "info"
        yield finding(case, None, "approval-standing", severity, sentence, f"Have the owner approve 0 to {who}.")


def _amount(case: AuditSubject, approval: Approval) -> str:
    things = {address.lower(): held for address, held in case.wallet.collections.items()}.get(approval.token.lower())
    if things is None:
        return case.token_amount(approval.token, approval.units)
    return count_of_things(approval.units, things.name)


def approvals_to_come(case: AuditSubject) -> Iterator[Finding]:
    """Approvals that the session may make can still be used after it ends."""
    if case.policy.is_root:
        return
    for token, held in case.wallet.tokens.items():
        ways = {function.name: most for function, most in ways_with(case, token, held) if function.approves}
        if not ways:
            continue
        counted = all(most is not None for most in ways.values())
        index = case.culprit(partial(_approves, token=token))
        limit = ", in full against its allowance" if counted else ", without a limit"
        sentence = f"The session may approve {held.symbol}{limit}; an approval outlives expiry and revocation."
        remedy = "When the session ends, have the owner set each approval to 0."
        yield finding(case, index, "approval-outlives-session", "info" if counted else "medium", sentence, remedy)


def _takes(case: AuditSubject, token: str, function: TokenFunction) -> bool:
    """Whether the function can take the token without limit."""
    return case.most(token_operation(case, token, function)) is None


def _approves(case: AuditSubject, token: str) -> bool:
    return any(function.approves for function, _ in ways_with(case, token))


def _reaches(case: AuditSubject, token: str, function: bytes) -> bool:
    return case.passes(plain_call(token, 0, arguments_of_zeros(function)))
