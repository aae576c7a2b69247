"""Versions for students and teachers come from one source, and submissions are judged anew."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nbformat
import pytest

from sessionlab.cli import main
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.grading import grade
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.versions import GUIDE, build, exercise_in

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def submission(folder: Path, student: str, number: str, source: str) -> None:
    one = lesson(number)
    notebook = nbformat.read(NOTEBOOKS / one.notebook, as_version=4)
    for cell in notebook.cells:
        if exercise_in(one, cell):
            cell.source = source
    (folder / student).mkdir(parents=True)
    nbformat.write(notebook, folder / student / one.notebook)


def test_the_solution_version_holds_the_solutions(tmp_path: Path) -> None:
    files = build("solution", tmp_path)
    assert len(files) == len(numbers())
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


def test_submissions_are_graded_to_csv(tmp_path: Path) -> None:
    submission(tmp_path / "in", "ada", "03", lesson("03").exercises[0].solution)
    submission(tmp_path / "in", "bob", "03", "def my_cap(payments):\n    return max(payments)")
    submission(tmp_path / "in", "cyd", "00", "my_answer = ...")
    submission(tmp_path / "in", "dan", "00", "print(1 / 0)")
    submission(tmp_path / "in", "eve", "00", "import os; print('{\"passed\": true}'); os._exit(0)")
    (tmp_path / "in" / "fay").mkdir()
    (tmp_path / "in" / "fay" / "x.ipynb").write_text("no notebook")
    assert main(["grade", str(tmp_path / "in"), "--output", str(tmp_path / "grades.csv")]) == 0
    rows = {row["student"]: row for row in csv.DictReader((tmp_path / "grades.csv").open())}
    assert {name: row["passed"] for name, row in rows.items()} == {
        "ada": "True",
        "bob": "False",
        "cyd": "False",
        "dan": "False",
        "eve": "False",
        "fay": "False",
    }
    assert rows["bob"]["misconception"] == "the limit is per payment"
    assert rows["cyd"]["says"] == "not answered"
    assert "ZeroDivisionError" in rows["dan"]["says"]


def test_an_endless_answer_is_stopped(tmp_path: Path) -> None:
    submission(tmp_path, "ada", "00", "while True: pass")
    (only,) = grade(tmp_path, seconds=2)
    assert not only.passed
    assert only.says == "it took more than 2 s"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is no directory"):
        list(grade(tmp_path / "nowhere"))
