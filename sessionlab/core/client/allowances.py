"""A session's allowances and the events of its history: what it may use, and what it has used."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.denial import Denial


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
    denial: Denial | None = None
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
