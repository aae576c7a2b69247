"""One operation against each permission separately, call by call: allowed, does not apply, or refused.

An answer is about one permission alone. Whether the call passes depends on the rules, which combine them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, assert_never

from sessionlab.core.permissions.limits import (
    GAS,
    LIMITS,
    NATIVE,
    SPENDING_BYTES,
    GrantKind,
    Limit,
    LimitKind,
    Meter,
    unit_of,
)
from sessionlab.core.permissions.operation import CALL_SELECTORS, PlainCall
from sessionlab.core.permissions.rows import GrantRow, limits_of
from sessionlab.core.permissions.violation import Violation
from sessionlab.study.explain.decision_context import DecisionContext

ALLOWED, SILENT, REFUSED = "allowed", "does not apply", "refused"


@dataclass(frozen=True, slots=True)
class PermissionAnswer:
    """What one permission says about one call. Amounts are in ``unit``: wei, gas, or a token's address."""

    #: Index of the call, from 0; None: the operation as a whole.
    call: int | None
    #: Index of the permission in the session's list, from 0.
    permission: int
    #: ``allowed``, ``does not apply`` or ``refused``.
    answer: str
    #: Why, in words.
    why: str
    #: The address and function that the permission was matched with; None if it looks at neither.
    target: str | None = None
    selector: str | None = None
    #: Limit, used before this call, asked and left, if the permission counts.
    limit: int | None = None
    used: int | None = None
    asked: int | None = None
    left: int | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        amounts = {"limit", "used", "asked", "left"}
        return {k: str(v) if k in amounts and v is not None else v for k, v in asdict(self).items()}


@dataclass
class _Amounts:
    """What remains of each meter as calls are processed, and what it was limited to."""

    left: dict[Meter, int]
    limits: dict[Meter, int]


def verdicts(context: DecisionContext) -> tuple[PermissionAnswer, ...]:
    """Answer for the operation as a whole first, then for each call, with every permission in order.

    Expiry and revocation are not permissions, so a revoked session is judged as if it were not revoked.
    """
    context = replace(context, revoked=False, by_owner=False)
    limits = limits_of(context.permissions)
    amounts = _Amounts({meter: context.left.get(meter, 0) for meter in limits}, limits)
    result = list(_judged(context, None, None, amounts))
    for number, call in enumerate(context.calls):
        result += _judged(context, number, call, amounts)
        _take(call, amounts)
    return tuple(result)


def _judged(
    context: DecisionContext, number: int | None, call: PlainCall | None, amounts: _Amounts
) -> Iterator[PermissionAnswer]:
    """Answer what concerns the whole operation if ``call`` is None, else what concerns the call."""
    for index, permission in enumerate(context.permissions):
        result = [
            _of_operation(context, row.meter, amounts) if call is None else _of_call(context, row, call, amounts)
            for row in permission.rows()
            if _is_of_operation(row) == (call is None)
        ]
        if result:
            # A list of functions allows what any of its rows allows.
            best = min(result, key=lambda facts: (ALLOWED, REFUSED, SILENT).index(facts["answer"]))
            yield PermissionAnswer(number, index, **best)


def _is_of_operation(row: GrantRow) -> bool:
    return isinstance(row.kind, LimitKind) and LIMITS[row.kind].of_operation is not None


def _take(call: PlainCall, amounts: _Amounts) -> None:
    """Deduct what this call uses, if enough remains, for the calls after it."""
    for meter, left in amounts.left.items():
        asked = _asked(meter, call, left)
        if isinstance(asked, int) and asked <= left:
            amounts.left[meter] -= asked


def _asked(meter: Meter, call: PlainCall, left: int) -> int | Violation:
    """Return what a call uses of a meter, or the rule that the call itself breaks."""
    limit = LIMITS[meter.kind]
    if limit.of_call is None or (limit.binds_target and call.target != meter.token):
        return 0
    try:
        return limit.of_call(call, left)
    except Violation as broken:
        return broken


Facts = dict[str, Any]
"""The fields of a verdict, its call and permission aside."""


def _counted(context: DecisionContext, amounts: _Amounts, meter: Meter, asked: int) -> Facts:
    unit = unit_of(meter, context.rules)
    left, limit, show = amounts.left[meter], amounts.limits[meter], context.names.amount
    enough = asked <= left
    return {
        "answer": ALLOWED if enough else REFUSED,
        "why": f"{show(asked, unit)} asked, {_left_words(show(left, unit), left, enough)} left",
        "limit": limit,
        "used": limit - left,
        "asked": asked,
        "left": left,
        "unit": unit.lower(),
    }


def _left_words(shown: str, left: int, enough: bool) -> str:
    if enough:
        return shown
    return f"only {shown}" if left else "nothing"


def _silent(why: str) -> Facts:
    return {"answer": SILENT, "why": why}


def _of_operation(context: DecisionContext, meter: Meter | None, amounts: _Amounts) -> Facts:
    """Answer for a limit on the operation as a whole."""
    assert meter is not None  # rows on whole operations have meters
    limit = LIMITS[meter.kind]
    asked = limit.of_operation(context.operation, context.rules) if limit.of_operation else None
    if asked is None:
        return _silent(limit.exempt)
    if meter == GAS and not context.gas_known:
        return _silent("how much gas it may take is known once all else passes")
    return _counted(context, amounts, meter, asked)


