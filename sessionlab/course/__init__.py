"""The learning tools that the lesson notebooks call.

    from sessionlab import course

    lab = course.start("03")                  a fresh lab for the lesson
    course.predict("03.1")                    ask for a guess before the run; course.predict("03.1", 3) records one
    course.reveal("03.1")                     what happens, replayed on a lab of its own, and how the guess fits
    course.confirm("nothing moved", a == b)   a claim of the lesson, with ✓ if it holds
    course.sample(my_cap, amounts)            what a function of yours returns for a sample
    course.check("03.2", my_cap)              check an answer on a fresh chain, with different numbers
    course.hint("03.2")                       the next of three hints
    course.solution("03.2")                   available after an attempt
    course.recall("03")                       three questions; course.recall("03.a", "b") answers one
    course.progress()                         what you have completed, and the next step
    course.index()                            the lessons as cards; course.results("Ada") is a page for the instructor
    course.reset("03")                        begin a lesson anew; without a number, all of them

To look something up:

    course.cheat_sheet()                      the eight types on one page; .save("sheet.html") writes it for printing
    course.which_permission()                 what a key has to do, and the permissions that it needs for that

For single lessons:

    course.DIFFERENCES, course.FACTS          cases that the rulesets decide differently, and surprises under either
    course.under_both_rules(course.FACTS)     run each case under both rulesets
    course.FIVE_DECISIONS                     the decisions that exercise 13.2 asks about

For instructors:

    course.timetable()                        lessons, minutes, and paths through the course
    course.wrong_answers()                    the wrong answers that the checks recognize
    course.exercise("03.2")                   one exercise: stub, solution, hints, wrong answers
    course.build("instructor", folder)        write the notebooks for students, with solutions, or for instructors
    course.grade(folder)                      grade submitted notebooks; ``write_csv``, ``write_table``: to files

Lessons are data in ``lessons/``; the code that judges answers is in ``judges/``. Progress is saved in a local file by
``store.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.near import UnknownName

_HOMES = {
    "cases": ("under_both_rules",),
    "type_sheet": ("cheat_sheet",),
    "classroom": ("check", "hint", "sample", "solution", "start"),
    "confirming": ("confirm",),
    "deciding": ("which_permission",),
    "differences": ("DIFFERENCES", "FACTS"),
    "grading": ("Grade", "grade", "write_csv", "write_table"),
    "guide": ("timetable", "wrong_answers"),
    "judges.judge_13": ("FIVE_DECISIONS",),
    "lesson": ("Exercise", "exercise"),
    "predicting": ("predict", "reveal"),
    "progressing": ("index", "progress", "reset", "results"),
    "recalling": ("recall",),
    "versions": ("build",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from sessionlab.course.cases import under_both_rules
    from sessionlab.course.classroom import check, hint, sample, solution, start
    from sessionlab.course.confirming import confirm
    from sessionlab.course.deciding import which_permission
    from sessionlab.course.differences import DIFFERENCES, FACTS
    from sessionlab.course.grading import Grade, grade, write_csv, write_table
    from sessionlab.course.guide import timetable, wrong_answers
    from sessionlab.course.judges.judge_13 import FIVE_DECISIONS
    from sessionlab.course.lesson import Exercise, exercise
    from sessionlab.course.predicting import predict, reveal
    from sessionlab.course.progressing import index, progress, reset, results
    from sessionlab.course.recalling import recall
    from sessionlab.course.type_sheet import cheat_sheet
    from sessionlab.course.versions import build

__all__ = [
    "DIFFERENCES",
    "FACTS",
    "FIVE_DECISIONS",
    "Exercise",
    "Grade",
    "build",
    "cheat_sheet",
    "check",
    "confirm",
    "exercise",
    "grade",
    "hint",
    "index",
    "predict",
    "progress",
    "recall",
    "reset",
    "results",
    "reveal",
    "sample",
    "solution",
    "start",
    "timetable",
    "under_both_rules",
    "which_permission",
    "write_csv",
    "write_table",
    "wrong_answers",
]


if not TYPE_CHECKING:  # type checkers know the names above, and refuse any other

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise UnknownName(f"module {__name__!r}", name, lambda: __all__)
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return __all__
