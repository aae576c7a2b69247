"""A comparison of policies as an HTML card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.html import BLUE, GREEN, RED, SOFT, frame, legible
from sessionlab.study.comparing.differences import NO, YES
from sessionlab.study.comparing.text import IN_COMPARISON, headline, notes
from sessionlab.study.tables import table_html
from sessionlab.study.text import folded_rows

if TYPE_CHECKING:
    from sessionlab.study.comparing.comparison import PolicyComparison

SIGNS = {YES: ("✓", GREEN), NO: ("✗", RED)}


def comparison_html(comparison: PolicyComparison) -> str:
    """Render the relation, an example for each side, the parts that differ, and what else to know."""
    examples = [
        f"<div style='margin-top:4px'><b>Only {escape(example.taken_by.name)}:</b> {escape(example.sentence)}</div>"
        for example in (comparison.only_b, comparison.only_a)
        if example is not None
    ]
    more = [f"<div style='color:{SOFT};margin-top:6px'>! {escape(note)}</div>" for note in notes(comparison)]
    return frame(headline(comparison), BLUE, "".join([*examples, _table(comparison), *more]))


def _table(comparison: PolicyComparison) -> str:
    parts = comparison.differences
    if not parts:
        return ""
    rows = folded_rows(
        parts, lambda part: (escape(part.what), _said(part.a), _said(part.b)), IN_COMPARISON, lambda part: part.part
    )
    return table_html(("", escape(comparison.a.name), escape(comparison.b.name)), rows)


def _said(word: str) -> str:
    if word not in SIGNS:
        return escape(word)
    sign, colour = SIGNS[word]
    return f"<span style='color:{legible(colour)}'>{sign}</span> {word}"
