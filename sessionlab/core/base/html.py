"""HTML building blocks for cards. Text uses the notebook's own colors, so light and dark themes both work.

Color is never the only signal: each state also has a sign and a word. Titles hold the full addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from sessionlab.core.base.amounts import short_address

# From the Okabe-Ito palette: distinct for color-blind readers and readable on both white and black.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
LINE = "var(--jp-border-color2, #8884)"
SOFT = "var(--jp-ui-font-color2, #777)"
INK = "var(--jp-ui-font-color1, #767676)"
CARD = (
    f"border:1px solid {LINE};border-radius:6px;padding:10px 14px;margin:4px 0;"
    "font-family:var(--jp-ui-font-family, system-ui, sans-serif);font-size:14px;line-height:1.5;"
    "color:var(--jp-ui-font-color1, inherit)"
)
#: The width of every card, if the page has room for it.
WIDTH = "60em"
#: A card whose inside is narrower than this shows the narrow form of a picture.
FORMS = (
    "@container(max-width:620px){.sessionlab-wide{display:none}}"
    "@container(min-width:620.01px){.sessionlab-narrow{display:none}}"
)
#: Between a label and what it names, and the least width for that next to its label.
GAP, ROOM = "14px", "13em"
#: Overrides JupyterLab's default table styles.
TABLE = "border-collapse:collapse;table-layout:auto;width:100%;margin:0;font-size:inherit;color:inherit"
CELL = "padding:2px 14px 2px 0;text-align:left;vertical-align:top;background:none;border:none"

Row = tuple[str, str]
"""A label and its HTML."""


def legible(colour: str) -> str:
    """Return a colour for text: mixed with the theme's ink until it can be read on light and on dark."""
    return f"color-mix(in srgb, {colour} 55%, {INK})"


def preformatted(text: str, *, wrap: bool = True) -> str:
    """Return escaped text that keeps its line breaks and spaces. Without ``wrap``, long lines stay whole."""
    space = "pre-wrap" if wrap else "pre"
    style = f"margin:0;font-size:inherit;white-space:{space};background:none;color:inherit;word-break:normal"
    return f"<pre style='{style}'>{escape(text)}</pre>"


def cell(html: str) -> str:
    """Return a table cell. Short cells do not wrap."""
    wrap = "normal" if len(html) > 24 else "nowrap"
    return f"<td style='{CELL};white-space:{wrap}'>{html}</td>"


def address_html(address: str) -> str:
    """Return a shortened address with the full address in the title."""
    return f"<code title='{address}'>{short_address(address)}</code>"


def card(title: str, colour: str, rows: Iterable[Row]) -> str:
    """Return a card made of rows, each a label and HTML: side by side, or one above the other for want of room."""
    shown = list(rows)
    wide = 0.6 * max((len(label) for label, _ in shown), default=0)
    lines = "".join(
        f"<div style='display:flex;flex-wrap:wrap;column-gap:{GAP};padding:2px 0'>"
        f"<div style='flex:0 0 {wide:.1f}em;color:{SOFT};white-space:nowrap'>{escape(label)}</div>"
        f"<div style='flex:1 1 {ROOM};min-width:0;overflow-wrap:anywhere'>{html}</div></div>"
        for label, html in shown
    )
    return frame(title, colour, lines)


def fitting(wide: str, narrow: str) -> str:
    """Return HTML that shows the one of two forms that has room."""
    return (
        f"<div style='container-type:inline-size'><style>{FORMS}</style>"
        f"<div class='sessionlab-wide'>{wide}</div><div class='sessionlab-narrow'>{narrow}</div></div>"
    )


def frame(title: str, colour: str, body: str) -> str:
    """Return a card with a title. ``body`` is HTML."""
    head = f"<div style='font-weight:600;margin-bottom:4px'>{escape(title)}</div>"
    return f"<div style='{CARD};max-width:{WIDTH};border-left:4px solid {colour}'>{head}{body}</div>"
