"""What a drawn burn-down shows, read from its SVG."""

from __future__ import annotations

import re


def heights(drawn: str) -> list[float]:
    """How high its line is at first, and after each step: from the area below it, which ends at the base line."""
    (way,) = re.findall(r'<path d="(M0 [^"]*)H0Z" style="fill:', drawn)
    *levels, base = (float(y) for y in re.findall(r"(?:M0 |V)([\d.]+)", way))
    return [base - level for level in levels]
