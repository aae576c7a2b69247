"""What was handed in: a folder with a folder for each student, read whole before any of it runs.

    class_ = submissions(folder)
    class_["ada"]["03"]                     her notebook of lesson 03: a Notebook, or why it cannot be read
    answer_in(notebook, exercise)           the cell that answers, and the cells that may help it

A notebook is recognized by its file's name, or by the exercises that it holds. An exercise is found by its tag or, if
tags were lost, by the name that its cell binds. ``progress.json`` counts as a notebook of each lesson that was checked,
unless the notebook itself is there. Files are read within bounds, and links are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sessionlab.course.lesson import Exercise, exercise, lesson, numbers
from sessionlab.course.notebook_folder import handed_out
from sessionlab.course.versions import GUIDE, MARK
from sessionlab.study.json_files import parse, read_text

CELLS = 1_000  # of one notebook
LONGEST = 200_000  # characters of one cell
NOTEBOOKS = 10_000  # in the whole folder
#: The file of the progress holds the cells that ran before each check: the browser lab's learners hand in this one.
_DOCSTRING = re.compile(r"^ +\"\"\".*?\"\"\"", re.DOTALL | re.MULTILINE)
PROGRESS = "progress.json"


@dataclass(frozen=True)
class CodeCell:
    """A code cell. ``own``: the learner wrote or changed it; ``exercise``: the id in its tag, if it has one."""

    index: int
    source: str
    own: bool
    exercise: str = ""


@dataclass(frozen=True)
class Notebook:
    """One notebook that was handed in. ``fault``: why it cannot be graded, in a sentence; empty if it can."""

    file: str
    cells: tuple[CodeCell, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class HandedInAnswer:
    """The cell of an exercise, if there is one; ``helpers``: other cells; ``others``: answers to other exercises."""

    cell: CodeCell | None
    helpers: tuple[CodeCell, ...] = ()
    others: tuple[CodeCell, ...] = field(default=())


#: Student → number of the lesson → what was handed in.
Class = Mapping[str, Mapping[str, Notebook]]


def submissions(folder: Path) -> dict[str, dict[str, Notebook]]:
    """Read every notebook below a folder. A student is a subfolder or, for a file that is in none, the file's name."""
    result: dict[str, dict[str, Notebook]] = {}
    for count, file in enumerate(_files(folder)):
        if count >= NOTEBOOKS:
            break
        student = _student(file, folder)
        notebooks = result.setdefault(student, {})
        for number, notebook in _read(file).items():
            before = notebooks.get(number)
            notebooks[number] = notebook if before is None else _chosen(number, before, notebook)
    if not any(_number_in(file.name) for file in folder.glob("*.ipynb")):
        for entry in folder.iterdir():  # who handed in nothing has a row too
            if entry.is_dir() and not entry.is_symlink() and not entry.name.startswith("."):
                result.setdefault(entry.name, {})
    return dict(sorted(result.items()))


def answer_in(notebook: Notebook, wanted: Exercise) -> HandedInAnswer:
    """Return the cell that answers an exercise, and the cells that may define what it uses."""
    tagged = [cell for cell in notebook.cells if cell.exercise == wanted.id]
    answer = next((cell for cell in reversed(tagged) if _binds(cell.source, wanted.name)), None)
    if answer is None or is_stub(answer.source, wanted):
        own = [cell for cell in notebook.cells if cell.own and not cell.exercise and _binds(cell.source, wanted.name)]
        later = [cell for cell in own if answer is None or cell.index > answer.index]
        answer = later[-1] if later else answer or (tagged[-1] if tagged else None)
    rest = [cell for cell in notebook.cells if cell is not answer and cell.exercise != wanted.id]
    return HandedInAnswer(
        answer,
        tuple(cell for cell in rest if not cell.exercise),
        tuple(cell for cell in rest if cell.exercise and cell.own),
    )


def is_stub(source: str, wanted: Exercise) -> bool:
    """Return whether a cell is the stub as it was handed out, but for its docstring, blank lines and spaces."""
    return _lines(source) == _lines(wanted.stub)


def _lines(source: str) -> list[str]:
    return [line.rstrip() for line in _DOCSTRING.sub("", source).splitlines() if line.strip()]


def _binds(source: str, name: str) -> bool:
    """Return whether a cell assigns to a name, or defines it: seen in its text, because it is not parsed here."""
    binds = rf"^(?:(?:async\s+)?def\s+{name}\s*\(|(?:\w+\s*,\s*)*{name}\s*(?::[^=\n]*)?(?:,[^=\n]*)?=(?!=))"
    return re.search(binds, source, re.MULTILINE) is not None


