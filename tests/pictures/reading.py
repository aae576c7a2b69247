"""Reading the HTML of a picture: its text, its labels, and whether every element is closed in order."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sessionlab.core.base.html import RED

VOID = {"img", "br", "wbr"}


class Checker(HTMLParser):
    """Every element is closed, in order; text and attributes are collected."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text, self.labels = "", []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.labels += [value or "" for name, value in attrs if name in ("aria-label", "alt", "title")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Checker:
    checker = Checker()
    checker.feed(html)
    assert checker.open == []
    return checker


def shares(drawn: str) -> list[float]:
    """The levels of the one line of a burn-down, each as a share of the first."""
    (filled,) = re.findall(r'<path d="(M0 [^"]*Z)"', drawn)
    whole, *levels, base = [float(y) for y in re.findall(r"(?:M0 |V)([\d.]+)", filled)]
    assert base > whole, "an allowance has a height"
    return [(base - level) / (base - whole) for level in (whole, *levels)]


def refusals(drawn: str) -> list[float]:
    """Where the red bars of a burn-down are, across it."""
    return [float(x) + 2 for x in re.findall(rf'<rect x="([^"]*)" y="[^"]*" width="4.0"[^>]*fill:{RED}', drawn)]
