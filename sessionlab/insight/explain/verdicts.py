"""One operation against each permission by itself: allowed, does not apply, or refused, call by call.

A verdict is about one permission alone; whether the call passes is for the rules to say, which put them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from sessionlab.insight.explain.situation import GAS_KEY, NATIVE_KEY, Situation, allowances, left_of
from sessionlab.permissions.operation import CALL_SELECTORS, PlainCall
from sessionlab.permissions.policy import APPROVE, TRANSFER
from sessionlab.permissions.rows import Kind, Row

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
    """What is left of each allowance as the calls go by, and what it was at first."""

    left: dict[str, int]
    limits: dict[str, int]


def verdicts(situation: Situation) -> tuple[Verdict, ...]:
    """The operation as a whole first, then call by call, each against every permission in order.

    What the session's end has to say is not a permission's answer: a revoked one is judged as if it were not.
    """
    situation = replace(situation, revoked=False, by_owner=False)
    limits = allowances(situation.permissions)
    books = _Books({key: left_of(situation.left, key) for key in limits}, limits)
    found = list(_judged(situation, None, None, books))
    for number, call in enumerate(situation.calls):
        found += _judged(situation, number, call, books)
        _take(call, books)
    return tuple(found)


def _judged(situation: Situation, number: int | None, call: PlainCall | None, books: _Books) -> Iterator[Verdict]:
    """Gas is asked of the operation as a whole, everything else of each call."""
    for place, permission in enumerate(situation.permissions):
        wanted = [row for row in permission.rows() if (row.kind is Kind.GAS) == (call is None)]
        found = [_JUDGES[row.kind](situation, row, call, books) for row in wanted]
        if found:
            # A list of functions allows what one of its rows allows.
            best = min(found, key=lambda facts: (ALLOWED, REFUSED, SILENT).index(facts["answer"]))
            yield Verdict(number, place, **best)


def _take(call: PlainCall, books: _Books) -> None:
    """Later calls find less, as long as this one finds enough."""
    asked = {NATIVE_KEY: call.value} | ({call.target: _amount(call)} if _spends(call) else {})
    for key, amount in asked.items():
        if key in books.limits and amount <= books.left[key]:
            books.left[key] -= amount


def _spends(call: PlainCall) -> bool:
    return call.selector in (TRANSFER, APPROVE) and len(call.data) >= 68


def _amount(call: PlainCall) -> int:
    return int.from_bytes(call.data[36:68], "big")


Facts = dict[str, Any]
"""The fields of a verdict, its call and permission aside."""


def _counted(situation: Situation, books: _Books, key: str, asked: int, unit: str) -> Facts:
    left, limit, show = books.left[key], books.limits[key], situation.names.amount
    enough = asked <= left
    return {
        "answer": ALLOWED if enough else REFUSED,
        "why": f"{show(asked, unit)} asked, {'' if enough else 'only '}{show(left, unit)} left",
        "limit": limit,
        "used": limit - left,
        "asked": asked,
        "left": left,
        "unit": unit,
    }


def _silent(why: str) -> Facts:
    return {"answer": SILENT, "why": why}


def _gas(situation: Situation, row: Row, call: Any, books: _Books) -> Facts:
    operation, in_gas = situation.operation, situation.rules.gas_limit_counts_gas
    if operation.sponsored:
        return _silent("a sponsor pays for the gas")
    if not situation.gas_known:
        return _silent("how much gas it may take is known once all else passes")
    asked = operation.gas if in_gas else operation.gas * operation.fee
    return _counted(situation, books, GAS_KEY, asked, "gas" if in_gas else "wei")


def _native(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    if call.value:
        return _counted(situation, books, NATIVE_KEY, call.value, "wei")
    plain = not call.data and call.target != situation.policy.wallet
    if plain and situation.rules.native_reaches_plain_transfers:
        return {"answer": ALLOWED, "why": "a plain transfer of nothing", "target": call.target}
    return _silent("the call sends no native tokens")


def _erc20(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    if situation.operation.own_data and not situation.rules.spend_limits_bind_spending_only:
        return {"answer": REFUSED, "why": "beside a token limit, only calls of contracts (deployed)"}
    if call.target != row.target:
        return _silent("another address")
    if len(call.data) < 68:
        why = f"{len(call.data)} bytes of data; transfer and approve need 68"
        return _matched(call, REFUSED, why)
    if not _spends(call):
        return _matched(call, REFUSED, f"only transfer and approve, not {_function(situation, call)}")
    return _matched(call) | _counted(situation, books, row.target, _amount(call), row.target)


def _contract(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    overruled = situation.policy.targets[row.target].limits_functions
    if overruled and not situation.rules.wildcard_reaches_listed_targets:
        return _matched(call, SILENT, "a later permission about this address limits its functions (deployed)")
    return _matched(call, ALLOWED, "every function of this address")


def _on_contract(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    if call.target != row.target:
        return _silent("another address")
    if len(call.data) < 4:
        return _matched(call, REFUSED, f"{len(call.data)} bytes of data name no function")
    return _listed(situation, row, call)


def _anywhere(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    rules = situation.rules
    if call.target in situation.policy.targets and not rules.wildcard_reaches_listed_targets:
        return _silent("not asked for an address that another permission names (deployed)")
    if len(call.data) < 4 and rules.selector_has_four_bytes:
        return _silent("the call names no function")
    if call.selector != row.selector:
        return _silent(f"{_function(situation, call)} is not in its list")
    return _matched(call, ALLOWED, f"{_function(situation, call)}, on any address")


def _account(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    if call.target != situation.policy.wallet:
        return _silent("not a function of the wallet itself")
    if call.selector in CALL_SELECTORS:
        return _matched(call, REFUSED, "the wallet does not call itself to make calls")
    return _listed(situation, row, call)


def _root(situation: Situation, row: Row, call: PlainCall, books: _Books) -> Facts:
    return _matched(call, ALLOWED, "everything that the owner may")


def _listed(situation: Situation, row: Row, call: PlainCall) -> Facts:
    listed = call.selector == row.selector and len(call.data) >= 4
    why = f"{_function(situation, call)} is {'' if listed else 'not '}in its list"
    return _matched(call, ALLOWED if listed else REFUSED, why)


def _matched(call: PlainCall, answer: str = "", why: str = "") -> Facts:
    selector = "0x" + call.data[:4].hex() if len(call.data) >= 4 else None
    return {"answer": answer, "why": why, "target": call.target, "selector": selector}


def _function(situation: Situation, call: PlainCall) -> str:
    return situation.names.function(call.data[:4]) if len(call.data) >= 4 else "no function"


_JUDGES: dict[Kind, Callable[[Situation, Row, Any, _Books], Facts]] = {
    Kind.NATIVE: _native,
    Kind.ERC20: _erc20,
    Kind.GAS: _gas,
    Kind.CONTRACT: _contract,
    Kind.ACCOUNT_FUNCTION: _account,
    Kind.FUNCTION_ANYWHERE: _anywhere,
    Kind.FUNCTION_ON_CONTRACT: _on_contract,
    Kind.ROOT: _root,
}
