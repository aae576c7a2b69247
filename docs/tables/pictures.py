"""The names that ``session.plot`` takes."""

from __future__ import annotations

from collections.abc import Iterator

import sessionlab as sl

from .text import code, escaped, table

#: What the pictures show that are made of others.
MADE = {
    "reach": "Which functions of which target the session reaches, and by which permission.",
    "wei": "What each operation cost: value and gas, in wei.",
    "life": "When the key was granted, first used, revoked or expired, with its operations.",
}


def page() -> str:
    """Return the names as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    rows = []
    for name, make in sl.pictures.SESSION_PICTURES.items():
        public = make.__name__ in sl.pictures.__all__
        text = " ".join((make.__doc__ or "").partition("\n\n")[0].split()) if public else MADE[name]
        by = f"[`sl.pictures.{make.__name__}`](#sessionlab.pictures.{make.__name__})" if public else ""
        rows.append((code(name), escaped(text), by))
    yield from table(("name", "shows", "function"), rows)
