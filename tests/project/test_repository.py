"""What may not be in any file, and what keeps files readable."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from .repository import ROOT, files

if TYPE_CHECKING:
    from pathlib import Path

MAX_LINES = 400

#: Tests' data and compiler output, not for reading.
DATA = (".jsonl", ".json", ".svg", ".png")

#: Each written so that it does not match itself.
FORBIDDEN = {
    "a path of one machine": r"(?<![\w.])/(?:root|home|Users|work|opt|private/var)/[\w.]",
    "a temporary file": r"(?<![\w.])/(?:tmp|var/folders)/\w",
    "a Windows path": r"\b[A-Z]:\\Users",
    "a package registry": r"files\.python[h]osted|\bpypi\.[o]rg|registry\.[n]pmjs|--(extra-)?index-url",
    "an install of what is not published": r"pip3? install (?:[^\n`]*?[ '\"])?session[l]ab(?:\[[^\]\n]*\])?"
    r"(?![-\w.[]| *@)",
    "work left undone": r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b",
    "a merge that was not finished": r"^(?:<{7}|>{7}) ",
}


def texts() -> list[Path]:
    return [path for path in files() if not path.name.endswith((".png", ".lab"))]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = []
    for path in texts():
        for match in pattern.finditer(path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(ROOT)}: {match.group()}")
    assert found == []


def test_an_install_by_the_bare_name_is_found_and_no_other() -> None:
    """Until it is published, only a file, a checkout or git: whoever takes the name first would be installed."""
    pattern = re.compile(FORBIDDEN["an install of what is not published"])
    name = "session" + "lab"
    bad = ["%s", "'%s[server]'", "-U %s", "pytest %s", '"%s[a,b]"', "%s==0.2.0", "%s>=0.2", "--user %s\n"]
    good = ["%s-0.2.0-py3-none-any.whl", '"%s[server] @ git+https://github.com/O/R"', "-e .[dev]", "'%s @ file:///a'"]
    assert [text for text in bad if not pattern.search("pip install " + text.replace("%s", name))] == []
    assert [text for text in good if pattern.search("pip install " + text.replace("%s", name))] == []


def test_files_for_reading_are_not_too_long() -> None:
    """Vyper contracts cannot be cut where one likes: a contract's doors stand in one file."""
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in files()
        if path.suffix == ".py"
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_texts_end_with_one_line_feed() -> None:
    for path in texts():
        text = path.read_text(encoding="utf-8")
        if text and not path.name.endswith(DATA):
            assert text.endswith("\n"), path
            assert not text.endswith("\n\n"), path


def test_the_top_holds_what_the_design_names() -> None:
    folders = {"browser", "docs", "notebooks", "sessionlab", "tests", ".ci", ".github"}
    tools = {"pyproject.toml", "Makefile", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", ".gitignore"}
    plain = {"README.md", "environment.yml", "constraints.txt"}
    assert {path.relative_to(ROOT).parts[0] for path in files()} == folders | tools | plain


def test_no_file_is_large() -> None:
    large = {path.relative_to(ROOT).as_posix(): path.stat().st_size for path in files() if path.stat().st_size > 2**20}
    assert {name: size for name, size in large.items() if not name.startswith("tests/vectors/")} == {}


def test_what_is_made_is_ignored() -> None:
    made = [
        ".venv/x",
        "build/x",
        "dist/x",
        "site/x",
        "a.egg-info/x",
        "sessionlab/__pycache__/x",
        ".coverage",
        "node_modules/x",
    ]
    made += [
        "notebooks/.ipynb_checkpoints/x",
        ".pytest_cache/x",
        ".mypy_cache/x",
        ".ruff_cache/x",
        ".hypothesis/x",
    ]
    ignored = subprocess.run(["git", "check-ignore", *made], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ignored.stdout.split() == made
