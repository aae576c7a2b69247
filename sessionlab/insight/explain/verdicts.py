"""One operation against each permission by itself: allowed, does not apply, or refused, call by call.

A verdict is about one permission alone; whether the call passes is for the rules to say, which put them together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, assert_never

from sessionlab.insight.explain.situation import Situation
from sessionlab.permissions.kinds import (
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
from sessionlab.permissions.operation import CALL_SELECTORS, PlainCall
from sessionlab.permissions.rows import Row, limits_of
from sessionlab.permissions.violation import Violation

ALLOWED, SILENT, REFUSED = "allowed", "does not apply", "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one permission says about one call. Amounts in ``unit``: wei, gas, or a token's address."""

    #: Number of the call, from 0; None: the operation as a whole.
    call: int | None
    #: Number of the permission in the session's list, from 0.
    permission: int
    #: ``allowed``, ``does not apply`` or ``refused``.
    answer: str
    #: Why, in words.
    why: str
    #: The address and the function that the permission was matched with; None where it asks for neither.
    target: str | None = None
    selector: str | None = None
    #: Limit, used before this call, asked and left, where the permission counts.
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
class _Books:
    """What is left of each meter as the calls go by, and what it was at first."""

    left: dict[Meter, int]
    limits: dict[Meter, int]


def verdicts(situation: Situation) -> tuple[Verdict, ...]:
    """The operation as a whole first, then call by call, each against every permission in order.

    What the session's end has to say is not a permission's answer: a revoked one is judged as if it were not.
    """
    situation = replace(situation, revoked=False, by_owner=False)
    limits = limits_of(situation.permissions)
    books = _Books({meter: situation.left.get(meter, 0) for meter in limits}, limits)
    found = list(_judged(situation, None, None, books))
    for number, call in enumerate(situation.calls):
        found += _judged(situation, number, call, books)
        _take(call, books)
    return tuple(found)


def _judged(situation: Situation, number: int | None, call: PlainCall | None, books: _Books) -> Iterator[Verdict]:
    """What an operation uses as a whole is asked once, everything else of each call."""
    for place, permission in enumerate(situation.permissions):
        found = [
            _of_operation(situation, row.meter, books) if call is None else _of_call(situation, row, call, books)
            for row in permission.rows()
            if _is_of_operation(row) == (call is None)
        ]
        if found:
            # A list of functions allows what one of its rows allows.
            best = min(found, key=lambda facts: (ALLOWED, REFUSED, SILENT).index(facts["answer"]))
            yield Verdict(number, place, **best)


def _is_of_operation(row: Row) -> bool:
    return isinstance(row.kind, LimitKind) and LIMITS[row.kind].of_operation is not None


def _take(call: PlainCall, books: _Books) -> None:
    """Later calls find less, as long as this one finds enough."""
    for meter, left in books.left.items():
        asked = _asked(meter, call, left)
        if isinstance(asked, int) and asked <= left:
            books.left[meter] -= asked


def _asked(meter: Meter, call: PlainCall, left: int) -> int | Violation:
    """What a call uses of a meter, or the rule that it breaks by itself."""
    limit = LIMITS[meter.kind]
    if limit.of_call is None or (limit.binds_target and call.target != meter.token):
        return 0
    try:
        return limit.of_call(call, left)
    except Violation as broken:
        return broken


Facts = dict[str, Any]
"""The fields of a verdict, its call and permission aside."""


def _counted(situation: Situation, books: _Books, meter: Meter, asked: int) -> Facts:
    unit = unit_of(meter, situation.rules)
    left, limit, show = books.left[meter], books.limits[meter], situation.names.amount
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


def _of_operation(situation: Situation, meter: Meter | None, books: _Books) -> Facts:
    """A limit on the operation as a whole."""
    assert meter is not None  # rows of operations have meters
    limit = LIMITS[meter.kind]
    asked = limit.of_operation(situation.operation, situation.rules) if limit.of_operation else None
    if asked is None:
        return _silent(limit.exempt)
    if meter == GAS and not situation.gas_known:
        return _silent("how much gas it may take is known once all else passes")
    return _counted(situation, books, meter, asked)


