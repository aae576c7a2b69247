"""A broken rule, on its way from where it is found to ``decide``, which turns it into a decision."""

from __future__ import annotations


class Violation(Exception):
    """The rule that refuses an operation. ``decide`` raises and catches it; nobody else sees it."""

    def __init__(self, reason: str, call: int | None = None, asked: int | None = None, left: int | None = None) -> None:
        self.reason, self.call, self.asked, self.left = reason, call, asked, left
