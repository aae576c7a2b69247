"""What others approved to the wallet: a session that calls ``transferFrom`` takes it from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sessionlab.core.base.amounts import format_units
from sessionlab.core.permissions.operation import Operation, plain_call
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import PULLS, TokenFunction
from sessionlab.study.audit.loss import Loss, is_everything, owner_steps, taken_as_owner
from sessionlab.study.audit.state import Entrusted
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep


def entrusted_losses(case: AuditSubject) -> Iterator[Loss]:
    """Yield one loss for each approval that the wallet has from somebody else."""
    for approval in case.wallet.entrusted:
        yield entrusted_loss(case, approval)


def entrusted_loss(case: AuditSubject, approval: Entrusted) -> Loss:
    """Return what a session can move of what one holder approved to the wallet."""
    for function in PULLS:
        for to in (case.thief, *case.named_by_conditions):
            most = _most(case, approval, function, to)
            if most != 0:
                return _loss(case, approval, function, to, most)
    everything = is_everything(case)
    return _loss(case, approval, PULLS[0], case.thief, None if everything else 0)


def _most(case: AuditSubject, approval: Entrusted, function: TokenFunction, to: str) -> int | None:
    """Return how much passes; None: no limit."""
    if function.approves and not approval.is_operator:
        return 0
    if approval.of_collection or approval.ids:
        # A thing that the holder may still get has any id.
        asked = approval.ids or (0, 1 << 128)
        passing = [id for id in asked if case.accepts(_operation(case, approval, function, to, id))]
        return None if len(passing) == len(asked) else len(passing)
    if function is not PULLS[0]:
        return 0
    return case.most(partial(_operation, case, approval, function, to))


def _operation(case: AuditSubject, approval: Entrusted, function: TokenFunction, to: str, amount: int) -> Operation:
    data = function.data(thief=to, holder=approval.holder, amount=amount)
    return case.operation(plain_call(approval.token, 0, data))


def _loss(case: AuditSubject, approval: Entrusted, function: TokenFunction, to: str, ever: int | None) -> Loss:
    now = approval.units if ever is None else min(ever, approval.units)
    name = f"{approval.symbol} that {case.called(approval.holder)} approved"
    shown = (_shown(approval, now), "no limit" if ever is None else _shown(approval, ever))
    steps = tuple(_steps(case, approval, function, to)) if now else ()
    if owner_steps(case) is not None:
        steps = taken_as_owner(case, steps)
    only = "" if to == case.thief else case.called(to)
    holds, is_things = _shown(approval, approval.units), approval.of_collection or bool(approval.ids)
    return Loss(
        name, approval.token, now, ever, steps, shown, approval.units, only, shown_held=holds, is_things=is_things
    )


def _steps(case: AuditSubject, approval: Entrusted, function: TokenFunction, to: str) -> Iterator[TheftStep]:
    for amount in approval.ids or ((approval.units,) if approval.units else ()):
        data = function.data(thief=to, holder=approval.holder, amount=amount)
        what = f"{approval.symbol} {amount}" if approval.ids else _shown(approval, amount)
        words = f"{function.name} {what} of {case.called(approval.holder)} to {case.called(to)}"
        yield theft_steps.step(case, plain_call(approval.token, 0, data), words)
        if function.approves:
            moved = PULLS[0].data(thief=to, holder=approval.holder, amount=amount)
            words = f"transferFrom {case.called(approval.holder)} {what}, now or after the session's end"
            yield theft_steps.step(case, plain_call(approval.token, 0, moved), words, theft_steps.THIEF)


def _shown(approval: Entrusted, amount: int) -> str:
    if approval.of_collection or approval.ids:
        return f"{amount:,} {approval.symbol}" + "s" * (amount != 1)
    return format_units(amount, approval.decimals, approval.symbol)
