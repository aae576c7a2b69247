"""HTML cards: a second view of what the objects say as text. Colours are the notebook's own, so both themes work.

Colour never stands alone: each state has a sign and a word. Whole addresses are in the titles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from sessionlab.amounts import format_ether, format_time, short_address

if TYPE_CHECKING:
    from sessionlab.client import SmartWalletClient
    from sessionlab.insight.denial import Denial
    from sessionlab.insight.ledger import Allowance, Allowances, History
    from sessionlab.insight.outcome import Outcome
    from sessionlab.lab import Lab

# Okabe-Ito: distinct for colour-blind readers, and dark enough on white, light enough on black.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
LINE = "var(--jp-border-color2, #8884)"
SOFT = "var(--jp-ui-font-color2, #777)"
CARD = (
    f"border:1px solid {LINE};border-radius:6px;padding:10px 14px;margin:4px 0;"
    "font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:14px;line-height:1.5;"
    "color:var(--jp-ui-font-color1, inherit)"
)
#: JupyterLab styles tables of its own accord; here is what it must leave alone.
TABLE = "border-collapse:collapse;table-layout:auto;width:100%;margin:0;font-size:inherit;color:inherit"
CELL = "padding:2px 14px 2px 0;text-align:left;vertical-align:top;background:none;border:none"

Row = tuple[str, str]
"""A label, and HTML."""


def outcome_card(outcome: Outcome) -> str:
    """An outcome: what happened, what it cost, and why not."""
    if outcome.receipt:
        cost = f"{outcome.gas:,} gas, {escape(format_ether(outcome.gas_cost))}"
    else:
        cost = "nothing: it was never sent"
    if outcome.denial is None:
        return card("✓ Done", GREEN, [("cost", cost)])
    return _denial(outcome.denial, [("cost", cost)])


def denial_card(denial: Denial) -> str:
    """A refusal: sentence, rule, what would help, and the raw reasons."""
    return _denial(denial, [])


def wallet_card(wallet: SmartWalletClient) -> str:
    """A wallet: address, owner, balance, and its sessions in a line each."""
    rows = [
        ("address", address_html(wallet.address)),
        ("owner", address_html(wallet.owner.address)),
        ("holds", escape(format_ether(wallet.balance))),
    ]
    sessions = wallet.sessions()
    for number, session in enumerate(sessions):
        what = ", ".join(permission.type for permission in session.permissions)
        state = "installed" if session.installed else "not on the chain"
        rows.append(("" if number else "sessions", f"{address_html(session.key.address)} {escape(what)} ({state})"))
    return card("Smart wallet", BLUE, rows if sessions else [*rows, ("sessions", "none yet")])


def lab_card(lab: Lab) -> str:
    """A lab: its rules, where the chain stands, and who is there."""
    rows = [
        ("rules", f"{lab.rules.title}, seed {lab.seed}"),
        ("chain", f"{lab.chain.chain_id}, block {lab.chain.height}, {format_time(lab.now)}"),
    ]
    there = {**lab.addresses, "recipient": lab.recipient, "merchant": lab.merchant}
    rows += [(f"lab.{name}", address_html(address)) for name, address in there.items()]
    return card("Lab", BLUE, rows)


def allowances_card(allowances: Allowances) -> str:
    """Allowances as bars with their amounts."""
    rows = [(item.permission, bar(item)) for item in allowances]
    return card("Allowances", BLUE, rows or [("", "nothing is counted for this session")])


def history_card(history: History) -> str:
    """A session's history as a table."""
    head = "".join(f"<th style='{CELL};color:{SOFT}'>{name}</th>" for name in ("time", "block", "what", ""))
    signs = {"consumed": "−", "refused": "✗", "revoked": "■", "installed": "●", "done": "✓"}
    lines = []
    for entry in history:
        block = "never sent" if entry.block is None else str(entry.block)
        cells = (
            format_time(entry.time),
            block,
            f"{signs.get(entry.what, '')} {entry.what}",
            escape(entry.shown),
        )
        lines.append("<tr style='background:none'>" + "".join(map(_cell, cells)) + "</tr>")
    table = f"<table style='{TABLE}'><tr style='background:none'>{head}</tr>{''.join(lines)}</table>"
    return frame("History", BLUE, table)


def _denial(denial: Denial, more: Sequence[Row]) -> str:
    rows = [
        ("why", escape(denial.sentence)),
        ("what helps", escape(denial.fix)),
        ("rule", escape(denial.rule)),
        *([("permission", f"<code>{escape(denial.permission)}</code>")] if denial.permission else []),
        *([("cause", _tree(str(denial.cause)))] if denial.cause else []),
        ("code", " ← ".join(f"<code>{escape(part)}</code>" for part in denial.path or (denial.code,))),
        *more,
    ]
    return card(f"✗ Refused in {denial.phase}", RED, rows)


def _tree(text: str) -> str:
    style = "margin:0;font-size:inherit;white-space:pre-wrap;background:none;color:inherit"
    return f"<pre style='{style}'>{escape(text)}</pre>"


def bar(allowance: Allowance) -> str:
    """An allowance as a bar with its amounts."""
    share = 100 * allowance.used / allowance.limit if allowance.limit else 0
    words = escape(allowance.sentence)
    return (
        f"<div role='img' aria-label='{words}' style='background:{LINE};height:10px;width:100%;min-width:16em;"
        f"border-radius:5px;margin:6px 0 2px'><div style='background:{BLUE};height:10px;border-radius:5px;"
        f"width:{share:.1f}%'></div></div>{words}"
    )


def _cell(html: str) -> str:
    wrap = "normal" if len(html) > 24 else "nowrap"
    return f"<td style='{CELL};white-space:{wrap}'>{html}</td>"


def address_html(address: str) -> str:
    """An address shortened, the whole in the title."""
    return f"<code title='{address}'>{short_address(address)}</code>"


def card(title: str, colour: str, rows: Iterable[Row]) -> str:
    """A card of rows: label and HTML."""
    lines = "".join(
        f"<tr style='background:none'><td style='{CELL};color:{SOFT};white-space:nowrap;width:1%'>{escape(label)}</td>"
        f"<td style='{CELL}'>{html}</td></tr>"
        for label, html in rows
    )
    return frame(title, colour, f"<table style='{TABLE}'>{lines}</table>")


def frame(title: str, colour: str, body: str, width: str = "52em") -> str:
    """A card with a title; ``body`` is HTML, ``width`` the most that it takes."""
    head = f"<div style='font-weight:600;margin-bottom:4px'>{escape(title)}</div>"
    return f"<div style='{CARD};max-width:{width};border-left:4px solid {colour}'>{head}{body}</div>"
