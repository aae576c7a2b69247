"""Grade a folder of submitted notebooks: every exercise of every lesson gets a row.

    for item in grade(folder):                    a Grade for each student and exercise, in order
        item.status                               right, wrong, error, not answered or not handed in
    write_csv(grades, file)                       a row for each; no cell that a spreadsheet would run
    write_table(grades, file)                     student × exercise, with totals

How an answer is graded: the learner's own cells and then the exercise's cell run in a process of their own, inside the
strongest fence that the machine has (``containment.py``), with bounds on time, memory, files and processes. A function
that the cell binds is called through a pipe (``answer.py``, ``answer_process.py``); what it does on a lab is done again
on the lab that is judged (``worlds.py``). The judgement is made in another process (``judge_process.py``), from values
that crossed the pipe as plain data (``values.py``). So nothing that an answer prints, writes or sends is a grade, and
there is no secret that it could read to make one.

What an answer cannot be kept from is knowing the lesson: the solutions are part of this package, which it runs with.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import TEXT, each, integer, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.grading.containment import MEMORY, strongest
from sessionlab.course.grading.grades import (
    ERROR,
    NOT_ANSWERED,
    NOT_HANDED_IN,
    RIGHT,
    WRONG,
    Grade,
    table_text,
    write_csv,
    write_table,
)
from sessionlab.course.grading.submissions import HandedInAnswer, Notebook, answer_in, exercises, is_stub, submissions
from sessionlab.course.grading.workers import judge_all
from sessionlab.course.guide import PATHS
from sessionlab.course.lesson import Exercise, Judgement, numbers
from sessionlab.study.doors import PATH, POSITIVE

__all__ = ["SECONDS", "Grade", "expected", "grade", "strongest", "table_text", "write_csv", "write_table"]

SECONDS = 60
MOST_JOBS = 64
_JOBS = maybe(lambda value, field: integer(value, field, least=1, most=MOST_JOBS))


def expected(wanted: str | None) -> tuple[str, ...]:
    """Return the numbers of lessons in a text: ``"00,03"``, a path such as ``"onboarding"``; None: all of them.

    Raises InvalidInput for a lesson that does not exist.
    """
    if wanted is None:
        return numbers()
    parts = [number for part in wanted.split(",") for number in PATHS.get(part.strip(), (part.strip(),))]
    for part in parts:
        if part not in numbers():
            fix = f"use numbers of lessons ({', '.join(numbers())}) or a path: {', '.join(PATHS)}."
            raise InvalidInput(f"There is no lesson {part!r}.", field="expect", asked=wanted, fix=fix)
    return tuple(sorted(set(parts)))


@reads(folder=PATH, seconds=POSITIVE, memory=POSITIVE, jobs=_JOBS, expect=maybe(TEXT), students=each(TEXT))
def grade(
    folder: Path,
    seconds: int = SECONDS,
    *,
    expect: str | None = None,
    students: Sequence[str] = (),
    jobs: int | None = None,
    memory: int = MEMORY,
) -> Iterator[Grade]:
    """Grade every notebook below a folder: a row for each exercise of each lesson, for each student.

    A student is a subfolder or, for a notebook that is in none, the notebook's name. ``expect``: the lessons that have
    rows, such as ``"00,03"`` or ``"onboarding"``; all by default. ``students``: names that have rows in any case.
    ``seconds`` and ``memory`` (bytes): what one answer may use. ``jobs``: how many are graded at once; by
    default, one for each processor. Raises InvalidInput if there is no such folder.
    """
    if not folder.is_dir():
        fix = "name the one with the submitted notebooks."
        raise InvalidInput(f"{folder} is not a directory.", field="DIR", asked=str(folder), fix=fix)
    lessons = expected(expect)
    class_ = submissions(folder)
    for name in students:
        class_.setdefault(name, {})
    rows = [row for student, handed_in in class_.items() for row in _rows(student, handed_in, lessons)]
    bounds = {"seconds": seconds, "memory": memory, "fence": ""}
    work = [(wanted, answer) for _, wanted, answer in rows if isinstance(answer, HandedInAnswer)]
    if work:
        bounds["fence"] = strongest().id
    judgements = judge_all((_job(wanted, answer, bounds) for wanted, answer in work), jobs or os.cpu_count() or 1)
    return _graded(rows, judgements)


def _rows(student: str, handed_in: dict[str, Notebook], lessons: Sequence[str]) -> Iterator[Any]:
    """Yield a grade for each exercise, whole or, with an answer, still to be judged."""
    if "" in handed_in:
        yield Grade(student, handed_in[""].file, "", ERROR, says=handed_in[""].fault), None, None
    for wanted in exercises(tuple(lessons)):
        notebook = handed_in.get(wanted.id.partition(".")[0])
        if notebook is None:
            yield Grade(student, "", wanted.id, NOT_HANDED_IN), None, None
        elif notebook.fault:
            yield Grade(student, notebook.file, wanted.id, ERROR, says=notebook.fault), None, None
        else:
            yield _row(student, notebook, wanted)


def _row(student: str, notebook: Notebook, wanted: Exercise) -> Any:
    answer = answer_in(notebook, wanted)
    unanswered = Grade(student, notebook.file, wanted.id, NOT_ANSWERED)
    if answer.cell is None:
        says = f"No cell has the tag exercise-{wanted.id} or binds {wanted.name}."
        return Grade(student, notebook.file, wanted.id, NOT_ANSWERED, says=says), None, None
    if is_stub(answer.cell.source, wanted):
        return unanswered, None, None
    return unanswered, wanted, answer


def _job(wanted: Exercise, answer: HandedInAnswer, bounds: dict[str, Any]) -> dict[str, Any]:
    def cells(which: Sequence[Any]) -> list[dict[str, Any]]:
        return [{"index": cell.index, "source": cell.source, "own": cell.own} for cell in which]

    assert answer.cell is not None
    return {
        "exercise": wanted.id,
        "cell": answer.cell.source,
        "helpers": cells(answer.helpers),
        "others": cells(answer.others),
        **bounds,
    }


def _graded(rows: Sequence[Any], judgements: Iterator[Judgement]) -> Iterator[Grade]:
    for item, wanted, _ in rows:
        yield item if wanted is None else _with(item, next(judgements))


def _with(item: Grade, judged: Judgement) -> Grade:
    status = RIGHT if judged.passed else ERROR if judged.failed else WRONG if judged.answered else NOT_ANSWERED
    shown = judged.misconception or ""
    return Grade(item.student, item.notebook, item.exercise, status, shown, judged.says)
