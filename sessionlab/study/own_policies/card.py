"""The explanation of a policy as an HTML card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.html import GREEN, ORANGE, RED, SOFT, frame, legible
from sessionlab.study.explain.card import explanation_card
from sessionlab.study.listing import folded
from sessionlab.study.own_policies.text import GAS_UNKNOWN, heading

if TYPE_CHECKING:
    from sessionlab.study.explain.explanation import Explanation
    from sessionlab.study.own_policies.explanation import PolicyExplanation, UnderRuleset


def explanation_html(explained: PolicyExplanation) -> str:
    """Return a card for each ruleset; an operation that is refused unfolds to its own card."""
    note = f"<div style='color:{SOFT}'>{escape(GAS_UNKNOWN)}</div>" if explained.gas_unknown else ""
    return "".join(map(_under, explained.results)) + note


def _under(result: UnderRuleset) -> str:
    body = ""
    if result.refused is not None:
        body += f"<div style='color:{legible(RED)}'>✗ {escape(str(result.refused))}</div>"
    numbered = list(enumerate(result.operations, 1))
    body += "".join(folded(numbered, _operation, _more, "to_json()", lambda item: "pass" if item[1].ok else "refused"))
    for part in result.unneeded:
        said = f"permissions[{part.permission}] {part.type}: {part.sentence}"
        body += f"<div><b style='color:{legible(ORANGE)}'>!</b> wider than needed: {escape(said)}</div>"
    return frame(heading(result), GREEN if result.ok else RED, body)


def _operation(item: tuple[int, Explanation]) -> str:
    number, explained = item
    calls = escape("; ".join(explained.calls))
    if explained.ok:
        return f"<div><b style='color:{legible(GREEN)}'>✓</b> {number} {calls}</div>"
    sentence = escape(explained.denial.sentence) if explained.denial else ""
    summary = f"<summary><b style='color:{legible(RED)}'>✗</b> {number} {calls}: {sentence}</summary>"
    return f"<details>{summary}{explanation_card(explained)}</details>"


def _more(words: str) -> str:
    return f"<div style='color:{SOFT}'>{words}</div>"
