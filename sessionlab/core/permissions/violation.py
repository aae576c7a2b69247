"""The exception for a broken rule, which ``decide`` turns into a decision."""

from __future__ import annotations


class Violation(Exception):
    """The rule that refuses an operation. Raised and caught inside ``decide``; it never escapes."""

    def __init__(self, reason: str, call: int | None = None, asked: int | None = None, left: int | None = None) -> None:
        self.reason, self.call, self.asked, self.left = reason, call, asked, left
