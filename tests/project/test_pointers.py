"""A file that a docstring or a comment of the package names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .repository import ROOT

PACKAGE = ROOT / "sessionlab"
SOURCES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".vy", ".vyi"))
THERE = {path.name for path in ROOT.rglob("*") if path.suffix in (".py", ".vy", ".vyi") and ".venv" not in path.parts}


def pointed_at(text: str) -> set[str]:
    """The file names in a text."""
    return set(re.findall(r"(?<![\w.])\w+\.(?:py|vyi?)\b", text))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_file_that_is_named_is_there(source: Path) -> None:
    assert pointed_at(source.read_text(encoding="utf-8")) <= THERE


def test_the_search_finds_a_name_that_leads_nowhere() -> None:
    assert pointed_at("see ``nowhere.py``, and lost.vy") == {"nowhere.py", "lost.vy"}
