"""An explanation as an HTML card: the refusal, the table of calls and permissions, and the remedies."""

from __future__ import annotations

from html import escape

from sessionlab.core.base.html import CELL, GREEN, LINE, RED, SOFT, frame, legible
from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions.limits import LIMITS, kind_of_error
from sessionlab.study.explain.explanation import SHOWN, Explanation
from sessionlab.study.explain.permission_answers import ALLOWED, REFUSED, PermissionAnswer

COLOURS = {ALLOWED: legible(GREEN), REFUSED: legible(RED)}


def explanation_card(explanation: Explanation) -> str:
    """Render a refusal or a pass in full."""
    denial = explanation.denial
    if denial is None:
        return frame("✓ Would pass", GREEN, _table(explanation) + _notes(explanation))
    title = f"✗ Refused in {denial.phase}: {denial.shown_code}"
    why = f"<p style='margin:0 0 6px'>{escape(denial.sentence)}</p>"
    pays = f"<p style='margin:6px 0;color:{SOFT}'>{escape(explanation.pays)}</p>"
    return frame(title, RED, why + _table(explanation) + pays + _helps(explanation) + _notes(explanation))


def _table(explanation: Explanation) -> str:
    if not explanation.verdicts:
        return ""
    head = "".join(
        f"<th style='{CELL};color:{SOFT};font-weight:normal'>{t}</th>" for t in ("permission", "says", "why")
    )
    lines = explanation.folded_verdicts(
        lambda call: _heading(explanation, call),
        lambda verdict: _line(explanation, verdict),
        lambda words: f"<tr style='background:none'><td colspan='3' style='{CELL};color:{SOFT}'>{words}</td></tr>",
    )
    return f"<table style='border-collapse:collapse;width:100%'><tr>{head}</tr>{''.join(lines)}</table>"


def _heading(explanation: Explanation, call: int | None) -> str:
    what = explanation.heading(call)
    denial = explanation.denial
    marked = denial is not None and denial.call == call and (call is not None or _is_of_operation(denial))
    sign = f"<span style='color:{legible(RED)}'>✗ refused here</span> " if marked else ""
    style = f"{CELL};padding-top:8px;font-weight:600;border-top:1px solid {LINE}"
    return f"<tr style='background:none'><td colspan='3' style='{style}'>{sign}{escape(what)}</td></tr>"


def _is_of_operation(denial: Denial) -> bool:
    """Whether a limit on the operation as a whole refuses it."""
    kind = kind_of_error(denial.code, denial.phase)
    return kind is not None and LIMITS[kind].of_operation is not None


def _line(explanation: Explanation, verdict: PermissionAnswer) -> str:
    context = explanation.context
    assert context is not None  # there are verdicts, so there is a context
    what = escape(context.names.permission(context.permissions[verdict.permission]))
    kind = escape(context.permissions[verdict.permission].type)
    colour = COLOURS.get(verdict.answer, SOFT)
    says = f"<span style='color:{colour}'>{SHOWN[verdict.answer]}</span>"
    title = f" title='{escape(verdict.target, quote=True)}'" if verdict.target else ""
    cells = (
        f"<td style='{CELL}'><code>{kind}</code> {what}</td>",
        f"<td style='{CELL};white-space:nowrap'>{says}</td>",
        f"<td style='{CELL}'{title}>{escape(verdict.why)}</td>",
    )
    return f"<tr style='background:none'>{''.join(cells)}</tr>"


def _notes(explanation: Explanation) -> str:
    return "".join(f"<p style='margin:6px 0'>{escape(note)}</p>" for note in explanation.notes)


def _helps(explanation: Explanation) -> str:
    if not explanation.remedies:
        if explanation.context is None or explanation.denial is None:
            fix = explanation.denial.fix if explanation.denial else ""
            return f"<p style='margin:6px 0'>{escape(fix)}</p>"
        first, then = map(escape, explanation.no_way())
        return f"<p style='margin:6px 0'><b>{first}</b> {then}</p>"
    ways = "".join(
        f"<li>{escape(str(remedy))} <span style='color:{SOFT}'>"
        f"{'(tried out: it passes)' if remedy.verified else '(by the rules; not tried out)'}</span></li>"
        for remedy in explanation.remedies
    )
    head = "<div style='font-weight:600;margin-top:6px'>What would let it pass</div>"
    return f"{head}<ol style='margin:2px 0'>{ways}</ol>"
