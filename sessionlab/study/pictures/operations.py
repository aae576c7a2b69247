"""Operation timeline: what a session sent, in order; what was accepted, refused or reverted; and who paid the gas."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import reads
from sessionlab.core.base.html import BLUE, SOFT, frame
from sessionlab.study.doors import SESSION_OR_RECORDING
from sessionlab.study.pictures.base import Picture
from sessionlab.study.recording.charged_operations import WalletReading
from sessionlab.study.recording.recorder import record
from sessionlab.study.recording.recording import Recording
from sessionlab.study.recording.text import what_it_does
from sessionlab.study.tables import NO, YES, Cell, cell_html, table_html
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

#: By phase. ``◐``: on the chain with its gas paid, but its calls reverted.
SAID = {
    "ok": Cell(YES, "accepted"),
    "validation": Cell(NO, "refused in validation"),
    "execution": Cell("◐", "failed in execution"),
}
NEVER = Cell(NO, "refused before it was sent")


@dataclass(frozen=True, slots=True)
class SentOperation:
    """One operation. ``block`` is None, and ``gas`` 0, if it never reached the chain."""

    time: int
    block: int | None
    what: str
    #: ``ok``, ``validation`` or ``execution``.
    phase: str
    reason: str | None
    #: Gas paid for it; None: unknown, because the chain was not asked.
    gas: int | None

    @property
    def became(self) -> Cell:
        """Its result in words."""
        simulated = self.phase == "execution" and self.block is None
        said = NEVER if simulated else SAID[self.phase]
        return Cell(said.sign, said.word, self.reason or "")

    @property
    def paid(self) -> str:
        """Its gas in words."""
        if self.block is None:
            return "nobody paid"
        return "" if self.gas is None else f"{self.gas:,} gas"


@dataclass(frozen=True, repr=False)
class Operations(Picture):
    """Operations in chronological order."""

    sent: tuple[SentOperation, ...]

    @property
    def alternative_text(self) -> str:
        """Count the operations of each kind."""
        phases = [item.became.word for item in self.sent]
        parts = [f"{phases.count(word)} {word}" for word in dict.fromkeys(phases)]
        gas = sum(item.gas or 0 for item in self.sent)
        return f"Operations in order: {', '.join(parts) or 'none yet'}; {gas:,} gas paid in all."

    def text(self) -> str:
        """Return one line per operation."""
        rows = folded_rows(self.sent, _line, "picture.sent", lambda item: item.became.word)
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows))])

    def html(self) -> str:
        """Draw the operations along a timeline, each with a bar for its gas."""
        most = max((item.gas or 0 for item in self.sent), default=0)
        lines = folded_rows(
            self.sent, lambda item: _html_line(item, most), "picture.sent", lambda item: item.became.word
        )
        day = format_time(self.sent[0].time)[:10] if self.sent else ""
        table = table_html((escape(day), "what became of it", "operation", "gas paid"), lines)
        empty = "<div>No operation yet.</div>"
        title = f"{count(len(self.sent), 'operation').capitalize()} in order"
        return frame(title, BLUE, table if self.sent else empty)


@reads(what=SESSION_OR_RECORDING)
def operations(what: BaseSession | Recording) -> Operations:
    """Show what a session sent, in order, and the results. For a recording, the gas paid is unknown.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    >>> for wei in (3, 4):
    ...     outcome = session.send_calls([sl.Call(to=lab.merchant, value=wei)])
    >>> [(one.what, one.became.word) for one in operations(session).sent]
    [('3 wei to merchant', 'accepted'), ('4 wei to merchant', 'refused before it was sent')]
    """
    if isinstance(what, Recording):
        recording, paid = what, iter(list[int]())
    else:
        reading = WalletReading(what.request, what.wallet, what.names)
        recording = record(what, reading)
        paid = iter([item.operation.gas_used for item in reading.charged.get(what.entity_id, [])])
    sent = []
    for step in recording.steps:
        gas = next(paid, None) if step.is_on_chain else 0
        does = what_it_does(recording, step)
        sent.append(SentOperation(step.time, step.block, does, step.phase, step.reason, gas))
    return Operations(tuple(sent))


def _line(item: SentOperation) -> list[str]:
    return [_block(item), format_time(item.time), str(item.became), item.what, item.paid]


def _html_line(item: SentOperation, most: int) -> list[str]:
    block = f"{_block(item)}<div style='color:{SOFT};white-space:nowrap'>{format_time(item.time)[11:]}</div>"
    return [block, cell_html(item.became), escape(item.what), _gas_bar(item, most)]


def _block(sent: SentOperation) -> str:
    return "never sent" if sent.block is None else f"block {sent.block}"


def _gas_bar(sent: SentOperation, most: int) -> str:
    share = 100 * (sent.gas or 0) / most if most else 0
    bar = f"<div style='background:{BLUE};height:8px;border-radius:4px;width:{share:.1f}%'></div>"
    track = f"<div style='background:{BLUE}33;height:8px;border-radius:4px;min-width:9em;margin:7px 0 2px'>{bar}</div>"
    return (track if sent.gas else "") + sent.paid
