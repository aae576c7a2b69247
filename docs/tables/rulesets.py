"""The nine flags in which the rulesets differ, and the extensions."""

from __future__ import annotations

from collections.abc import Iterator

import sessionlab as sl
from sessionlab.core.permissions.limits import EXTENSIONS, LIMITS

from .text import code, escaped, table


def page() -> str:
    """Return the flags as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for flag in sl.FLAGS:
        yield from (f"## {flag.number}: {flag.name}", "")
        yield from (f":documented: {escaped(flag.documented)}", f":deployed: {escaped(flag.deployed)}")
        yield from (f":why the documented reading: {escaped(flag.why)}", "")
    yield from ("## Extensions", "")
    yield from ("Permission types that production does not have. A lab knows those it was made with.", "")
    yield from table(("name", "rule"), ((code(n), escaped(LIMITS[kind].rule)) for n, kind in EXTENSIONS.items()))