# -- files


def _files(folder: Path) -> Iterator[Path]:
    """Yield the notebooks below a folder, sorted; hidden folders, such as Jupyter's checkpoints, and links are left."""
    for file in sorted([*folder.rglob("*.ipynb"), *folder.rglob(PROGRESS)]):
        inside = file.relative_to(folder)
        steps = [folder / Path(*inside.parts[: n + 1]) for n in range(len(inside.parts))]
        if not any(step.name.startswith(".") or step.is_symlink() for step in steps):
            yield file


def _student(file: Path, folder: Path) -> str:
    inside = file.relative_to(folder)
    if len(inside.parts) > 1:
        return inside.parts[0]
    return folder.resolve().name if _number_in(file.name) or file.name == PROGRESS else file.stem


def _number_in(name: str) -> str | None:
    """Return the number of the lesson that a file is named after, whatever was added behind the number."""
    start = re.match(r"(\d\d)(?!\d)", name)
    return start[1] if start and start[1] in numbers() else None


def _read(file: Path) -> dict[str, Notebook]:
    """Return the notebook, for each lesson that it answers; for one that cannot be read, its fault."""
    if file.name == PROGRESS:
        return _of_progress(file)
    named = _number_in(file.name)
    try:
        cells = _cells(parse(read_text(file)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if file.name == GUIDE:
            return {}
        return {named or "": Notebook(file.name, fault="This is not a readable notebook.")}
    tagged = list(dict.fromkeys(cell.exercise.partition(".")[0] for cell in cells if cell.exercise))
    lessons = [number for number in tagged if number in numbers()] or ([named] if named else [])
    return {number: _marked(Notebook(file.name, tuple(cells)), number) for number in lessons}


def _of_progress(file: Path) -> dict[str, Notebook]:
    """Return a notebook for each lesson whose cells were kept with the progress."""
    try:
        kept = parse(read_text(file))["cells"]
        sources = {number: kept[number] for number in numbers() if number in kept}
        cells = {number: [{"cell_type": "code", "source": source} for source in ran] for number, ran in sources.items()}
        return {
            number: _marked(Notebook(file.name, tuple(_cells({"cells": ran}))), number) for number, ran in cells.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {"": Notebook(file.name, fault="This is not a readable progress file.")}


def _cells(content: Any) -> list[CodeCell]:
    """Return the code cells. Raises ValueError and others if it is not a notebook."""
    if len(content["cells"]) > CELLS:
        raise ValueError("it has too many cells")
    result = []
    for index, cell in enumerate(content["cells"]):
        source = "".join(cell["source"])
        if len(source) > LONGEST:
            raise ValueError("a cell is too long")
        if cell["cell_type"] != "code":
            continue
        tags = cell.get("metadata", {}).get("tags", [])
        ids = [tag.removeprefix(MARK) for tag in tags if isinstance(tag, str) and tag.startswith(MARK)]
        result.append(CodeCell(index, source, True, ids[0] if ids and _is_known(ids[0]) else ""))
    return result


def _is_known(id: str) -> bool:
    return any(item.id == id for number in numbers() for item in lesson(number).exercises)


def _marked(notebook: Notebook, number: str) -> Notebook:
    """Return a notebook whose cells say which of them are the lesson's own."""
    given = _given(number)
    cells = tuple(
        CodeCell(cell.index, cell.source, "\n".join(_lines(cell.source)) not in given, cell.exercise)
        for cell in notebook.cells
    )
    return Notebook(notebook.file, cells)


@cache
def _given(number: str) -> frozenset[str]:
    """Return the sources of the cells of a lesson as it is handed out."""
    try:
        content = parse(read_text(handed_out() / lesson(number).notebook))
    except (OSError, ValueError):
        return frozenset()
    return frozenset("\n".join(_lines("".join(cell["source"]))) for cell in content["cells"])


def _chosen(number: str, first: Notebook, second: Notebook) -> Notebook:
    """Return which of two notebooks of a lesson counts: the one with the lesson's own name, or neither."""
    named = lesson(number).notebook if number else ""
    for notebook in (first, second):
        if notebook.file == named:
            return notebook
    return Notebook(first.file, fault=f"Handed in twice, as {first.file} and {second.file}: keep one of them.")


def exercises(wanted: tuple[str, ...]) -> Iterator[Exercise]:
    """Yield the exercises of these lessons, in order."""
    for number in wanted:
        for item in lesson(number).exercises:
            yield exercise(item.id)
