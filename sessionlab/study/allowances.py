"""A session's allowances together: found by type, token or place, as text, a card, JSON and a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, overload

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.html import BLUE, card
from sessionlab.core.base.rpc_values import shown
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import LIMITS, Meter, unit_of
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.frames import frame_of

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

    from sessionlab.core.client.allowances import HistoryEntry
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.session_reader import SessionReader


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
    shown = names.amount(limit, unit), names.amount(used, unit), names.amount(remaining, unit)
    if unit not in ("wei", "gas") and not unit.startswith("0x"):
        shown = shown[0], f"{used:,}", f"{remaining:,}"  # a noun appears only once
    return Allowance(permission, limit, used, remaining, unit, shown, revoked)


@dataclass(frozen=True, repr=False)
class Allowances(Sequence[Allowance]):
    """A session's allowances, in the order of its permissions.

    ``allowances["native-token-transfer"]`` is the one of a permission type, and ``allowances["dollar"]`` that of a
    token, by its name, its symbol, its address or its contract. Amounts are in each allowance's ``unit``.
    """

    _items: Sequence[Allowance]
    _names: AddressBook = field(default_factory=AddressBook, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_items", tuple(self._items))

    @overload
    def __getitem__(self, key: int | str) -> Allowance: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Allowance, ...]: ...
    @overload
    def __getitem__(self, key: Any) -> Allowance: ...
    def __getitem__(self, key: Any) -> Any:
        """Return an allowance by permission type, token or place.

        Raises NotFound if there is none, InvalidInput if several are meant and they differ; both say what there is.
        """
        if isinstance(key, int | slice):
            return self._items[key]
        named = str(getattr(key, "address", key))
        for kind in ("permission", "token", "symbol"):  # a token may call itself anything, so its symbol comes last
            if meant := [item for item in self._items if named.lower() == (self._called(item)[kind] or "").lower()]:
                break
        else:
            meant = [item for item in self._items if named.lower() == item.unit.lower() and item.unit.startswith("0x")]
        if not meant:
            called = (name for item in self._items for name in self._called(item).values() if name)
            raise NotFound(
                f"This session has no allowance {shown(named)}.",
                field="allowance",
                asked=named[:80],
                left=[item.permission for item in self._items],
                fix=f"use one of {', '.join(dict.fromkeys(map(shown, called)))}." if len(self) else None,
            )
        if any(item != meant[0] for item in meant):
            tokens = " or ".join(shown(self._called(item)["token"]) for item in meant)
            message = f"This session has {len(meant)} allowances of {shown(named)}."
            raise InvalidInput(message, field="allowance", asked=named, left=len(meant), fix=f"name one: {tokens}.")
        return meant[0]

    def __len__(self) -> int:
        return len(self._items)

    def _called(self, item: Allowance) -> dict[str, str | None]:
        """The permission type of an allowance; the name of its token, or its address if it has none; its symbol."""
        if not item.unit.startswith("0x"):
            return {"permission": item.permission, "token": None, "symbol": None}
        raw = address_bytes(item.unit)
        symbol = self._names.tokens[raw].symbol if raw in self._names.tokens else None
        return {"permission": item.permission, "token": self._names.labels.get(raw, item.unit), "symbol": symbol}

    def titles(self) -> list[str]:
        """What each allowance is called, in their order: its permission type, with its token if there are several."""
        types = [item.permission for item in self]
        of_one = (types.count(name) == 1 for name in types)
        return [
            item.permission if only else f"{item.permission} of {self._called(item)['token']}"
            for item, only in zip(self, of_one, strict=True)
        ]

    def to_json(self) -> list[dict[str, Any]]:
        """Return JSON, one object for each allowance."""
        return [item.to_json() for item in self]

    def to_frame(self) -> pandas.DataFrame:
        """Return a pandas frame, one row for each allowance, integers exact. Raises MissingExtra without pandas."""
        columns = ("permission", "token", "limit", "used", "remaining", "unit", "revoked")
        given = (asdict(item) | self._called(item) for item in self)
        return frame_of(columns, ([row[name] for name in columns] for row in given))

    def __repr__(self) -> str:
        if not self._items:
            return "<Allowances: nothing is counted for this session>"
        return "\n".join(map(repr, self._items))

    def _repr_html_(self) -> str:
        rows = [(item.permission, bar(item)) for item in self]
        return card("Allowances", BLUE, rows or [("", "nothing is counted for this session")])


def bar(item: Allowance) -> str:
    """Return an HTML bar with the amounts below it."""
    share = 100 * item.used / item.limit if item.limit else 0
    words = escape(item.sentence)
    return (
        f"<div role='img' aria-label='{words}' style='background:{BLUE}33;height:10px;width:100%;min-width:9em;"
        f"border-radius:5px;margin:6px 0 2px'><div style='background:{BLUE};height:10px;border-radius:5px;"
        f"width:{share:.1f}%'></div></div>{words}"
    )


def allowances_of(session: BaseSession) -> Allowances:
    """Read a session's allowances from the chain. Raises StaleHandle if the lab does not know the session."""
    with session._api._atomic():  # several requests of one moment
        session._api._check_handle()  # there may be nothing to read
        return Allowances(read_allowances(session._reader), session.names)


def read_allowances(reader: SessionReader) -> tuple[Allowance, ...]:
    """Return the limit, used and remaining amounts of every allowance, in the order of the permissions."""
    limits = limits_of(reader.permissions)
    counted = [
        (row.meter, limits[row.meter])
        for permission in reader.permissions
        for row in permission.rows()
        if row.meter is not None and LIMITS[row.meter.kind].counts
    ]
    installed = bool(counted) and reader.installed
    entries = [] if installed or not counted else reader.entries()
    revoked = any(entry.what == "revoked" for entry in entries)
    result, names = [], reader.names.now()
    for meter, granted in counted:
        limit, used = reader.used_on_chain(meter) if installed else (granted, _used(reader, meter, entries))
        name, unit = LIMITS[meter.kind].permission, unit_of(meter, reader.rules)
        result.append(allowance(name, limit, used, unit, names, revoked=revoked))
    return tuple(result)


def remaining_of(session: BaseSession) -> dict[Meter, int]:
    """Return what remains of each meter. Before the session is installed the full limits do; once revoked, nothing."""
    with session._api._atomic():
        session._api._check_handle()
        unused = unused_of(session._reader)
        return dict.fromkeys(unused, 0) if unused and session._reader.revoked else unused


def unused_of(reader: SessionReader) -> dict[Meter, int]:
    """Return the unused part of each meter, also for a revoked session, which can no longer use it."""
    limits = limits_of(reader.permissions)
    if limits and reader.installed:
        return {meter: limit - used for meter in limits for limit, used in [reader.used_on_chain(meter)]}
    entries = reader.entries() if limits else []
    return {meter: limit - _used(reader, meter, entries) for meter, limit in limits.items()}


def _used(reader: SessionReader, meter: Meter, entries: Sequence[HistoryEntry]) -> int:
    """Return how much of a meter these events use."""
    wanted = ("consumed", LIMITS[meter.kind].permission, unit_of(meter, reader.rules))
    return sum(e.amount or 0 for e in entries if (e.what, e.permission, e.unit) == wanted)
