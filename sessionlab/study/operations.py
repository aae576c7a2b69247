"""Everything that a session sent, in one table: what it did, what it cost, why it was refused, what was left then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any, overload

from sessionlab.core.base.amounts import format_ether, format_time, short_address
from sessionlab.core.base.html import BLUE, SOFT, frame
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.study.allowances import Allowance, Allowances, allowance
from sessionlab.study.explain.decoding import describe
from sessionlab.study.frames import frame_of
from sessionlab.study.listing import csv_text
from sessionlab.study.recording.charged_operations import WalletReading
from sessionlab.study.recording.recorder import record
from sessionlab.study.tables import NO, YES, Cell, cell_html, table_html
from sessionlab.study.text import aligned, folded_rows

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

    from sessionlab.core.client.session import BaseSession
    from sessionlab.study.recording.recording import RecordedOperation, Recording


@dataclass(frozen=True, slots=True, repr=False)
class SessionOperation:
    """One operation of a session, accepted or refused."""

    #: Unix seconds of its block; if it never reached the chain, of the block it would have been in.
    time: int
    #: None if it never reached the chain, and so is the hash of its transaction.
    block: int | None
    tx_hash: str | None
    #: Its calls in words, decoded where the function is known.
    calls: tuple[str, ...]
    #: Gas charged, and its cost in wei; 0 if it never reached the chain. ``sponsored``: a sponsor was to pay.
    gas: int
    cost: int
    sponsored: bool
    #: ``ok``, ``validation`` (nothing changed) or ``execution`` (its calls failed), and the denial's code if refused.
    phase: str
    code: str | None
    #: The session's allowances after its block; if it never reached the chain, when it was refused.
    left: Allowances

    @property
    def ok(self) -> bool:
        """Whether all its calls succeeded."""
        return self.code is None

    def __repr__(self) -> str:
        return f"<Operation {' '.join((*_facts(self), *_left(self)))}>"

    def to_json(self) -> dict[str, Any]:
        """Return JSON, amounts as decimal strings."""
        return {
            "time": self.time,
            "block": self.block,
            "transactionHash": self.tx_hash,
            "calls": list(self.calls),
            "gas": str(self.gas),
            "cost": str(self.cost),
            "sponsored": self.sponsored,
            "phase": self.phase,
            "code": self.code,
            "left": self.left.to_json(),
        }


@dataclass(frozen=True, repr=False)
class OperationTable(Sequence[SessionOperation]):
    """The operations of a session, oldest first. ``to_frame()``, ``to_csv()`` and ``to_json()`` export them all."""

    _operations: Sequence[SessionOperation]

    def __post_init__(self) -> None:
        object.__setattr__(self, "_operations", tuple(self._operations))

    @overload
    def __getitem__(self, key: int) -> SessionOperation: ...
    @overload
    def __getitem__(self, key: slice) -> Sequence[SessionOperation]: ...
    def __getitem__(self, key: Any) -> Any:
        return self._operations[key]

    def __len__(self) -> int:
        return len(self._operations)

    def __repr__(self) -> str:
        rows = folded_rows(
            self, lambda sent: (*_facts(sent), *_left(sent)), "to_csv()", lambda sent: _result(sent).word
        )
        return "\n".join(aligned([self._heads(), *rows])) if len(self) else "<Operations: none yet>"

    def _repr_html_(self) -> str:
        def cells(sent: SessionOperation) -> list[str]:
            time, block, what, _, gas, cost = _facts(sent)
            where = escape(block if sent.block is None else f"block {block}")
            when = f"{where}<div style='color:{SOFT};white-space:nowrap'>{escape(time)}</div>"
            paid = escape(f"{gas} gas, {cost}" if sent.block is not None else cost)
            left = "".join(f"<div style='white-space:nowrap'>{escape(amount)}</div>" for amount in _left(sent))
            return [when, escape(what), cell_html(_result(sent)), paid, *([left] if left else [])]

        rows = folded_rows(self, cells, "to_csv()", lambda sent: _result(sent).word)
        heads = ("when", "calls", "result", "paid", *(["left of each allowance"] if self._allowances() else []))
        table = table_html(heads, rows)
        return frame("Operations", BLUE, table if len(self) else "none yet")

    def to_json(self) -> list[dict[str, Any]]:
        """Return the operations as JSON objects, amounts as decimal strings."""
        return [sent.to_json() for sent in self]

    def to_csv(self) -> str:
        """Return CSV text: a header, then one line per operation, amounts exact; ``-`` where there is no such value."""
        return csv_text(self._columns(), self._rows())

    def to_frame(self) -> pandas.DataFrame:
        """Return a pandas frame, one row per operation, integers exact. Raises MissingExtra without pandas.

        Gas is in units of gas, ``cost`` in wei, and each ``left`` in the unit of its allowance.
        """
        return frame_of(self._columns(), self._rows())

    def _allowances(self) -> list[str]:
        """What the columns of the allowances are called: by permission, and by token where there are several."""
        return self._operations[0].left.titles() if self._operations else []

    def _heads(self) -> list[str]:
        return ["time", "block", "calls", "result", "gas", "cost", *(f"left of {name}" for name in self._allowances())]

    def _columns(self) -> list[str]:
        names = ["time", "block", "tx_hash", "calls", "gas", "cost", "sponsored", "phase", "code"]
        return [*names, *(f"left of {name}" for name in self._allowances())]

    def _rows(self) -> Iterator[list[Any]]:
        for sent in self:
            known = [sent.time, sent.block, sent.tx_hash, "; ".join(sent.calls), sent.gas, sent.cost, sent.sponsored]
            yield [*known, sent.phase, sent.code, *(item.remaining for item in sent.left)]


def operations_of(session: BaseSession, allowances: Allowances) -> OperationTable:
    """Return the operations of a session, which has these allowances now. Raises ChainError if one cannot be read."""
    reading = WalletReading(session.request, session.wallet, session.names)
    recording = record(session, reading)
    charged = iter([item.operation for item in reading.charged.get(session.entity_id, [])])
    events = sorted(session._reader.entries(), key=lambda entry: entry.time)
    result = []
    for step in recording.steps:
        mined = next(charged) if step.is_on_chain else None
        result.append(
            SessionOperation(
                time=step.time,
                block=step.block,
                tx_hash=mined.transaction if mined else None,
                calls=_calls(recording, step),
                gas=mined.gas_used if mined else 0,
                cost=mined.gas_cost if mined else 0,
                sponsored=step.sponsored,
                phase=step.phase,
                code=step.reason,
                left=_left_then(allowances, events, step, session.names),
            )
        )
    return OperationTable(result)


def _left_then(
    now: Allowances, events: Sequence[HistoryEntry], step: RecordedOperation, names: AddressBook
) -> Allowances:
    """Return the allowances after a step's block or, if it never reached the chain, before the block it waited for."""
    left = {(item.permission, item.unit): item.limit for item in now}
    full, revoked = dict(left), False
    for event in events:
        if event.time > step.time or (event.time == step.time and not step.is_on_chain):
            break
        if event.what == "consumed" and event.permission and event.unit and event.remaining is not None:
            left[event.permission, event.unit] = event.remaining
        elif event.what in ("installed", "revoked"):  # an entity id may be used again, with allowances of its own
            revoked, left = event.what == "revoked", dict(full) if event.what == "installed" else left
    return replace(now, _items=[_as_of(item, left[item.permission, item.unit], names, revoked) for item in now])


