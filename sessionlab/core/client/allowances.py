"""A session's allowances and the events of its history: what it may use, and what it has used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from sessionlab.core.base.html import BLUE, LINE, card
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.denial import MaybeDenial


@dataclass(frozen=True, slots=True)
class Allowance:
    """One allowance of a session, read from the chain.

    Amounts are in ``unit``: wei, gas, base units of the token with this address, or a noun such as ``operations``.
    """

    permission: str
    limit: int
    used: int
    #: What the session may still use; 0 once it is revoked.
    remaining: int
    unit: str
    #: Limit, used and remaining, formatted for people.
    shown: tuple[str, str, str]
    #: Whether the owner revoked the session.
    revoked: bool = False

    @property
    def sentence(self) -> str:
        """``0.3 ETH of 1 ETH used, 0.7 ETH left``."""
        limit, used, remaining = self.shown
        return f"{used} of {limit} used, {remaining} left"

    def __repr__(self) -> str:
        limit, used, _ = self.shown
        says = f"{used} of {limit} used, revoked: nothing is left" if self.revoked else self.sentence
        return f"<Allowance {self.permission}: {says}>"

    def bar(self) -> str:
        """Return an HTML bar with the amounts below it."""
        share = 100 * self.used / self.limit if self.limit else 0
        words = escape(self.sentence)
        return (
            f"<div role='img' aria-label='{words}' style='background:{LINE};height:10px;width:100%;min-width:16em;"
            f"border-radius:5px;margin:6px 0 2px'><div style='background:{BLUE};height:10px;border-radius:5px;"
            f"width:{share:.1f}%'></div></div>{words}"
        )

    def to_json(self) -> dict[str, Any]:
        """Return JSON. Amounts are decimal strings, because they may not fit in a JSON number."""
        return {
            "permission": self.permission,
            "limit": str(self.limit),
            "used": str(self.used),
            "remaining": str(self.remaining),
            "unit": self.unit,
        }


def allowance(
    permission: str, limit: int, used: int, unit: str, names: AddressBook, *, revoked: bool = False
) -> Allowance:
    """Build an allowance with its formatted amounts."""
    remaining = 0 if revoked else limit - used
    shown = names.usage(limit, used, remaining, unit)
    return Allowance(permission, limit, used, remaining, unit, shown, revoked)


@dataclass(frozen=True, repr=False)
class Allowances(Sequence[Allowance]):
    """A session's allowances, in the order of its permissions. Also indexed by type: ``allowances["gas-limit"]``."""

    _items: Sequence[Allowance]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_items", tuple(self._items))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            result = [item for item in self._items if key in (item.permission, item.unit)]
            if not result:
                raise KeyError(f"No allowance {key!r}; there are: {', '.join(i.permission for i in self._items)}")
            return result[0]
        return self._items[key]

    def __len__(self) -> int:
        return len(self._items)

    def to_json(self) -> list[dict[str, Any]]:
        """Return JSON, one object for each allowance."""
        return [item.to_json() for item in self]

    def __repr__(self) -> str:
        if not self._items:
            return "<Allowances: nothing is counted for this session>"
        return "\n".join(map(repr, self._items))

    def _repr_html_(self) -> str:
        rows = [(item.permission, item.bar()) for item in self]
        return card("Allowances", BLUE, rows or [("", "nothing is counted for this session")])


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One event in a session's history."""

    #: ``installed``, ``consumed``, ``done``, ``refused`` or ``revoked``.
    what: str
    time: int  # unix seconds
    block: int | None  # None if it never reached the chain
    permission: str | None = None
    amount: int | None = None
    remaining: int | None = None
    unit: str | None = None
    denial: MaybeDenial = None
    shown: str = ""

    def __repr__(self) -> str:
        where = f"block {self.block}" if self.block is not None else "off chain"
        return f"<{self.time} {where}: {self.what}{': ' + self.shown if self.shown else ''}>"

    def to_json(self) -> dict[str, Any]:
        """Return JSON, with amounts as decimal strings."""
        result = {name: value for name, value in asdict(self).items() if value is not None and name != "denial"}
        for name in ("amount", "remaining"):
            if name in result:
                result[name] = str(result[name])
        return result | ({"denial": self.denial.to_json()} if self.denial else {})
