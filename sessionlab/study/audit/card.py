"""The audit as an HTML card: two headlines, the possible losses, the findings with their remedies, what it rests on.

In the style of ``core/base/html.py``: the notebook's colours, each with a sign and a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_UP, Decimal
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.html import BLUE, GREEN, LINE, ORANGE, RED, SOFT, frame
from sessionlab.study.audit.findings import SEVERITIES, Finding
from sessionlab.study.audit.headlines import Headline
from sessionlab.study.audit.loss import Loss
from sessionlab.study.listing import folded
from sessionlab.study.tables import table_html

if TYPE_CHECKING:
    from sessionlab.study.audit.report import Audit

COLOURS = {"critical": RED, "high": RED, "medium": ORANGE, "low": BLUE, "info": LINE}


#: A number with decimals, in a text.
DECIMAL = re.compile(r"\d[\d,]*\.\d+")
DIGITS = 4


def brief(text: str) -> str:
    """Return a text as HTML with at most four significant digits in its decimals, rounded up; the title has them all.

    Digits before the point are kept.
    """
    short = DECIMAL.sub(lambda number: _rounded(number.group()), text)
    return escape(text) if short == text else f"<span title='{escape(text, quote=True)}'>{escape(short)}</span>"


def _rounded(number: str) -> str:
    exact = Decimal(number.replace(",", ""))
    places = max(DIGITS - 1 - exact.adjusted(), 0)
    has = len(number.partition(".")[2])
    text = f"{exact.quantize(Decimal(1).scaleb(-min(places, has)), rounding=ROUND_UP):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def audit_card(audit: Audit) -> str:
    """Render an audit as HTML."""
    basis = f"<div style='color:{SOFT};margin-bottom:8px'>{audit.ruleset.title} rules</div>"
    said = "".join(map(_headline, audit.headlines))
    findings = "".join(folded(audit.findings, _finding, _aside, "audit.findings", lambda f: f.severity))
    findings = findings or "<div>✓ no findings</div>"
    rests = "".join(f"<li>{escape(line)}</li>" for line in folded(audit.assumptions, str, str, "audit.assumptions"))
    rests = (
        f"<div style='color:{SOFT};margin:10px 0 0'><b>What this assumes and leaves out</b>"
        f"<ul style='margin:2px 0 0;padding-left:1.3em'>{rests}</ul></div>"
    )
    colour = COLOURS[audit.by_permissions.severity] if audit.by_permissions.severity != "info" else GREEN
    return frame("Audit: what a thief of this key can do", colour, said + basis + _losses(audit) + findings + rests)


def _aside(words: str) -> str:
    return f"<div style='color:{SOFT};margin:8px 0 0'>{words}</div>"


def _headline(headline: Headline) -> str:
    colour, sign = COLOURS[headline.severity], SEVERITIES[headline.severity]
    return (
        f"<div style='border-left:3px solid {colour};padding-left:10px;font-size:15px;margin-bottom:4px'>"
        f"<b>{sign} {headline.severity}</b> {brief(headline.sentence)}</div>"
    )


def _losses(audit: Audit) -> str:
    at_risk = [loss for loss in audit.losses if loss.now or loss.ever != 0]
    safe = [loss.asset for loss in audit.losses if loss not in at_risk]
    eth = [loss for loss in at_risk if loss.unit == "wei"]
    rows: list[Sequence[str]] = [*map(_loss, eth), *([_total(audit.total)] if len(eth) > 1 else [])]
    tokens = [loss for loss in at_risk if loss.unit != "wei"]
    rows += folded(tokens, _loss, lambda words: [words], "audit.losses")
    names = escape(", ".join(folded(safe, str, str, "audit.losses")))
    rest = f"<div style='color:{SOFT};margin-bottom:6px'>out of reach: {names}</div>" if safe else ""
    return (table_html(("asset", "today", audit.until, "how"), rows) if at_risk else "") + rest


def _loss(loss: Loss) -> list[str]:
    now, ever = map(brief, loss.shown)
    asset, now, ever = (f"<span style='white-space:nowrap'>{part}</span>" for part in (escape(loss.asset), now, ever))
    return [asset, now, f"<b>{ever}</b>" if loss.ever is None else ever, _sequence(loss)]


def _total(total: Loss) -> list[str]:
    return [f"<b>{part}</b>" for part in _loss(total)[:-1]] + [""]


def _sequence(loss: Loss) -> str:
    if len(loss.sequence) < 2:
        return "".join(brief(step.words) for step in loss.sequence) or "—"
    steps = "".join(f"<li>{brief(step.words)}</li>" for step in loss.sequence)
    return f"<ol style='margin:0;padding-left:1.3em'>{steps}</ol>"


def _finding(finding: Finding) -> str:
    colour = COLOURS[finding.severity]
    index = f"<span style='color:{SOFT}'> · {escape(finding.place)}</span>" if finding.place else ""
    return (
        f"<div style='border-left:3px solid {colour};padding:2px 0 2px 10px;margin:8px 0 0'>"
        f"<div><b>{SEVERITIES[finding.severity]} {finding.severity}</b> · <code>{finding.id}</code>{index}</div>"
        f"<div>{brief(finding.sentence)}</div>"
        f"<div style='color:{SOFT}'>→ {escape(finding.remedy)}</div></div>"
    )
