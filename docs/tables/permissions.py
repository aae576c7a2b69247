"""The permission types: fields, units, phases and codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sessionlab.core.permissions.limits import EXTENSIONS, limit_set_by
from sessionlab.core.permissions.types import PERMISSION_TYPES
from sessionlab.study.permission_help import PAGES

from .text import code, table

FORMS = {
    "amount": "whole number below 2^256; `sl.ether`, `sl.gwei` and `sl.units` make one. In JSON: a hex quantity",
    "address": "`0x` and 40 hex digits, with a right checksum or none; 20 bytes",
    "functions": 'list of signatures, `"increment()"`, or selectors, `"0xd09de08a"`. In JSON: selectors',
}


def page() -> str:
    """Return the types as Markdown."""
    return "\n".join(_lines())


def more(kind: Any) -> list[str]:
    """Return what ``help`` says of a permission type beyond its docstring, a paragraph for each part."""
    page = PAGES.get(kind, "") if isinstance(kind, type) else ""
    return re.sub(r"\n(?=(?:Unit|Accepts|Rules|``\w+``): )", "\n\n", page).strip().splitlines()


def _lines() -> Iterator[str]:
    rows = []
    for name, kind in PERMISSION_TYPES.items():
        limit = limit_set_by(name)
        extension = " (extension)" if name in EXTENSIONS else ""
        fields = ",<br>".join(f"`{field}`: {form}" for field, form in kind.fields().items()) or "none"
        counts = f"{limit.unit}, in {limit.phase};<br>{code(limit.error)}" if limit else "nothing"
        named = f"[`sl.{kind.__name__}`](#sessionlab.{kind.__name__})<br>{code(name)}{extension}"
        rows.append((named, fields, counts))
    yield from table(("class, and `type` in JSON", "fields", "counts; code when it is used up"), rows)
    yield from ("What each form takes:", "")
    yield from table(("form", "accepted"), FORMS.items())
