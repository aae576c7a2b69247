"""Tokens leave through their own functions, at once or by an approval that is pulled later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.permissions.operation import Operation, plain_call
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import PULLS, TOKEN_FUNCTIONS, TRANSFER_FROM, TokenFunction
from sessionlab.study.audit.loss import Loss, controls, owner_steps, reaches, taken_as_owner
from sessionlab.study.audit.state import Approval, Holding
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep


def ways_with(
    case: AuditSubject, token: str, held: Holding | None = None
) -> Iterator[tuple[TokenFunction, int | None]]:
    """Yield the functions by which the session can take units of a token, each with its maximum; None: no limit."""
    for function in TOKEN_FUNCTIONS:
        if function.needs_allowance and not (held and held.moves_without_allowance):
            continue
        most = case.most(token_operation(case, token, function))
        if most != 0:
            yield function, most


def token_operation(case: AuditSubject, token: str, function: TokenFunction) -> Callable[[int], Operation]:
    """Return a function that makes the operation by which an amount of units leaves."""
    return partial(_operation, case, token, function, receiver(case, token, function))


def receiver(case: AuditSubject, token: str, function: TokenFunction) -> str:
    """Return who can receive units: the thief if possible, else the first address that a condition names."""
    named = case.named_by_conditions
    for to in (case.thief, *named) if named else ():
        if case.largest(partial(_operation, case, token, function, to)):
            return to
    return case.thief


def _operation(case: AuditSubject, token: str, function: TokenFunction, to: str, amount: int) -> Operation:
    data = function.data(thief=to, holder=case.wallet.address, amount=amount)
    return case.operation(plain_call(token, 0, data))


def token_loss(case: AuditSubject, token: str, held: Holding) -> Loss:
    """Return what can be moved or approved, plus what the key approved, and what spenders that it reaches may pull."""
    granted = list(ways_with(case, token, held))
    # Ways that share an allowance count as one, because the rules count them together. One unlimited way is enough.
    unlimited = (way for way in granted if way[1] is None)
    best = next(unlimited, max(granted, key=lambda way: way[1] or 0, default=None))
    direct: int | None = best[1] if best else 0
    standing = pullable(case, token)
    to = receiver(case, token, best[0]) if best else case.thief
    if owner_steps(case) is not None and direct is not None:
        every = theft_steps.take_token(case, token, TOKEN_FUNCTIONS[0], held.balance, case.thief)
        taken = every if held.balance else ()
        return _units(case, token, held, held.balance, None, taken_as_owner(case, taken))
    ever = None if direct is None else direct + sum(standing.values())
    now = held.balance if ever is None else min(ever, held.balance)
    by_key = now if direct is None else min(direct, now)
    sequence: tuple[TheftStep, ...] = ()
    if best and by_key:
        each = min(by_key, case.largest(token_operation(case, token, best[0])))
        shown = case.token_amount(token, by_key)
        taken = theft_steps.take_token(case, token, best[0], each, to)
        sequence = theft_steps.repeated(taken, each < by_key, shown)
    left = now - by_key
    for spender, units in standing.items():
        if left:
            sequence += (theft_steps.pull(case, token, spender, min(units, left)),)
            left -= min(units, left)
    only = case.called(to) if to != case.thief and not standing else ""
    return replace(_units(case, token, held, now, ever, sequence), to=only)


def pullable(case: AuditSubject, token: str) -> dict[str, int]:
    """Return the standing approvals that the key gives a thief, by spender.

    What the owner approved to others is left out, unless the key is known to act for them.
    """
    return {
        approval.spender: units
        for approval in case.wallet.approvals
        if approval.token.lower() == token.lower() and (units := pulls(case, approval))
    }


def pulls(case: AuditSubject, approval: Approval) -> int:
    """Return how many units of an approval a thief of the key can pull.

    All, if the spender is the thief or the key's own account, if the key controls it, or if a session reaches it. As
    many as the key's sessions there allow, if it is another wallet. None, if nothing connects it with the key.
    """
    known = address_bytes(approval.spender) in case.wallet.names.labels
    is_thiefs = approval.spender.lower() == case.thief.lower() or (approval.by_key and not known)
    if is_thiefs or controls(case, approval.spender) or reaches(case, approval.spender):
        return approval.units
    acts = case.key_wallets.get(approval.spender.lower())
    return _pulls_as(acts, case, approval) if acts else 0


def _pulls_as(acts: AuditSubject, case: AuditSubject, approval: Approval) -> int:
    """Return how many units the key can pull by its sessions of another wallet, which is the spender."""

    def pull(how: TokenFunction, amount: int) -> Operation:
        data = how.data(thief=case.thief, holder=case.wallet.address, amount=amount)
        return acts.operation(plain_call(approval.token, 0, data))

    if case.is_collection(approval.token):
        ids = approval.ids or (0,)
        return approval.units if any(acts.accepts(pull(how, id)) for how in PULLS for id in ids) else 0
    most = acts.most(partial(pull, TRANSFER_FROM))
    return approval.units if most is None else min(most, approval.units)


def _units(
    case: AuditSubject, token: str, held: Holding, now: int, ever: int | None, sequence: tuple[TheftStep, ...]
) -> Loss:
    shown = (case.token_amount(token, now), "no limit" if ever is None else case.token_amount(token, ever))
    holds = case.token_amount(token, held.balance)
    return Loss(held.symbol, token, now, ever, sequence, shown, held.balance, shown_held=holds)
