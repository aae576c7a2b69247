"""Tokens leave by their own functions, at once or by an approval that is pulled later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from sessionlab.chain.addresses import address_bytes
from sessionlab.insight.audit import steps
from sessionlab.insight.audit.calls import TOKEN_FUNCTIONS, TokenFunction
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.loss import Loss, new_owner, reaches
from sessionlab.insight.audit.state import Holding
from sessionlab.insight.audit.steps import Step
from sessionlab.permissions.operation import Operation, plain_call


def ways_with(case: Case, token: str, held: Holding | None = None) -> Iterator[tuple[TokenFunction, int | None]]:
    """The functions by which the session can take units of a token, with the most of each; None: no limit."""
    for function in TOKEN_FUNCTIONS:
        if function.needs_allowance and not (held and held.moves_without_allowance):
            continue
        most = case.most(token_operation(case, token, function))
        if most != 0:
            yield function, most


def token_operation(case: Case, token: str, function: TokenFunction) -> Callable[[int], Operation]:
    """The session's operation by which units leave, for any amount."""
    return partial(_operation, case, token, function, receiver(case, token, function))


def receiver(case: Case, token: str, function: TokenFunction) -> str:
    """Who can be given units: the thief, or else the first of those whom a condition names."""
    named = case.named_by_conditions
    for to in (case.thief, *named) if named else ():
        if case.largest(partial(_operation, case, token, function, to)):
            return to
    return case.thief


def _operation(case: Case, token: str, function: TokenFunction, to: str, amount: int) -> Operation:
    data = function.data(thief=to, wallet=case.wallet.address, amount=amount)
    return case.operation(plain_call(token, 0, data))


def token_loss(case: Case, token: str, held: Holding) -> Loss:
    """What can be moved or approved, and what strangers, or targets of the session, may pull already."""
    granted = list(ways_with(case, token, held))
    # Ways that share an allowance are one: the rules count them together. Without a limit one is enough.
    unlimited = (way for way in granted if way[1] is None)
    best = next(unlimited, max(granted, key=lambda way: way[1] or 0, default=None))
    direct: int | None = best[1] if best else 0
    standing = pullable(case, token)
    to = receiver(case, token, best[0]) if best else case.thief
    owner = new_owner(case)
    if owner and direct is not None:
        taken = steps.take_token(case, token, TOKEN_FUNCTIONS[0], held.balance, case.thief) if held.balance else ()
        return _units(case, token, held, held.balance, None, (owner, *steps.as_owner(taken)) if taken else ())
    ever = None if direct is None else direct + sum(standing.values())
    now = held.balance if ever is None else min(ever, held.balance)
    by_key = now if direct is None else min(direct, now)
    sequence: tuple[Step, ...] = ()
    if best and by_key:
        each = min(by_key, case.largest(token_operation(case, token, best[0])))
        shown = case.token_amount(token, by_key)
        taken = steps.take_token(case, token, best[0], each, to)
        sequence = steps.repeated(taken, each < by_key, shown)
    left = now - by_key
    for spender, units in standing.items():
        if left:
            sequence += (steps.pull(case, token, spender, min(units, left)),)
            left -= min(units, left)
    only = case.called(to) if to != case.thief and not standing else ""
    return replace(_units(case, token, held, now, ever, sequence), to=only)


def pullable(case: Case, token: str) -> dict[str, int]:
    """Standing approvals that a thief can use: of spenders without a name, and of targets of the session."""
    labels = case.wallet.names.labels
    found: dict[str, int] = {}
    for approval in case.wallet.approvals:
        known = address_bytes(approval.spender) in labels and approval.spender.lower() != case.thief.lower()
        if (
            approval.token.lower() == token.lower()
            and approval.units
            and (not known or reaches(case, approval.spender))
        ):
            found[approval.spender] = approval.units
    return found


def _units(case: Case, token: str, held: Holding, now: int, ever: int | None, sequence: tuple[Step, ...]) -> Loss:
    shown = (case.token_amount(token, now), "no limit" if ever is None else case.token_amount(token, ever))
    return Loss(held.symbol, token, now, ever, sequence, shown)
