"""Markdown of the tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence


def escaped(text: str) -> str:
    """Return text in which Markdown finds nothing to mark up. What stands in backticks stays code."""
    parts = re.split(r"(``.+?``|`[^`]+`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_`\[\]<>|{}$])", r"\\\1", part) for part in parts)


def capital(text: str) -> str:
    """Return the text as the beginning of a sentence. A name, such as gas-limit, stays as it is."""
    return text if "-" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def code(text: str) -> str:
    """Return text as code in a cell."""
    return f"`{text}`".replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table. Cells are Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(cells)} |" for cells in rows)
    yield ""
