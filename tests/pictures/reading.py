"""Reading the HTML of a picture: its text, its labels, and whether every element is closed in order."""

from __future__ import annotations

from html.parser import HTMLParser

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
