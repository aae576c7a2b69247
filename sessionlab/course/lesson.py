"""The parts of a lesson: plain data, and for each exercise a function that judges an answer on a fresh chain."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeVar

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.course.answer_kinds import AnswerKind
from sessionlab.course.kinds import Kind


@dataclass(frozen=True)
class Judgement:
    """The result of a check. ``misconception``: the name of the listed misconception that the answer shows, if any.

    ``answered``: False for a stub, or an answer that is not whole yet; it does not count as an attempt.
    ``failed``: the answer ended with an exception, or was stopped.
    """

    passed: bool
    says: str
    misconception: str | None = None
    answered: bool = True
    failed: bool = False


class AnswerFailed(Exception):
    """An answer ended before it could be judged. Its text says how, in a sentence."""


@dataclass(frozen=True)
class Prediction:
    """A guess before a run. ``wrong``: feedback for each wrong guess; ``kind``: what a guess has to be.

    ``replay``: runs the lesson's own steps on a lab of its own, and returns what happens.
    """

    id: str
    asks: str
    wrong: Mapping[Any, str] = field(hash=False)
    kind: Kind
    replay: Callable[[], Any]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that shows a misconception, as source that binds the exercise's name."""

    source: str
    misconception: str


@dataclass(frozen=True)
class Exercise:
    """An exercise. Its cell binds ``name``; ``stub``, ``solution``, ``near`` and ``wrong`` are sources for that cell.

    A cell needs only ``sl``, so that it can run alone. ``near``: a slightly wrong answer that shows no listed
    misconception. ``kind``: what the answer has to be.
    """

    id: str
    name: str
    stub: str
    solution: str
    hints: tuple[str, str, str]
    judge: Callable[[Any], Judgement]
    near: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    kind: AnswerKind | None = None


@dataclass(frozen=True)
class Question:
    """A recall question. ``choices``: letter → the choice's text and the feedback on it."""

    id: str
    asks: str
    choices: Mapping[str, tuple[str, str]] = field(hash=False)
    right: str


@dataclass(frozen=True)
class Lesson:
    """A lesson. ``number``: such as ``"03"``; ``before``: the numbers of the prerequisite lessons."""

    number: str
    name: str
    title: str
    promise: str
    minutes: int
    before: tuple[str, ...]
    predictions: tuple[Prediction, ...]
    exercises: tuple[Exercise, ...]
    questions: tuple[Question, Question, Question]
    next: str

    @property
    def notebook(self) -> str:
        """The notebook's file name, such as ``03_native_token_transfer.ipynb``."""
        return f"{self.number}_{self.name}.ipynb"


def stub(head: str, wants: str, given: str, last: str = "    return ...") -> str:
    """Return the source of a function to complete: its first line, what it is to do, and what it is given."""
    return "\n".join([head.strip(), f'    """{wants}', "", f"    given: {given}", '    """', *([last] if last else [])])


Part = TypeVar("Part", Prediction, Exercise, Question)


def numbers() -> tuple[str, ...]:
    """Return the numbers of all lessons, in order."""
    from sessionlab.course import lessons

    return tuple(sorted(item.name[7:] for item in pkgutil.iter_modules(lessons.__path__)))


def lesson(number: str) -> Lesson:
    """Return a lesson by its number or by the id of a part: ``"03"``, ``"03.2"``. Raises NotFound if there is none."""
    wanted = str(number).partition(".")[0]
    if wanted not in numbers():
        fix = f"one of {', '.join(numbers())}."
        raise NotFound(f"There is no lesson {number!r}.", field="number", asked=number, fix=fix)
    result: Lesson = import_module(f"sessionlab.course.lessons.lesson_{wanted}").LESSON
    return result


def prediction(id: str) -> Prediction:
    """Return a prediction by its id. Raises NotFound if there is none."""
    return _find("prediction", _lesson_of(id).predictions, id)


@reads(id=TEXT)
def exercise(id: str) -> Exercise:
    """Return an exercise by its id. Raises NotFound if there is none."""
    return _find("exercise", _lesson_of(id).exercises, id)


def question(id: str) -> Question:
    """Return a question by its id. Raises NotFound if there is none."""
    return _find("question", _lesson_of(id).questions, id)


def _lesson_of(id: str) -> Lesson:
    try:
        return lesson(id)
    except NotFound as error:
        error.field = "id"
        raise


def _find(what: str, parts: tuple[Part, ...], id: str) -> Part:
    for part in parts:
        if part.id == id:
            return part
    fix = f"one of {', '.join(part.id for part in parts)}."
    raise NotFound(f"There is no {what} {id!r}.", field="id", asked=id, fix=fix)
