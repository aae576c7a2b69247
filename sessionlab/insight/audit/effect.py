"""Permissions without effect: take one away, ask everything again, and hear the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sessionlab.insight.audit.calls import MAX, TOKEN_FUNCTIONS, UNNAMED, arguments_of_zeros
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.eth import gas_operations
from sessionlab.permissions.kinds import LIMITS, Meter
from sessionlab.permissions.operation import EXECUTE_USER_OP, Operation, PlainCall, plain_call, read_operation
from sessionlab.permissions.rows import rows
from sessionlab.words import word


def without_effect(case: Case) -> list[int]:
    """The permissions that could be left out together; of two that say the same, the first.

    Beside a condition none is named: the questions do not know what it asks of arguments.
    """
    if case.has_conditions:
        return []
    questions = list(_questions(case))
    counts = [meter for meter in case.left if LIMITS[meter.kind].counts and not LIMITS[meter.kind].is_asset]
    answers = _answers(case, questions, counts)
    kept, idle = case, []
    for place, permission in enumerate(case.permissions):
        here = next(i for i, other in enumerate(kept.permissions) if other is permission)
        fewer = kept.without(here)
        if fewer.permissions and _answers(fewer, questions, counts) == answers:
            kept = fewer
            idle.append(place)
    return idle


def _answers(case: Case, questions: list[Operation], counts: list[Meter]) -> list[bool]:
    """With every limit whole, and with each of ``counts`` at nothing: one that counts no amounts shows only then.

    One that is zero counts as whole with all there can be: else nothing beside it would have an effect.
    """
    fresh = replace(case, wallet=replace(case.wallet, left=None, now=0))
    root = fresh.policy.is_root
    whole = {**fresh.left, **{meter: fresh.left[meter] or MAX for meter in counts if meter in fresh.left}}
    states = [whole, *({**whole, meter: 0} if meter in whole else whole for meter in counts)]
    return [fresh.decide(asked._replace(is_global=root), left).accepted for left in states for asked in questions]


def _questions(case: Case) -> Iterator[Operation]:
    """Operations that tell any two lists of these permissions apart."""
    own = sorted(case.wallet.functions)
    for function in own:
        data = arguments_of_zeros(function)
        yield read_operation(EXECUTE_USER_OP + data, sponsored=True)
        yield case.operation(plain_call(case.wallet.address, 0, data), batch=True)
    found = rows(case.permissions)
    amounts = sorted({0, 1} | {row.amount for row in found} | {row.amount + 1 for row in found})
    for call in _calls(case, amounts):
        yield case.operation(call)
    for idle in gas_operations(case):
        for amount in amounts:
            yield idle._replace(gas=amount, fee=1)
            yield idle._replace(gas=amount, fee=2)


def _calls(case: Case, amounts: list[int]) -> Iterator[PlainCall]:
    targets = {row.target for row in rows(case.permissions)} | {token.lower() for token in case.wallet.tokens}
    functions = dict.fromkeys((*case.functions, UNNAMED, *(function.selector for function in TOKEN_FUNCTIONS)))
    for target in sorted(targets | {case.thief.lower()}):
        for value in amounts:
            yield plain_call(target, value)
            yield plain_call(target, value, b"\xff")
        for function in functions:
            yield plain_call(target, 0, function)
            for amount in amounts:
                yield plain_call(target, 0, function + bytes(32) + word(min(amount, 2**256 - 1)))
                yield plain_call(target, amount, function + bytes(64))
