"""A session's history: every event, oldest first, as text, as a card, and whole as JSON and CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar, overload

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.html import BLUE, SOFT, frame
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.study.frames import frame_of
from sessionlab.study.listing import csv_text, folded
from sessionlab.study.mined_refusals import mined_refusals
from sessionlab.study.tables import table_html

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.core.client.session import BaseSession

T = TypeVar("T")
#: The columns of its exports.
COLUMNS = ("what", "time", "block", "permission", "amount", "remaining", "unit", "reason")
#: The sign shown for each event.
SIGNS = {"consumed": "−", "refused": "✗", "revoked": "■", "installed": "●", "done": "✓"}


@dataclass(frozen=True, repr=False)
class History(Sequence[HistoryEntry]):
    """A session's events, oldest first. ``to_json()``, ``to_csv()`` and ``to_frame()`` export them all."""

    _entries: Sequence[HistoryEntry]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_entries", tuple(self._entries))

    @overload
    def __getitem__(self, key: int) -> HistoryEntry: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[HistoryEntry, ...]: ...
    def __getitem__(self, key: int | slice) -> HistoryEntry | tuple[HistoryEntry, ...]:
        return tuple(self._entries[key]) if isinstance(key, slice) else self._entries[key]

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return "\n".join(self._folded(repr, str)) or "<History: nothing happened yet>"

    def _repr_html_(self) -> str:
        rows = self._folded(_cells, lambda words: [words])
        return frame("History", BLUE, table_html(("when", "what", ""), rows) if rows else "nothing happened yet")

    def _folded(self, show: Callable[[HistoryEntry], T], more: Callable[[str], T]) -> list[T]:
        return folded(self._entries, show, more, "to_csv()", lambda entry: entry.what)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the entries as JSON objects."""
        return [entry.to_json() for entry in self._entries]

    def to_csv(self) -> str:
        """Return CSV text: a header, then one line per entry, amounts exact; ``-`` where an entry has no such value."""
        return csv_text(COLUMNS, self._rows())

    def to_frame(self) -> pandas.DataFrame:
        """Return a pandas frame, one row per entry, integers exact. Raises MissingExtra without pandas."""
        return frame_of(COLUMNS, self._rows())

    def _rows(self) -> list[list[Any]]:
        return [
            [*(getattr(entry, name) for name in COLUMNS[:-1]), entry.denial.code if entry.denial else None]
            for entry in self._entries
        ]


def _cells(entry: HistoryEntry) -> list[str]:
    block = "never sent" if entry.block is None else f"block {entry.block}"
    when = f"{block}<div style='color:{SOFT};white-space:nowrap'>{format_time(entry.time)}</div>"
    what = f"<span style='white-space:nowrap'>{SIGNS.get(entry.what, '')} {entry.what}</span>"
    return [when, what, escape(entry.shown)]


def history_of(session: BaseSession) -> History:
    """Return every event, oldest first: the wallet's, operations that were mined and failed, and what was refused here.

    A refusal that never reached the chain is known only to the session object that received it.
    """
    with session._api._atomic():
        refusals = (*session.refusals(), *mined_refusals(session))
        entries = session._reader.entries() + [_refused(session, refusal) for refusal in refusals]
    # An off-chain refusal carries the time of the block that would have been next.
    return History(sorted(entries, key=lambda entry: (entry.time, entry.block or 0)))


def _refused(session: BaseSession, refused: RefusedOperation) -> HistoryEntry:
    denial = session._explainable(refused)
    time = refused.judged.time if refused.judged else session._reader.time(refused.block)
    return HistoryEntry("refused", time, refused.block, denial=denial, shown=denial.sentence)
