"""Text that a contract chose: bounded, on one line, and without letters that a terminal would obey."""

from __future__ import annotations


def printable(text: str, most: int) -> str:
    """Return a text with escapes in place of letters that do not print, at most ``most`` characters of it."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text[: most + 1]
    )
    return shown if len(shown) <= most else shown[: most - 1] + "…"
