"""A learner's copy of the notebooks: made once, never overwritten; new versions come beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.core.base.errors import InvalidInput
from sessionlab.course import notebook_folder
from sessionlab.course.notebook_folder import COPY, START, handed_out, my_copy

CHECKOUT = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebooks of an installed package, two of them, and a current folder beside it."""
    folder = tmp_path / "site" / "sessionlab" / "notebooks"
    (folder / "images").mkdir(parents=True)
    (folder / START).write_text("start")
    (folder / "01_a.ipynb").write_text("first")
    (folder / "images" / "a.svg").write_text("picture")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / START).write_text("left by Jupyter")
    monkeypatch.setattr(notebook_folder, "__file__", str(folder.parent / "course" / "notebook_folder.py"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return folder


def test_a_checkout_is_copied_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert handed_out() == CHECKOUT
    copy = my_copy()
    assert copy.made and copy.folder.resolve() == (tmp_path / COPY).resolve()
    assert (copy.folder / START).read_bytes() == (CHECKOUT / START).read_bytes()


def test_a_copy_is_made_once_and_kept_as_it_is(package: Path) -> None:
    assert my_copy().made
    assert sorted(str(file.relative_to(COPY)) for file in COPY.rglob("*") if file.is_file()) == [
        ".handed-out.json", START, "01_a.ipynb", "images/a.svg"]  # fmt: skip
    (COPY / START).write_text("mine")
    again = my_copy()
    assert (again.made, again.added, again.newer) == (False, [], [])
    assert (COPY / START).read_text() == "mine"


def test_new_versions_are_told_and_come_beside_the_learners_only_when_asked(package: Path) -> None:
    my_copy()
    (COPY / START).write_text("mine")
    (package / START).write_text("start, second edition")
    (package / "02_b.ipynb").write_text("second")
    told = my_copy()
    assert (told.added, told.newer) == (["02_b.ipynb"], [START])
    assert not (COPY / "02_b.ipynb").exists()
    brought = my_copy(bring=True)
    assert (brought.added, brought.newer) == (told.added, told.newer)
    assert (COPY / START).read_text() == "mine"
    assert (COPY / "00_start_here.new.ipynb").read_text() == "start, second edition"
    assert (COPY / "02_b.ipynb").read_text() == "second"
    assert my_copy().newer == []
    (package / START).write_text("third edition")
    my_copy(bring=True)
    assert (COPY / "00_start_here.new.ipynb").read_text() == "start, second edition"
    assert (COPY / "00_start_here.new2.ipynb").read_text() == "third edition"


def test_a_link_in_the_copy_is_neither_followed_nor_replaced(package: Path, tmp_path: Path) -> None:
    my_copy()
    outside = tmp_path / "outside"
    outside.mkdir()
    (COPY / "images" / "a.svg").unlink()
    (COPY / "images").rmdir()
    (COPY / "images").symlink_to(outside)
    with pytest.raises(InvalidInput, match="leads out of"):
        my_copy(bring=True)
    assert list(outside.iterdir()) == []


def test_a_copy_that_has_no_record_or_a_damaged_one_is_left_alone(package: Path) -> None:
    my_copy()
    (COPY / ".handed-out.json").write_text("[" * 1_000)
    (package / START).write_text("second edition")
    assert my_copy(bring=True).newer == []
    assert (COPY / START).read_text() == "start"
