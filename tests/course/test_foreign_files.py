"""Files that somebody else wrote: read as far as they are what they should be, and never for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.course.grading.submissions import submissions
from sessionlab.course.store import EMPTY, read
from sessionlab.study import json_files
from sessionlab.study.replay.vectors import read_vectors

DEEP = "[" * 200_000
FILES: dict[str, Callable[[Path], Any]] = {
    "deep": lambda path: path.write_text(DEEP),
    "deep and whole": lambda path: path.write_text(DEEP + "]" * len(DEEP)),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "not a regular file": lambda path: os.mkfifo(path),
    "large": lambda path: (path.touch(), os.truncate(path, json_files.MOST + 1)),
}


@pytest.mark.parametrize("name", FILES)
def test_a_notebook(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.ipynb"
    FILES[name](file)
    assert submissions(tmp_path)["a"][""].fault == "This is not a readable notebook."


@pytest.mark.parametrize("name", FILES)
def test_vectors(name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    FILES[name](file)
    with pytest.raises(sl.InvalidInput):
        read_vectors(file)


@pytest.mark.parametrize("name", FILES)
def test_progress(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    FILES[name](file)
    assert read() == EMPTY


def test_a_file_of_the_largest_size_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_files, "MOST", 10)
    (tmp_path / "a").write_text("1" * 10)
    assert json_files.read_text(tmp_path / "a") == "1" * 10
    (tmp_path / "a").write_text("1" * 11)
    with pytest.raises(ValueError, match="11 bytes, and up to 10"):
        json_files.read_text(tmp_path / "a")
