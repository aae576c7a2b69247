"""The small library stays small: the core, and the path through it that CONTRIBUTING shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .repository import ROOT

CORE = ROOT / "sessionlab" / "core"


def reading_order() -> Iterator[Path]:
    """The files that are named there; of a folder, all of it; a bare name stands beside the one before it."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = text.partition("\n## A reading order\n")[2].partition("\n## ")[0]
    folder = ROOT / "sessionlab"
    for name in re.findall(r"`([\w/]+(?:\.vy|\.py|/))`", listed.partition("1. ")[2]):
        path = ROOT / "sessionlab" / name if name.startswith("core/") else folder / name
        folder = path.parent
        yield from sorted(path.glob("*.py")) if name.endswith("/") else [path]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_core_is_small() -> None:
    assert sum(map(lines, CORE.rglob("*.py"))) <= 13_450


def test_what_must_be_read_is_there_and_short() -> None:
    files = list(reading_order())
    assert len(files) > 20 and len(set(files)) == len(files)
    assert sum(map(lines, files)) <= 6_000
    assert all(path.is_relative_to(CORE) for path in files)
