"""Find permissions without effect: remove one, ask every question again, and compare the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from sessionlab.core.base.abi_words import word
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import LIMITS, Meter
from sessionlab.core.permissions.operation import Operation, PlainCall, plain_call, read_operation
from sessionlab.core.permissions.rows import rows
from sessionlab.study.audit.calls import TOKEN_FUNCTIONS, UNNAMED, arguments_of_zeros
from sessionlab.study.audit.eth import gas_operations
from sessionlab.study.audit.subject import AuditSubject

#: Answers that are asked for: about ten seconds' worth.
MOST_ANSWERS = 1_000_000


def without_effect(case: AuditSubject) -> list[int]:
    """Return the indices of the permissions that could all be left out; of two equivalent ones, the first.

    Returns none if the session has a condition: the questions do not cover what a condition asks of arguments.
    """
    if case.has_conditions or is_too_long(case):
        return []
    questions = list(_questions(case))
    counts = [meter for meter in case.left if LIMITS[meter.kind].counts and not LIMITS[meter.kind].is_asset]
    answers = _answers(case, questions, counts)
    kept, idle = case, []
    for index, permission in enumerate(case.permissions):
        here = next(i for i, other in enumerate(kept.permissions) if other is permission)
        fewer = kept.without(here)
        if fewer.permissions and _answers(fewer, questions, counts) == answers:
            kept = fewer
            idle.append(index)
    return idle


def is_too_long(case: AuditSubject) -> bool:
    """Whether the list is so long that permissions without effect are not looked for."""
    most = MOST_ANSWERS // (len(case.permissions) + 1)
    return next(islice(_questions(case), most, None), None) is not None


def _answers(case: AuditSubject, questions: list[Operation], counts: list[Meter]) -> list[bool]:
    """Answer all questions with full limits, then again with each of ``counts`` at zero.

    A limit that does not count amounts only shows an effect at zero. A limit granted as zero is treated as unlimited in
    the first pass; otherwise no other permission would have an effect.
    """
    fresh = replace(case, wallet=replace(case.wallet, left=None, now=0))
    root = fresh.policy.is_root
    whole = {**fresh.left, **{meter: fresh.left[meter] or MAX_UINT256 for meter in counts if meter in fresh.left}}
    states = [whole, *({**whole, meter: 0} if meter in whole else whole for meter in counts)]
    return [fresh.decide(asked._replace(is_global=root), left).accepted for left in states for asked in questions]


def _questions(case: AuditSubject) -> Iterator[Operation]:
    """Yield operations that tell any two lists of these permissions apart."""
    own = sorted(case.wallet.functions)
    for function in own:
        data = arguments_of_zeros(function)
        yield read_operation(EXECUTE_USER_OP + data, sponsored=True)
        yield case.operation(plain_call(case.wallet.address, 0, data), batch=True)
    result = rows(case.permissions)
    amounts = sorted({0, 1} | {row.amount for row in result} | {row.amount + 1 for row in result})
    for call in _calls(case, amounts):
        yield case.operation(call)
    for idle in gas_operations(case):
        for amount in amounts:
            yield idle._replace(gas=amount, fee=1)
            yield idle._replace(gas=amount, fee=2)


def _calls(case: AuditSubject, amounts: list[int]) -> Iterator[PlainCall]:
    targets = {row.target for row in rows(case.permissions)} | {token.lower() for token in case.wallet.tokens}
    functions = dict.fromkeys((*case.functions, UNNAMED, *(function.selector for function in TOKEN_FUNCTIONS)))
    for target in sorted(targets | {case.any_contract}):
        for value in amounts:
            yield plain_call(target, value)
            yield plain_call(target, value, b"\xff")
        for function in functions:
            yield plain_call(target, 0, function)
            for amount in amounts:
                yield plain_call(target, 0, function + bytes(32) + word(min(amount, MAX_UINT256)))
                yield plain_call(target, amount, function + bytes(64))