def _of_call(context: DecisionContext, row: GrantRow, call: PlainCall, amounts: _Amounts) -> Facts:
    """Answer for one row and one call."""
    match row.kind:
        case LimitKind():
            return _limited(context, row, call, amounts)
        case GrantKind.CONTRACT:
            return _contract(context, row, call)
        case GrantKind.ACCOUNT_FUNCTION:
            return _account(context, row, call)
        case GrantKind.FUNCTION_ANYWHERE:
            return _anywhere(context, row, call)
        case GrantKind.FUNCTION_ON_CONTRACT:
            return _on_contract(context, row, call)
        case GrantKind.ROOT:
            return _matched(call, ALLOWED, "everything that the owner may")
        case _:
            assert_never(row.kind)


def _limited(context: DecisionContext, row: GrantRow, call: PlainCall, amounts: _Amounts) -> Facts:
    """Answer for a limit on what calls use."""
    meter = row.meter
    assert meter is not None  # because the kind is a limit
    limit = LIMITS[meter.kind]
    if row.amount != amounts.limits[meter]:
        return _silent("a later permission about the same sets what counts")
    if limit.adds_up:
        return _added_up(context, meter, call, amounts)
    if context.operation.own_data and not context.rules.spend_limits_bind_spending_only:
        return {
            "answer": REFUSED,
            "why": "with a limit on one address, only calls to contracts (deployed)",
        }
    if call.target != row.target:
        return _silent("another address")
    asked = _asked(meter, call, amounts.left[meter])
    if isinstance(asked, Violation):
        return _matched(call, REFUSED, _broken(context, limit, call, asked))
    if not limit.counts:
        return _matched(call, ALLOWED, f"{limit.permission} allows {_allowed(context, limit, amounts.left[meter])}")
    return _matched(call) | _counted(context, amounts, meter, asked)


def _added_up(context: DecisionContext, meter: Meter, call: PlainCall, amounts: _Amounts) -> Facts:
    """Answer for a limit on the total of all calls."""
    asked = _asked(meter, call, amounts.left[meter])
    if isinstance(asked, Violation):
        return _matched(call, REFUSED, _broken(context, LIMITS[meter.kind], call, asked))
    if asked:
        return _counted(context, amounts, meter, asked)
    plain = meter == NATIVE and not call.data and call.target != context.policy.wallet
    if plain and context.rules.native_reaches_plain_transfers:
        return {"answer": ALLOWED, "why": "a plain transfer of nothing", "target": call.target}
    return _silent(LIMITS[meter.kind].exempt)


def _broken(context: DecisionContext, limit: Limit, call: PlainCall, broken: Violation) -> str:
    """Say why a limit refuses a call regardless of what is left."""
    if broken.reason == "InvalidCalldataLength":
        return f"{len(call.data)} bytes of data; transfer and approve need {SPENDING_BYTES}"
    if broken.reason == "SelectorNotAllowed":
        return f"only transfer and approve, not {_function(context, call)}"
    asked = context.names.condition(limit, broken.asked or 0)
    does = f"{limit.verb} {asked}" if asked else limit.rule
    return f"{does}; {limit.permission} allows {_allowed(context, limit, broken.left or 0)}"


def _allowed(context: DecisionContext, limit: Limit, amount: int) -> str:
    """Say what a condition allows."""
    return context.names.condition(limit, amount) or f"{amount:,}"


def _contract(context: DecisionContext, row: GrantRow, call: PlainCall) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    overruled = context.policy.targets[row.target].limits_functions
    if overruled and not context.rules.wildcard_reaches_listed_targets:
        return _matched(call, SILENT, "a later permission about this address limits its functions (deployed)")
    return _matched(call, ALLOWED, "every function of this address")


def _on_contract(context: DecisionContext, row: GrantRow, call: PlainCall) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    if len(call.data) < 4:
        return _matched(call, REFUSED, f"{len(call.data)} bytes of data name no function")
    return _listed(context, row, call)


def _anywhere(context: DecisionContext, row: GrantRow, call: PlainCall) -> Facts:
    rules = context.rules
    if call.target in context.policy.targets and not rules.wildcard_reaches_listed_targets:
        return _silent("not asked for an address that another permission names (deployed)")
    if len(call.data) < 4 and rules.selector_has_four_bytes:
        return _silent("the call names no function")
    if call.selector != row.selector:
        return _silent(f"{_function(context, call)} is not in its list")
    return _matched(call, ALLOWED, f"{_function(context, call)}, on any address")


def _account(context: DecisionContext, row: GrantRow, call: PlainCall) -> Facts:
    if call.target != context.policy.wallet:
        return _silent("not a function of the wallet itself")
    if call.selector in CALL_SELECTORS:
        return _matched(call, REFUSED, "the wallet does not call itself to make calls")
    return _listed(context, row, call)


def _listed(context: DecisionContext, row: GrantRow, call: PlainCall) -> Facts:
    listed = call.selector == row.selector and len(call.data) >= 4
    why = f"{_function(context, call)} is {'' if listed else 'not '}in its list"
    return _matched(call, ALLOWED if listed else REFUSED, why)


def _matched(call: PlainCall, answer: str = "", why: str = "") -> Facts:
    selector = "0x" + call.data[:4].hex() if len(call.data) >= 4 else None
    return {"answer": answer, "why": why, "target": call.target, "selector": selector}


def _function(context: DecisionContext, call: PlainCall) -> str:
    return context.names.function(call.data[:4]) if len(call.data) >= 4 else "no function"
