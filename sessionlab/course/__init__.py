"""The learning tools: what a lesson's notebook calls.

    from sessionlab import course

    lab = course.start("03")                  a fresh world for the lesson
    course.predict("03.1", 3)                 noted before the run
    course.compare("03.1", passed)            what happened, beside what was predicted
    course.check("03.2", my_cap)              judged on a fresh chain, with other numbers
    course.hint("03.2")                       three steps
    course.solution("03.2")                   after an attempt
    course.recall("03.a", "b")                a question, with an answer to each choice
    course.progress()                         what is done

For single lessons:

    course.DIFFERENCES, course.FACTS          what both rulesets decide differently, and what surprises under either
    course.under_both_rules(course.FACTS)     each of them run under both
    course.FIVE_DECISIONS                     what exercise 13.2 asks about

For those who teach:

    course.timetable()                        lessons, minutes, and paths through the course
    course.wrong_answers()                    the wrong answers that the checks recognise
    course.exercise("03.2")                   one exercise: stub, solution, hints, wrong answers
    course.build("instructor", folder)        write the notebooks for students, with solutions, or for instructors
    course.grade(folder)                      judge submitted notebooks again; ``write_csv`` writes the grades

Lessons are data, ``lessons/``; how answers are judged is in ``judges/``. What was done is kept in a local file:
``store.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "cases": ("under_both_rules",),
    "classroom": ("check", "compare", "hint", "predict", "progress", "recall", "solution", "start"),
    "differences": ("DIFFERENCES", "FACTS"),
    "grading": ("Grade", "grade", "write_csv"),
    "guide": ("timetable", "wrong_answers"),
    "judges.judge_13": ("FIVE_DECISIONS",),
    "lesson": ("Exercise", "exercise"),
    "versions": ("build",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from sessionlab.course.cases import under_both_rules
    from sessionlab.course.classroom import check, compare, hint, predict, progress, recall, solution, start
    from sessionlab.course.differences import DIFFERENCES, FACTS
    from sessionlab.course.grading import Grade, grade, write_csv
    from sessionlab.course.guide import timetable, wrong_answers
    from sessionlab.course.judges.judge_13 import FIVE_DECISIONS
    from sessionlab.course.lesson import Exercise, exercise
    from sessionlab.course.versions import build

__all__ = [
    "DIFFERENCES",
    "FACTS",
    "FIVE_DECISIONS",
    "Exercise",
    "Grade",
    "build",
    "check",
    "compare",
    "exercise",
    "grade",
    "hint",
    "predict",
    "progress",
    "recall",
    "solution",
    "start",
    "timetable",
    "under_both_rules",
    "write_csv",
    "wrong_answers",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
