"""Wrong, half, empty and odd answers over all lessons: each gets the right kind of reply, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab import course
from sessionlab.course import store
from sessionlab.course.lesson import Exercise, lesson, numbers

EXERCISES = [exercise for number in numbers() for exercise in lesson(number).exercises]


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


def bound(wanted: Exercise, source: str) -> Any:
    names: dict[str, Any] = {"sl": sl}
    exec(source, names)
    return names[wanted.name]


def cases(wanted: Exercise) -> Iterator[tuple[str, str]]:
    """Sources of answers, each with the words that its reply begins with."""
    name = wanted.name
    yield f"{name} = None", f"Almost: {name} is nothing (None). Give "
    yield f"{name} = '3'", f"Almost: {name} is the text '3'. Give "
    yield f"{name} = [[]]", f"Almost: {name} is a list of 1. Give "
    if not wanted.stub.startswith("def "):
        yield f"{name} = print", f"Almost: {name} is the function print, not what it returns. Give "
        yield f"{name} = True", f"Almost: {name} is True. Give "
        return
    head = next(line for line in wanted.stub.splitlines() if line.startswith("def "))
    acts = "return" not in wanted.stub
    yield f"{name} = {{}}", f"Almost: {name} is a dict of 0. Give a function of "
    yield f"{name} = 4", f"Almost: {name} is the number 4. Give a function of "
    yield f"def {name}(): return 4", "Almost: your function takes other arguments. Give a function of "
    yield f"{head}\n    return 1 // 0", "Your answer ended with ZeroDivisionError: "
    if acts:
        return
    yield f"{head}\n    {head.partition('(')[2].rstrip('):').split(',')[0]}", f"Almost there: {name} returned nothing"
    yield f"{head}\n    return (1, ...)", "Not answered yet: replace the dots in line 2"
    yield f"{head}\n    return b''", f"Almost: what {name} returns (line 2) is of type bytes. Return "
    yield f"{head}\n\n    return {{1}}", f"Almost: what {name} returns (line 3) is a set of 1. Return "


EACH = [
    pytest.param(one, source, begins, id=f"{one.id} {source}") for one in EXERCISES for source, begins in cases(one)
]


def test_there_are_enough_of_them_in_every_lesson() -> None:
    assert len(EACH) >= 60
    assert all(len(list(cases(wanted))) >= 5 for wanted in EXERCISES)


@pytest.mark.parametrize(("wanted", "source", "begins"), EACH)
def test_an_odd_answer_gets_one_kind_sentence(wanted: Exercise, source: str, begins: str) -> None:
    note = course.check(wanted.id, bound(wanted, source))
    assert not note.ok
    assert note.says.startswith(begins), note.says
    assert "what it shows" not in dict(note.rows)  # it is no misconception
    assert "Traceback" not in repr(note)
    assert wanted.id not in store.read()["passed"]


@pytest.mark.parametrize("wanted", EXERCISES, ids=lambda wanted: wanted.id)
def test_an_answer_that_is_not_there_is_no_attempt(wanted: Exercise) -> None:
    assert course.check(wanted.id, bound(wanted, wanted.stub)).says.startswith("Not answered yet: ")
    assert store.read()["tries"] == {}


@pytest.mark.parametrize(
    ("id", "answer", "says"),
    [
        ("00.2", (4,), "Almost: my_answer is a tuple of 1. Give 2 values in brackets, such as (3, 0.1)."),
        ("00.2", ("4", 0.2), "Almost: value 1 of my_answer is the text '4'. Give a number of payments, without quotes"),
        ("00.2", [4, 0.2], "4 pass, and 0.2 ETH is left"),
        ("13.2", ("passes",) * 4, "Almost: my_answer is a tuple of 4. Give 5 values in brackets"),
        (
            "13.2",
            ("passes", "no", "no", "no", "no"),
            "Almost: value 2 of my_answer is the text 'no'. Give one of these",
        ),
        ("02.3", {"A": 1}, "Almost: my_answer is a dict of 1. Give a dict with the keys 'A', 'B', 'C'."),
    ],
)
def test_what_is_missing_or_strange_in_an_answer_is_named(id: str, answer: Any, says: str) -> None:
    assert course.check(id, answer).says.startswith(says)


def test_a_permission_outside_a_list_and_a_word_inside_are_asked_for_again() -> None:
    alone = course.check("06.2", lambda lab, fees: sl.Root())
    assert "is one permission, without its list. Return a list of permissions" in alone.says
    word = course.check("06.2", lambda lab, fees: ["root"])
    assert "number 1 is the text 'root'. Return a list of permissions" in word.says