def _of_call(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    """A row's answer to one call."""
    match row.kind:
        case LimitKind():
            return _limited(situation, row, call, books)
        case GrantKind.CONTRACT:
            return _contract(situation, row, call)
        case GrantKind.ACCOUNT_FUNCTION:
            return _account(situation, row, call)
        case GrantKind.FUNCTION_ANYWHERE:
            return _anywhere(situation, row, call)
        case GrantKind.FUNCTION_ON_CONTRACT:
            return _on_contract(situation, row, call)
        case GrantKind.ROOT:
            return _matched(call, ALLOWED, "everything that the owner may")
        case _:
            assert_never(row.kind)


def _limited(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    """A limit on what calls use."""
    meter = row.meter
    assert meter is not None  # the kind is a limit
    limit = LIMITS[meter.kind]
    if row.amount != books.limits[meter]:
        return _silent("a later permission about the same sets what counts")
    if limit.adds_up:
        return _added_up(situation, meter, call, books)
    if situation.operation.own_data and not situation.rules.spend_limits_bind_spending_only:
        return {
            "answer": REFUSED,
            "why": "beside a limit on one address, only calls of contracts (deployed)",
        }
    if call.target != row.target:
        return _silent("another address")
    asked = _asked(meter, call, books.left[meter])
    if isinstance(asked, Violation):
        return _matched(call, REFUSED, _broken(situation, limit, call, asked))
    if not limit.counts:
        return _matched(call, ALLOWED, f"{limit.permission} allows {_allowed(situation, limit, books.left[meter])}")
    return _matched(call) | _counted(situation, books, meter, asked)


def _added_up(situation: Situation, meter: Meter, call: PlainCall, books: _Books) -> Facts:
    """What all calls use together."""
    asked = _asked(meter, call, books.left[meter])
    if isinstance(asked, Violation):
        return _matched(call, REFUSED, _broken(situation, LIMITS[meter.kind], call, asked))
    if asked:
        return _counted(situation, books, meter, asked)
    plain = meter == NATIVE and not call.data and call.target != situation.policy.wallet
    if plain and situation.rules.native_reaches_plain_transfers:
        return {"answer": ALLOWED, "why": "a plain transfer of nothing", "target": call.target}
    return _silent(LIMITS[meter.kind].exempt)


def _broken(situation: Situation, limit: Limit, call: PlainCall, broken: Violation) -> str:
    """Why a limit refuses a call whatever is left of it."""
    if broken.reason == "InvalidCalldataLength":
        return f"{len(call.data)} bytes of data; transfer and approve need {SPENDING_BYTES}"
    if broken.reason == "SelectorNotAllowed":
        return f"only transfer and approve, not {_function(situation, call)}"
    asked = situation.names.condition(limit, broken.asked or 0)
    does = f"{limit.verb} {asked}" if asked else limit.rule
    return f"{does}; {limit.permission} allows {_allowed(situation, limit, broken.left or 0)}"


def _allowed(situation: Situation, limit: Limit, amount: int) -> str:
    """What a condition allows."""
    return situation.names.condition(limit, amount) or f"{amount:,}"


def _contract(situation: Situation, row: Row, call: PlainCall) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    overruled = situation.policy.targets[row.target].limits_functions
    if overruled and not situation.rules.wildcard_reaches_listed_targets:
        return _matched(call, SILENT, "a later permission about this address limits its functions (deployed)")
    return _matched(call, ALLOWED, "every function of this address")


def _on_contract(situation: Situation, row: Row, call: PlainCall) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    if len(call.data) < 4:
        return _matched(call, REFUSED, f"{len(call.data)} bytes of data name no function")
    return _listed(situation, row, call)


def _anywhere(situation: Situation, row: Row, call: PlainCall) -> Facts:
    rules = situation.rules
    if call.target in situation.policy.targets and not rules.wildcard_reaches_listed_targets:
        return _silent("not asked for an address that another permission names (deployed)")
    if len(call.data) < 4 and rules.selector_has_four_bytes:
        return _silent("the call names no function")
    if call.selector != row.selector:
        return _silent(f"{_function(situation, call)} is not in its list")
    return _matched(call, ALLOWED, f"{_function(situation, call)}, on any address")


def _account(situation: Situation, row: Row, call: PlainCall) -> Facts:
    if call.target != situation.policy.wallet:
        return _silent("not a function of the wallet itself")
    if call.selector in CALL_SELECTORS:
        return _matched(call, REFUSED, "the wallet does not call itself to make calls")
    return _listed(situation, row, call)


def _listed(situation: Situation, row: Row, call: PlainCall) -> Facts:
    listed = call.selector == row.selector and len(call.data) >= 4
    why = f"{_function(situation, call)} is {'' if listed else 'not '}in its list"
    return _matched(call, ALLOWED if listed else REFUSED, why)


def _matched(call: PlainCall, answer: str = "", why: str = "") -> Facts:
    selector = "0x" + call.data[:4].hex() if len(call.data) >= 4 else None
    return {"answer": answer, "why": why, "target": call.target, "selector": selector}


def _function(situation: Situation, call: PlainCall) -> str:
    return situation.names.function(call.data[:4]) if len(call.data) >= 4 else "no function"
