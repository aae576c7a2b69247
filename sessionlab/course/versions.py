"""Student, solution and instructor versions of a notebook, made from the committed one.

A cell tagged ``exercise-03.2`` holds the stub of exercise 03.2. In the solution and instructor versions it holds the
solution. The instructor version adds the wrong answers that the check recognizes, and the answers to the questions.
"""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import FLAG, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.lesson import Exercise, Lesson, lesson, numbers
from sessionlab.course.notebook_folder import handed_out
from sessionlab.course.shuffling import right_letter
from sessionlab.course.ways import PAGES
from sessionlab.study.doors import PATH
from sessionlab.study.extras import needs_extra
from sessionlab.study.new_files import check_free, new_folder, write_new

KINDS = ("student", "solution", "instructor")
MARK = "exercise-"
#: For instructors; not a lesson.
GUIDE = "90_instructor_guide.ipynb"


@reads(target=PATH, force=FLAG)
def build(kind: str, target: Path, *, force: bool = False) -> list[Path]:
    """Write one version of every lesson's notebook, and the instructor guide, into ``target``; returns the files.

    ``kind``: student, solution or instructor. ``force``: replace files that are there. Raises InvalidInput, and writes
    nothing, for any other kind, for a file that is there, and for the folder that holds what is handed out.
    """
    with needs_extra("notebooks", "Writing notebooks"):
        import nbformat

    if kind not in KINDS:
        fix = f"one of {', '.join(KINDS)}."
        raise InvalidInput(f"There is no {kind!r} version.", field="kind", asked=kind, fix=fix)
    source = handed_out()
    check_target(target)
    lessons = [lesson(number) for number in numbers()]
    as_they_are = [*PAGES, *([GUIDE] if kind == "instructor" else [])]
    names = [item.notebook for item in lessons] + as_they_are
    check_free([target / name for name in names], within=target, force=force, field="target")
    new_folder(target, field="target")
    for item in lessons:
        notebook = nbformat.read(source / item.notebook, as_version=4)  # type: ignore[no-untyped-call]
        text = nbformat.writes(version(kind, item, notebook))  # type: ignore[no-untyped-call]
        write_new(target / item.notebook, text + "\n", within=target, force=force, field="target")
    for name in as_they_are:
        write_new(target / name, (source / name).read_bytes(), within=target, force=force, field="target")
    return [target / name for name in names]


def check_target(target: Path) -> None:
    """Raise InvalidInput for a folder that commands do not write into: the one that holds what is handed out."""
    if target.exists() and not target.is_dir():
        fix = "name a folder; it is made if it does not exist."
        raise InvalidInput(f"{target} is a file.", field="target", asked=str(target), fix=fix)
    if target.resolve() == handed_out().resolve():
        message = f"{target} holds the notebooks that are handed out. Nothing was written."
        raise InvalidInput(message, field="target", asked=str(target), fix="name another folder.")


def version(kind: str, item: Lesson, notebook: Any) -> Any:
    """Return a copy of a notebook as this kind of version."""
    made = deepcopy(notebook)
    cells = []
    for cell in made.cells:
        exercise = exercise_in(item, cell)
        if exercise and kind != "student":
            cell.source = exercise.solution
        cells.append(cell)
        if exercise and kind == "instructor":
            cells.append(_text(f"{cell.id}-answers", _wrong_answers(exercise)))
    if kind == "instructor":
        cells.append(_text("answers", _questions(item)))
    made.cells = cells
    return made


def exercise_in(item: Lesson, cell: Any) -> Exercise | None:
    """Return the exercise that a cell holds, if any."""
    tags = cell.get("metadata", {}).get("tags", [])
    return next((exercise for exercise in item.exercises if f"{MARK}{exercise.id}" in tags), None)


def _text(id: str, source: str) -> Any:
    from nbformat.v4 import new_markdown_cell

    return new_markdown_cell(source, id=id)  # type: ignore[no-untyped-call]


def _wrong_answers(exercise: Exercise) -> str:
    rows = [f"| {wrong.misconception} | `{' '.join(wrong.source.split())}` |" for wrong in exercise.wrong]
    return "\n".join(
        [f"**Common wrong answers to {exercise.id}**", "", "| misconception | answer |", "| --- | --- |", *rows]
    )


def _questions(item: Lesson) -> str:
    rows = [f"| {asked.asks} | {right_letter(asked)}: {asked.choices[asked.right][0]} |" for asked in item.questions]
    return "\n".join([f"**Questions of {item.number}**", "", "| question | answer |", "| --- | --- |", *rows])
