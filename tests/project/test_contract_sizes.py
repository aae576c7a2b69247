"""A contract is read in one sitting: files of under 250 lines, functions of at most 40."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sessionlab.core.contracts.artifacts import FOLDER

SOURCES = sorted(FOLDER.glob("*.vy"))
FILE, FUNCTION = 250, 40


def functions(source: str) -> dict[str, int]:
    """The lines of each function by name; its documentation does not count."""
    bare = re.sub(r'^    """.*?"""\n', "", source, flags=re.DOTALL | re.MULTILINE)
    found = re.findall(r"^def (\w+)(.*?)(?=^\S(?<!\))|\Z)", bare, flags=re.DOTALL | re.MULTILINE)
    return {name: f"def {name}{rest}".strip().count("\n") + 1 for name, rest in found}


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_contract_is_short(source: Path) -> None:
    text = source.read_text()
    assert text.count("\n") < FILE
    assert {name: lines for name, lines in functions(text).items() if lines > FUNCTION} == {}


def test_functions_are_counted() -> None:
    head = '@external\ndef long(\n    a: uint256,\n) -> uint256:\n    """\n    @notice N.\n    """\n'
    text = head + "    x: uint256 = 1\n" * 41 + "\n\n@external\ndef short():\n    pass\n"
    assert functions(text) == {"long": 44, "short": 2}
