"""Versions for students and teachers come from one source, and submissions are judged anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sessionlab.cli import main
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.grading import grade
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.versions import GUIDE, build
from sessionlab.course.ways import PAGES

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_the_solution_version_holds_the_solutions(tmp_path: Path) -> None:
    files = build("solution", tmp_path)
    assert len(files) == len(numbers()) + len(PAGES)
    text = (tmp_path / lesson("03").notebook).read_text()
    assert "return sum(payments[:7])" in text


def test_the_student_version_is_what_is_committed(tmp_path: Path) -> None:
    build("student", tmp_path)
    assert not (tmp_path / GUIDE).exists()
    for number in numbers():
        name = lesson(number).notebook
        assert json.loads((tmp_path / name).read_text()) == json.loads((NOTEBOOKS / name).read_text())


def test_the_instructor_version_lists_wrong_answers_and_answers(tmp_path: Path) -> None:
    assert main(["course", "instructor", str(tmp_path)]) == 0
    text = (tmp_path / lesson("03").notebook).read_text()
    assert "Common wrong answers to 03.2" in text
    assert "the limit is per payment" in text
    assert "Questions of 03" in text
    assert (tmp_path / GUIDE).read_bytes() == (NOTEBOOKS / GUIDE).read_bytes()


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="student"):
        build("secret", tmp_path)


def test_what_is_there_is_neither_overwritten_nor_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    solved, elsewhere = tmp_path / "in" / lesson("03").notebook, tmp_path / "elsewhere"
    solved.parent.mkdir()
    solved.write_text("solved")
    for kind in ("student", "solution", "instructor"):
        assert main(["course", kind, str(solved.parent)]) == 2
    assert "Nothing was written" in capsys.readouterr().err
    assert [file.read_text() for file in solved.parent.iterdir()] == ["solved"]
    elsewhere.write_text("mine")
    solved.unlink()
    solved.symlink_to(elsewhere)
    assert main(["course", "student", str(solved.parent)]) == 2
    assert main(["course", "student", str(solved.parent), "--force"]) == 0
    assert not solved.is_symlink()
    assert elsewhere.read_text() == "mine"


def test_what_is_handed_out_is_never_a_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file.name: file.read_bytes() for file in NOTEBOOKS.glob("*.ipynb")}
    monkeypatch.chdir(NOTEBOOKS.parent)
    for target in ("notebooks", str(NOTEBOOKS)):
        for kind in ("solution", "executed"):
            assert main(["course", kind, target, "--force"]) == 2
    link = tmp_path / "link"
    link.symlink_to(NOTEBOOKS)
    with pytest.raises(InvalidInput, match="handed out"):
        build("solution", link, force=True)
    assert {file.name: file.read_bytes() for file in NOTEBOOKS.glob("*.ipynb")} == before


def test_grades_do_not_replace_a_file_unless_told_to(tmp_path: Path) -> None:
    (tmp_path / "in" / "ada").mkdir(parents=True)
    output, table, other = (tmp_path / name for name in ("grades.csv", "table.csv", "other"))
    output.write_text("mine")
    command = ["grade", str(tmp_path / "in"), "--expect", "00", "--output", str(output), "--table", str(table)]
    assert main([*command[:-1], str(output), "--force"]) == 2  # one file cannot be both
    assert output.read_text() == "mine"
    assert main(command) == 2
    assert output.read_text() == "mine"
    assert not table.exists()
    assert main([*command, "--force"]) == 0
    assert "not handed in" in output.read_text() and "ada" in table.read_text()
    other.write_text("mine")
    output.unlink()
    output.symlink_to(other)
    assert main([*command, "--force"]) == 0
    assert other.read_text() == "mine"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a directory"):
        grade(tmp_path / "nowhere")
    assert main(["grade", str(tmp_path / "nowhere"), "--output", str(tmp_path / "grades.csv")]) == 2
    assert not (tmp_path / "grades.csv").exists()