def _as_of(item: Allowance, left: int, names: AddressBook, revoked: bool) -> Allowance:
    return allowance(item.permission, item.limit, item.limit - left, item.unit, names, revoked=revoked)


def _calls(recording: Recording, step: RecordedOperation) -> tuple[str, ...]:
    calls = step.calls(recording.wallet)
    if not calls and step.operation.fault is not None:
        return ("unreadable call data",)
    return tuple(describe(call, recording.names, recording.wallet) for call in calls)


def _result(sent: SessionOperation) -> Cell:
    if sent.ok:
        return Cell(YES, "accepted")
    return Cell(NO if sent.block is None else "◐", "refused" if sent.block is None else "failed", sent.code or "")


def _facts(sent: SessionOperation) -> tuple[str, ...]:
    what = sent.calls[0] if sent.calls else "no call"
    more = f" and {len(sent.calls) - 1:,} more" if len(sent.calls) > 1 else ""
    block = "never sent" if sent.block is None else f"{sent.block} ({short_address(sent.tx_hash or '')})"
    cost = "nobody paid" if sent.block is None else format_ether(sent.cost)
    return format_time(sent.time), block, what + more, str(_result(sent)), f"{sent.gas:,}", cost


def _left(sent: SessionOperation) -> tuple[str, ...]:
    return tuple(item.shown[2] for item in sent.left)
