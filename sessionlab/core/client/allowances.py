"""The events of a session's history: what it was installed with, used up and was refused."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sessionlab.core.denials.denial import MaybeDenial


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
