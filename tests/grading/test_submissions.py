"""What was handed in: every exercise has a row, whatever became of its notebook, its tag or its cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from sessionlab import course
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.grading import expected
from sessionlab.course.grading.grades import SIGNS, STATUSES, Grade, safe_cell, table_text, write_table
from sessionlab.course.lesson import exercise, lesson, numbers
from sessionlab.course.versions import build
from tests.grading.made import code, hand_in, solution, write

CAP = "03_native_token_transfer.ipynb"


def rows(folder: Path, expect: str = "03", **options: object) -> list[tuple[str, str, str]]:
    found = course.grade(folder, expect=expect, jobs=1, **options)  # type: ignore[arg-type]
    return [(item.student, item.exercise, item.status) for item in found]


def test_untouched_notebooks_are_not_answered_in_every_exercise(tmp_path: Path) -> None:
    build("student", tmp_path / "ada")
    found = list(course.grade(tmp_path))
    every = [item.id for number in numbers() for item in lesson(number).exercises]
    assert [(item.student, item.exercise, item.status, item.misconception) for item in found] == [
        ("ada", id, "not answered", "") for id in every
    ]


def test_missing_lessons_and_students_have_rows(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", _00_2=exercise("00.2").stub)
    (tmp_path / "bob").mkdir()
    assert rows(tmp_path, "00,03", students=("cyd",)) == [
        ("ada", "00.2", "not answered"),
        ("ada", "03.2", "not handed in"),
        ("bob", "00.2", "not handed in"),
        ("bob", "03.2", "not handed in"),
        ("cyd", "00.2", "not handed in"),
        ("cyd", "03.2", "not handed in"),
    ]


WHOLE = "def whole(amount, decimals):\n    return sl.units(amount, decimals)\n"
#: A student for each way to write the answer of exercise 03.2: the cells of the notebook, and its status.
WAYS: dict[str, tuple[list[dict[str, object]], str]] = {
    "no-cell": ([code("import helper")], "not answered"),
    "lost-tag": ([code(solution("03.2"))], "right"),
    "other-cell": ([code(exercise("03.2").stub, "exercise-03.2"), code(solution("03.2"))], "right"),
    "helper": ([code("N = 7"), code("def my_cap(payments):\n    return sum(payments[:N])", "exercise-03.2")], "right"),
    "helper-below": (
        [code("def my_cap(payments):\n    return first(payments)", "exercise-03.2"),
         code("import random\ndef first(payments):\n    return sum(payments[:7])")],
        "right",
    ),
    "broken-cells": (
        [code("1 / 0"), code("while True: pass"), code("%matplotlib inline\nN = 7\n!ls"),
         code("def my_cap(payments):\n    return sum(payments[:N])", "exercise-03.2")],
        "right",
    ),
    "older-stub": (
        [code('def my_cap(payments):\n    """As an older version said."""\n    return ...', "exercise-03.2"),
         code(solution("03.2"))],
        "right",
    ),
    "dots": ([code("def my_cap(payments):\n    return ...", "exercise-03.2")], "not answered"),
    "syntax": ([code("def my_cap(payments): 7 +", "exercise-03.2")], "error"),
    "name": ([code("def my_cap(payments):\n    return nowhere", "exercise-03.2")], "error"),
}  # fmt: skip


@pytest.fixture(scope="module")
def of_the_class(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Grade]:
    """The grades of one class, by student and exercise."""
    folder = tmp_path_factory.mktemp("class")
    for student, (cells, _) in WAYS.items():
        write(folder / student / CAP, cells)
    hand_in(folder, "another-kind", _03_2="def my_cap(payments):\n    return [1]")
    first = WHOLE + solution("04.3").replace("sl.units(amount, decimals)", "whole(amount, decimals)")
    second = "def my_budget(steps):\n    whole('1', 6)\n" + "\n".join(solution("04.4").splitlines()[1:])
    hand_in(folder, "other-exercise", _04_3=first, _04_4=second)
    by_chance = "def my_cap(payments):\n    random.seed(1)\n    return sum(payments[:7])"  # the first cell imports it
    hand_in(folder, "by-chance", _03_2=by_chance)
    return {(one.student, one.exercise): one for one in course.grade(folder, expect="03,04", jobs=1, seconds=6)}


@pytest.mark.parametrize("student", WAYS)
def test_the_cell_of_an_exercise_is_found_and_helpers_run_first(
    student: str, of_the_class: dict[tuple[str, str], Grade]
) -> None:
    assert of_the_class[student, "03.2"].status == WAYS[student][1]


def test_an_answer_of_another_kind_is_told_as_the_check_tells_it(of_the_class: dict[tuple[str, str], Grade]) -> None:
    says = of_the_class["another-kind", "03.2"].says
    assert says.startswith("Almost: what my_cap returns is a list of 1. Return a number of wei")


def test_a_helper_in_the_cell_of_another_exercise_counts(of_the_class: dict[tuple[str, str], Grade]) -> None:
    assert [of_the_class["other-exercise", id].status for id in ("04.3", "04.4")] == ["right"] * 2


def test_what_the_lesson_itself_defines_counts_too(of_the_class: dict[tuple[str, str], Grade]) -> None:
    assert of_the_class["by-chance", "03.2"].status == "right"


def test_two_notebooks_of_a_lesson_are_told_unless_one_has_its_name(tmp_path: Path) -> None:
    cells = [code(solution("03.2"), "exercise-03.2")]
    for name in ("03_a.ipynb", "03_b.ipynb"):
        write(tmp_path / "ada" / name, cells)
        write(tmp_path / "bob" / name, cells)
    write(tmp_path / "bob" / CAP, [code("my_cap = 5", "exercise-03.2")])
    (ada, bob) = course.grade(tmp_path, expect="03")
    assert (ada.status, ada.says) == ("error", "Handed in twice, as 03_a.ipynb and 03_b.ipynb: keep one of them.")
    assert (bob.status, bob.notebook) == ("wrong", CAP)


def test_checkpoints_and_links_are_no_submissions(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", _03_2=exercise("03.2").stub)
    write(tmp_path / "ada" / ".ipynb_checkpoints" / CAP, [code(solution("03.2"), "exercise-03.2")])
    hand_in(tmp_path / "other", "eve", _03_2=solution("03.2"))
    (tmp_path / "mal").mkdir()
    (tmp_path / "mal" / CAP).symlink_to(tmp_path / "other" / "eve" / CAP)
    (tmp_path / "other").rename(tmp_path / ".other")
    assert rows(tmp_path) == [("ada", "03.2", "not answered"), ("mal", "03.2", "not handed in")]


@pytest.mark.parametrize(
    ("place", "student"),
    [("ada/03_x.ipynb", "ada"), ("ada/week/03_x.ipynb", "ada"), ("ada.ipynb", "ada"), ("03_x.ipynb", "class")],
)
def test_whose_a_notebook_is(place: str, student: str, tmp_path: Path) -> None:
    write(tmp_path / "class" / place, [code(exercise("03.2").stub, "exercise-03.2")])
    assert rows(tmp_path / "class") == [(student, "03.2", "not answered")]


def test_expected_lessons_are_numbers_or_a_path() -> None:
    assert expected("03, 00") == ("00", "03")
    assert expected("onboarding") == ("00", "03", "05", "10", "11")
    assert expected(None) == numbers()
    with pytest.raises(InvalidInput, match="no lesson '77'"):
        expected("77")


def test_the_table_has_students_exercises_and_totals() -> None:
    status = {("ada", "00.2"): "right", ("ada", "03.2"): "right", ("bob", "00.2"): "wrong", ("bob", "03.2"): "error"}
    grades = [Grade(who, "", id, said) for (who, id), said in status.items()]
    file = io.StringIO()
    write_table(grades, file)
    assert list(csv.reader(io.StringIO(file.getvalue()))) == [
        ["student", "00.2", "03.2", "right"],
        ["ada", "right", "right", "2"],
        ["bob", "wrong", "error", "0"],
        ["right", "1", "1", "2"],
    ]
    assert table_text(grades).splitlines()[1].split() == ["ada", "✓", "✓", "2"]
    assert set(SIGNS) == set(STATUSES)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", " '=1"), ("\r=1", "\\r=1"),
        ("＝1", "'＝1"), ("a;=1", "a;'=1"), ('a",=1', "a\",'=1"), ("a\n=1", "a =1"), ("1 - 2 = x", "1 - 2 = x"),
        ("a = b", "a = b"), ("\ud800=", "\\ud800="),
    ],
)  # fmt: skip
def test_a_cell_is_one_line_and_no_formula(text: str, cell: str) -> None:
    assert safe_cell(text) == cell
