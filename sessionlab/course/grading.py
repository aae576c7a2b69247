"""Grade a folder of submitted notebooks. Each exercise is judged again in its own process, with a time limit.

Outputs in a notebook are ignored. The grader takes each cell with an exercise's tag, runs it with only ``sl`` defined,
and judges the name that it binds. Submissions are executed and can do anything in their process: run the grader in a
container or VM.
"""

from __future__ import annotations

import csv
import json
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TextIO

from sessionlab.core.base.doors import each, reads, wrong
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course.lesson import Exercise, exercise
from sessionlab.course.versions import MARK
from sessionlab.study.doors import PATH, POSITIVE, a
from sessionlab.study.json_files import parse, read_text

SECONDS = 60
#: The judgement is printed there; what a submission prints is not kept.
OUTPUT: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
SAID = 1_000  # characters of what an exception says


def _writable(value: Any, field: str) -> Any:
    """Read a file that is open for writing."""
    if not hasattr(value, "write"):
        raise wrong(value, "is not an open file", field, "open it: open('grades.csv', 'w').")
    return value


@dataclass(frozen=True)
class Grade:
    """The grade of one exercise in one submission."""

    student: str
    notebook: str
    exercise: str
    passed: bool
    misconception: str
    says: str


@reads(folder=PATH, seconds=POSITIVE)
def grade(folder: Path, seconds: int = SECONDS) -> Iterator[Grade]:
    """Grade every notebook below a folder. Raises InvalidInput if there is no such folder.

    The student's name is the notebook's subfolder or, if it is not in a subfolder, the notebook's name.
    ``seconds``: how long one answer may run.
    """
    if not folder.is_dir():
        fix = "name the one with the submitted notebooks."
        raise InvalidInput(f"{folder} is no directory.", field="DIR", asked=str(folder), fix=fix)
    for file in sorted(folder.rglob("*.ipynb")):
        student = file.parent.name if file.parent != folder else file.stem
        for id, source in submitted(file):
            yield _graded(student, file.name, id, source, seconds)


def submitted(file: Path) -> list[tuple[str, str]]:
    """Return the exercises in a notebook as (id, source). For an unreadable notebook, both are empty."""
    try:
        cells = parse(read_text(file))["cells"]
        return [
            (tag.removeprefix(MARK), "".join(cell["source"]))
            for cell in cells
            for tag in cell.get("metadata", {}).get("tags", [])
            if tag.startswith(MARK)
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [("", "")]


@reads(grades=each(a("sessionlab.course.grading:Grade", fix="give what grade() yields.")), file=_writable)
def write_csv(grades: Iterable[Grade], file: TextIO) -> None:
    """Write grades as CSV with a header row."""
    writer = csv.DictWriter(file, [field.name for field in fields(Grade)], lineterminator="\n")
    writer.writeheader()
    for item in grades:
        writer.writerow(asdict(item))


def _graded(student: str, notebook: str, id: str, source: str, seconds: int) -> Grade:
    if not id:
        return Grade(student, notebook, "", False, "", "this is no notebook that can be read")
    token = secrets.token_hex(16)  # so that no output of the submission passes as the judgement
    asked = json.dumps({"id": id, "source": source, "token": token})
    command = [sys.executable, "-m", "sessionlab.course.grading"]
    try:
        done = subprocess.run(command, input=asked, text=True, timeout=seconds, check=False, **OUTPUT)
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(token))
        result: dict[str, Any] = json.loads(line.removeprefix(token))
    except subprocess.TimeoutExpired:
        return Grade(student, notebook, id, False, "", f"it took more than {seconds} s")
    except ValueError:
        return Grade(student, notebook, id, False, "", "it ended the process that judged it")
    return Grade(student, notebook, id, result["passed"], result["misconception"] or "", result["says"])


def judged(wanted: Exercise, source: str) -> dict[str, Any]:
    """Run the source of an exercise's cell and judge what it binds."""
    import sessionlab as sl
    from sessionlab.course.classroom import judge

    names: dict[str, Any] = {"sl": sl, "__name__": "submission"}
    try:
        exec(compile(source, wanted.id, "exec"), names)  # the learner's own code, which grading must run
    except Exception as error:
        return {"passed": False, "misconception": None, "says": f"{type(error).__name__}: {error}"[:SAID]}
    if names.get(wanted.name, ...) is ...:
        return {"passed": False, "misconception": None, "says": "not answered"}
    return asdict(judge(wanted, names[wanted.name]))


def main() -> None:
    """Judge one exercise, read as JSON from standard input; print the judgement as JSON."""
    asked = json.load(sys.stdin)
    with redirect_stdout(sys.stderr):
        result = judged(exercise(asked["id"]), asked["source"])
    print(asked["token"] + json.dumps(result))


if __name__ == "__main__":
    main()
