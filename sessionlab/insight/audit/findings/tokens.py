"""Findings about tokens: without a limit, on all contracts, approved."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sessionlab.insight.audit.calls import (
    COLLECTIBLE_FUNCTIONS,
    TOKEN_FUNCTIONS,
    UNNAMED,
    TokenFunction,
    arguments_of_zeros,
    code,
)
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.findings.table import Finding, finding
from sessionlab.insight.audit.tokens import pullable, receiver, token_operation, ways_with
from sessionlab.permissions.functions import function_name
from sessionlab.permissions.operation import plain_call

VIEWS = ("balanceOf(address)", "allowance(address,address)", "totalSupply()", "decimals()", "symbol()", "name()")
KNOWN = {code(signature) for signature in VIEWS} | {function.selector for function in TOKEN_FUNCTIONS}


def unlimited(case: Case) -> Iterator[Finding]:
    """A token that a permission names can be taken without a limit."""
    if case.policy.is_root:
        return
    for token, held in case.wallet.tokens.items():
        if token.lower() not in case.policy.targets:
            continue
        way = next((way for way in ways_with(case, token, held) if way[1] is None), None)
        if way is None:
            continue
        place = case.culprit(partial(_takes, token=token, function=way[0]))
        shown, to = case.token_amount(token, held.balance), receiver(case, token, way[0])
        what = "takes all of it" if to == case.thief else f"sends all of it to {case.called(to)}"
        sentence = f"No allowance counts {held.symbol}: a thief {what}, {shown} today, by {way[0].name}."
        remedy = f"Use erc20-token-transfer with an allowance for {case.called(token)} instead."
        yield finding(case, place, "token-without-limit", "critical", sentence, remedy)


def wildcard_tokens(case: Case) -> Iterator[Finding]:
    """Functions on all contracts that move or approve tokens, those too that nobody has thought of."""
    if case.policy.is_root:
        return
    for function in (*TOKEN_FUNCTIONS, *COLLECTIBLE_FUNCTIONS):
        if not _takes(case, case.thief, function):
            continue
        place = case.culprit(partial(_takes, token=case.thief, function=function))
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
                "those too that come later."
            )
            severity = "critical"
        remedy = f"Take {function.name} out, and give each token that is meant its erc20-token-transfer."
        yield finding(case, place, f"wildcard-{what}", severity, sentence, remedy)


def unknown_functions(case: Case) -> Iterator[Finding]:
    """Functions of a token about which nothing is known here, and which the bound therefore leaves out."""
    for token, held in case.wallet.tokens.items():
        target = case.policy.targets.get(token.lower())
        open_anyway = case.passes(plain_call(token, 0, arguments_of_zeros(UNNAMED)))
        for function in sorted(target.functions - KNOWN if target and not open_anyway else ()):
            if not case.passes(plain_call(token, 0, arguments_of_zeros(function))):
                continue
            name = function_name("0x" + function.hex())
            place = case.culprit(partial(_reaches, token=token, function=function))
            sentence = f"What {name} does with {held.symbol} is not known here: the losses above leave it out."
            remedy = "Find out whether it moves, burns or approves what the wallet holds."
            yield finding(case, place, "token-function-unknown", "medium", sentence, remedy)


def standing_approvals(case: Case) -> Iterator[Finding]:
    """Approvals that are there already: no expiry and no revocation of a session ends them."""
    for token in dict.fromkeys(approval.token for approval in case.wallet.approvals):
        for spender, units in pullable(case, token).items():
            amount, who = case.token_amount(token, units), case.called(spender)
            sentence = f"{who} may pull {amount} of the wallet, and still may after this session has ended."
            remedy = f"Let the owner approve 0 to {who}."
            yield finding(case, None, "approval-standing", "medium", sentence, remedy)


def approvals_to_come(case: Case) -> Iterator[Finding]:
    """What the session may approve can be pulled after its end."""
    if case.policy.is_root:
        return
    for token, held in case.wallet.tokens.items():
        ways = {function.name: most for function, most in ways_with(case, token, held) if function.approves}
        if not ways:
            continue
        counted = all(most is not None for most in ways.values())
        place = case.culprit(partial(_approves, token=token))
        limit = ", in full against its allowance" if counted else ", without a limit"
        sentence = f"The session may approve {held.symbol}{limit}; an approval outlives expiry and revocation."
        remedy = "When the session ends, let the owner approve 0 to whoever has an approval."
        yield finding(case, place, "approval-outlives-session", "info" if counted else "medium", sentence, remedy)


def _takes(case: Case, token: str, function: TokenFunction) -> bool:
    """Without a limit."""
    return case.most(token_operation(case, token, function)) is None


def _approves(case: Case, token: str) -> bool:
    return any(function.approves for function, _ in ways_with(case, token))


def _reaches(case: Case, token: str, function: bytes) -> bool:
    return case.passes(plain_call(token, 0, arguments_of_zeros(function)))
