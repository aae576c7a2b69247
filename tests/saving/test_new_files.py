"""Files are written whole, where nothing is; links are not followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.new_files import check_free, new_folder, write_new


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_new_file_is_written_with_the_rights_of_one(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    assert write_new(tmp_path / "a", "text").read_text() == "text"
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert names(tmp_path) == ["a", "plain"]


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    with pytest.raises(InvalidInput, match="exists"):
        write_new(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "mine"
    write_new(tmp_path / "a", "new", force=True)
    assert (tmp_path / "a").read_text() == "new"


def test_what_appears_between_the_check_and_the_writing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*given: object, **named: object) -> None:
        (tmp_path / "a").write_text("somebody's")
        real(*given, **named)  # type: ignore[arg-type]

    real = os.link
    monkeypatch.setattr(os, "link", link)
    with pytest.raises(InvalidInput, match="exists"):
        write_new(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "somebody's"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_a_link_is_refused_and_with_force_replaced(target: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "a").symlink_to(tmp_path / target)
    with pytest.raises(InvalidInput, match="a link"):
        write_new(tmp_path / "a", "new")
    write_new(tmp_path / "a", "new", force=True)
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_leads_out_is_refused_with_force_too(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "sub").symlink_to(outside)
    for force in (False, True):
        with pytest.raises(InvalidInput, match="leads out of"):
            write_new(inside / "sub" / "a", "new", within=inside, force=force)
    with pytest.raises(InvalidInput, match="leads out of"):
        new_folder(inside / "sub" / "deeper", within=inside)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("force", [False, True])
def test_folders_are_not_replaced(force: bool, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is a folder"):
        check_free([tmp_path / "free", tmp_path], force=force)


def test_an_error_of_the_system_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_new(tmp_path / "nowhere" / "a", "new")
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInput):
        new_folder(tmp_path / "file")
    assert names(tmp_path) == ["file"]
