"""What a lesson is: plain data, and for each exercise a function that judges an answer on a fresh chain."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from sessionlab.core.base.errors import NotFound


@dataclass(frozen=True)
class Judgement:
    """What a check says. ``misconception``: the name of the one that the answer shows, if it is a listed one."""

    passed: bool
    says: str
    misconception: str | None = None


@dataclass(frozen=True)
class Prediction:
    """A guess before a run. ``wrong``: what to say to those who guessed so."""

    id: str
    asks: str
    wrong: Mapping[Any, str]


@dataclass(frozen=True)
class Wrong:
    """An answer that shows a misconception, as source that binds the exercise's name."""

    source: str
    misconception: str


@dataclass(frozen=True)
class Exercise:
    """A task. Its cell binds ``name``; ``stub``, ``solution``, ``near`` and ``wrong`` are sources of that cell.

    A cell needs nothing but ``sl``, so that it can be run alone. ``near``: wrong by a little, and by no listed
    misconception.
    """

    id: str
    name: str
    stub: str
    solution: str
    hints: tuple[str, str, str]
    judge: Callable[[Any], Judgement]
    near: tuple[str, ...]
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True)
class Question:
    """A recall question. ``choices``: letter → text and what to say to who chose it."""

    id: str
    asks: str
    choices: Mapping[str, tuple[str, str]]
    right: str


@dataclass(frozen=True)
class Lesson:
    """A notebook's lesson. ``number``: ``"03"``; ``before``: the numbers of the lessons that come first."""

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
        """The file's name: ``03_native_token_transfer.ipynb``."""
        return f"{self.number}_{self.name}.ipynb"


Part = TypeVar("Part", Prediction, Exercise, Question)


def numbers() -> tuple[str, ...]:
    """The numbers of all lessons, in order."""
    from sessionlab.course import lessons

    return tuple(sorted(item.name[7:] for item in pkgutil.iter_modules(lessons.__path__)))


def lesson(number: str) -> Lesson:
    """A lesson by its number, or by the number of something in it: ``"03"``, ``"03.2"``. NotFound otherwise."""
    wanted = str(number).partition(".")[0]
    if wanted not in numbers():
        fix = f"one of {', '.join(numbers())}."
        raise NotFound(f"There is no lesson {number!r}.", field="number", asked=number, fix=fix)
    result: Lesson = import_module(f"sessionlab.course.lessons.lesson_{wanted}").LESSON
    return result


def prediction(id: str) -> Prediction:
    """A prediction by its id. NotFound otherwise."""
    return _find("prediction", lesson(id).predictions, id)


def exercise(id: str) -> Exercise:
    """An exercise by its id. NotFound otherwise."""
    return _find("exercise", lesson(id).exercises, id)


def question(id: str) -> Question:
    """A question by its id. NotFound otherwise."""
    return _find("question", lesson(id).questions, id)


def _find(what: str, parts: tuple[Part, ...], id: str) -> Part:
    for part in parts:
        if part.id == id:
            return part
    fix = f"one of {', '.join(part.id for part in parts)}."
    raise NotFound(f"There is no {what} {id!r}.", field="id", asked=id, fix=fix)
