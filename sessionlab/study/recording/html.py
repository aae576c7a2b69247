"""Recordings, comparisons and proposals as HTML cards, in the style of the other cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.html import BLUE, GREEN, ORANGE, RED, SOFT, frame, legible
from sessionlab.study.recording import text
from sessionlab.study.recording.comparison import NOW_ALLOWED, NOW_REFUSED, OTHERWISE, SAME, ReplayedDecision
from sessionlab.study.recording.recording import RecordedOperation, Recording
from sessionlab.study.tables import table_html
from sessionlab.study.text import folded_rows

if TYPE_CHECKING:
    from sessionlab.study.recording.comparison import Comparison
    from sessionlab.study.recording.proposal import Proposal

COLOURS = {NOW_REFUSED: RED, NOW_ALLOWED: GREEN, OTHERWISE: ORANGE, SAME: "inherit"}


def recording_html(recording: Recording) -> str:
    """Render one line per operation."""
    rows = folded_rows(
        text.numbered(recording), lambda item: _line(recording, *item), text.IN_RECORDING, text.sort_of_step
    )
    table = table_html(("", "time", "block", "operation", "what became of it"), rows)
    return frame(f"Recording {text.recording_title(recording)}", BLUE, table)


def comparison_html(comparison: Comparison) -> str:
    """Render what changes, and what is left at the end."""
    rows = folded_rows(
        comparison.changes, lambda verdict: _change(comparison, verdict), text.IN_COMPARISON, text.sort_of_change
    )
    body = "<div>Every operation ends as it was recorded.</div>"
    if rows:
        body = table_html(("", "change", "operation", "was", "is now"), rows)
    left = [[escape(a.permission), *map(escape, a.shown)] for a in comparison.allowances]
    if left:
        body += _head("At the end") + table_html(("", "limit", "used", "left"), left)
    body += _notes(text.footnotes(comparison))
    return frame(f"Comparison {text.comparison_title(comparison)}", BLUE, body)


def proposal_html(proposal: Proposal) -> str:
    """Render each permission with its limit and its reasons, the expiry, and the notes."""
    rows = []
    for number, permission in enumerate(proposal.permissions):
        what = f"<code>{permission.type}</code><br>{escape(proposal.names.permission(permission))}"
        limits = [text.arithmetic(proposal, limit) for limit in proposal.limits if limit.permission == number]
        what += f"<div style='color:{SOFT}'>{_lines(limits)}</div>"
        rows.append([what, _lines(text.reasons(proposal, number))])
    end = "<code>expiry</code><br>" + escape(text.expiry_words(proposal))
    rows.append([end, _lines(text.reasons(proposal, None))])
    body = table_html(("permission", "why it is needed"), rows) + _notes(proposal.notes, "! ")
    return frame(f"Proposal {text.proposal_title(proposal)}", BLUE, body)


def _line(recording: Recording, number: int, step: RecordedOperation) -> list[str]:
    block = "never sent" if step.block is None else str(step.block)
    became = _signed("✓", "ok", GREEN) if step.ok else _signed("✗", f"{step.reason} in {step.phase}", RED)
    return [str(number), format_time(step.time), block, _what(recording, step), became]


def _change(comparison: Comparison, verdict: ReplayedDecision) -> list[str]:
    was, now, why = text.before_and_after(comparison, verdict)
    change = _signed(text.SIGNS[verdict.change], verdict.change, COLOURS[verdict.change])
    what = _what(comparison.recording, verdict.step)
    return [str(verdict.number), change, what, _aside(was), f"{_aside(now)}<div>{escape(why)}</div>"]


def _signed(sign: str, word: str, colour: str) -> str:
    return f"<span style='color:{colour if colour == 'inherit' else legible(colour)}'>{sign}</span> {escape(word)}"


def _what(recording: Recording, step: RecordedOperation) -> str:
    """Describe the operation; the title has all its calls with full addresses."""
    calls = [f"{call.target}, {call.value} wei, 0x{call.data.hex()}" for call in step.calls(recording.wallet)]
    return f"<span title='{escape(chr(10).join(calls))}'>{escape(text.what_it_does(recording, step))}</span>"


def _aside(text: str) -> str:
    """Render a reason, with location and amounts dimmed."""
    reason, space, rest = text.partition(" in ")
    if not space:
        return escape(text)
    return f"{escape(reason)} <span style='color:{SOFT}'>in {escape(rest)}</span>"


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"<div style='padding-left:1em;text-indent:-1em'>{escape(text)}</div>" for text in texts)


def _head(text: str) -> str:
    return f"<div style='font-weight:600;margin-top:8px'>{text}</div>"


def _notes(notes: Sequence[str], sign: str = "") -> str:
    return "".join(f"<div style='color:{SOFT};margin-top:6px'>{sign}{escape(note)}</div>" for note in notes)
