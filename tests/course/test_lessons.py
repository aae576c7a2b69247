"""Every lesson: its checks judge right, near and wrong answers as listed, and its notebook fits it."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.course.answer_kinds import Function
from sessionlab.course.classroom import judge
from sessionlab.course.lesson import Exercise, Lesson, lesson, numbers

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = [lesson(number) for number in numbers()]
EXERCISES = [exercise for one in LESSONS for exercise in one.exercises]
EACH_LESSON = pytest.mark.parametrize("one", LESSONS, ids=lambda one: one.number)
EACH = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: one.id)


def answer(exercise: Exercise, source: str) -> Any:
    """What a cell with this source binds."""
    names: dict[str, Any] = {"sl": sl}
    exec(source, names)  # the cell
    return names[exercise.name]


def cells(one: Lesson) -> list[dict[str, Any]]:
    return json.loads((NOTEBOOKS / one.notebook).read_text())["cells"]  # type: ignore[no-any-return]


@EACH
def test_the_solution_passes(exercise: Exercise) -> None:
    judged = judge(exercise, answer(exercise, exercise.solution))
    assert judged.passed, judged
    assert judged.misconception is None


@EACH
def test_the_stub_fails(exercise: Exercise) -> None:
    found = answer(exercise, exercise.stub)
    assert found is ... or not judge(exercise, found).passed


@EACH
def test_an_answer_that_is_nearly_right_fails_and_shows_no_misconception(exercise: Exercise) -> None:
    assert exercise.near
    for source in exercise.near:
        judged = judge(exercise, answer(exercise, source))
        assert not judged.passed, source
        assert judged.misconception is None, source
        assert judged.says


@EACH
def test_each_listed_wrong_answer_is_recognised(exercise: Exercise) -> None:
    assert exercise.wrong
    for wrong in exercise.wrong:
        judged = judge(exercise, answer(exercise, wrong.source))
        assert not judged.passed, wrong
        assert judged.misconception == wrong.misconception, wrong


@EACH_LESSON
def test_a_lesson_has_what_every_lesson_has(one: Lesson) -> None:
    assert 10 <= one.minutes <= 25
    assert len(one.questions) == 3
    for asked in one.questions:
        assert asked.right in asked.choices
        assert len(asked.choices) >= 3
        assert all(text and says for text, says in asked.choices.values())
    for exercise in one.exercises:
        assert len(set(exercise.hints)) == 3
    assert all(prediction.wrong for prediction in one.predictions)
    assert set(one.before) <= set(numbers())


@EACH_LESSON
def test_the_notebook_uses_all_of_its_lesson(one: Lesson) -> None:
    source = "\n".join("".join(cell["source"]) for cell in cells(one) if cell["cell_type"] == "code")
    assert f'course.start("{one.number}")' in source
    for prediction in one.predictions:
        assert f'course.predict("{prediction.id}")' in source  # nothing filled in
        assert f'course.reveal("{prediction.id}")' in source
    for exercise in one.exercises:
        assert f'course.check("{exercise.id}", {exercise.name})' in source
    assert f'course.recall("{one.number}")' in source
    assert "course.progress()" in source


@EACH_LESSON
def test_the_notebook_holds_the_stubs_and_keeps_to_the_lengths(one: Lesson) -> None:
    found = cells(one)
    assert len(found) <= 30
    stubs = {tag: "".join(cell["source"]) for cell in found for tag in cell["metadata"].get("tags", [])}
    for exercise in one.exercises:
        assert stubs[f"exercise-{exercise.id}"] == exercise.stub
    for cell in found:
        if cell["cell_type"] == "code":
            assert len("".join(cell["source"]).splitlines()) <= 10


@EACH_LESSON
def test_every_exercise_has_a_kind_and_says_what_is_given(one: Lesson) -> None:
    for exercise in one.exercises:
        assert exercise.kind is not None, exercise.id
        if isinstance(exercise.kind, Function):
            function = answer(exercise, exercise.stub)
            given = function.__doc__.partition("given: ")[2]
            assert all(re.search(rf"\b{name}\b", given) for name in inspect.signature(function).parameters), exercise.id
