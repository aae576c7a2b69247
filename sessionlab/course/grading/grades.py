"""Grades as data: a row for each exercise of each student, and the table student × exercise, as text and as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, TextIO

from sessionlab.core.base.doors import each, reads, wrong
from sessionlab.course.grading.values import readable
from sessionlab.study.doors import a
from sessionlab.study.text import aligned

RIGHT, WRONG, ERROR, NOT_ANSWERED, NOT_HANDED_IN = STATUSES = (
    "right",
    "wrong",
    "error",
    "not answered",
    "not handed in",
)
#: What the table shows for a status.
SIGNS = {RIGHT: "✓", WRONG: "✗", ERROR: "!", NOT_ANSWERED: "–", NOT_HANDED_IN: "."}
LEGEND = "✓ right, ✗ wrong, ! error, – not answered, . not handed in"
#: A spreadsheet takes text for a formula if it begins like this, also behind what it may take for a separator.
_FORMULA = re.compile(r"(^|[;,\t\r\n|\"'])(\s*)(?=[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Grade:
    """The grade of one exercise of one student. ``status``: right, wrong, error, not answered or not handed in."""

    student: str
    notebook: str
    exercise: str
    status: str
    misconception: str = ""
    says: str = ""

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.status == RIGHT


def safe_cell(value: Any) -> str:
    """Return a value as text that no spreadsheet runs: one line, with ' before what would begin a formula."""
    text = " ".join(readable(value).split("\n")).replace("\r", " ").replace("\t", " ")
    return _FORMULA.sub(r"\1\2'", text)


def _writable(value: Any, field: str) -> Any:
    """Read a file that is open for writing."""
    if not hasattr(value, "write"):
        raise wrong(value, "is not an open file", field, "open it: open('grades.csv', 'w').")
    return value


_GRADES = each(a("sessionlab.course.grading.grades:Grade", fix="give what grade() yields."))


@reads(grades=_GRADES, file=_writable)
def write_csv(grades: Iterable[Grade], file: TextIO) -> None:
    """Write grades as CSV, a row for each exercise, with a header row. No cell begins like a formula."""
    writer = csv.DictWriter(file, [field.name for field in fields(Grade)], lineterminator="\n")
    writer.writeheader()
    for item in grades:
        writer.writerow({name: safe_cell(value) for name, value in asdict(item).items()})


@reads(grades=_GRADES, file=_writable)
def write_table(grades: Iterable[Grade], file: TextIO) -> None:
    """Write the table student × exercise as CSV: the status of each, and how many are right in each row and column."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows(
        [safe_cell(value) for value in row] for row in _rows(list(grades), {name: name for name in STATUSES})
    )


def table_text(grades: Sequence[Grade]) -> str:
    """Return the table student × exercise as text, with signs in place of words."""
    rows = [[safe_cell(value) for value in row] for row in _rows(grades, SIGNS)]
    return "\n".join([*aligned(rows), LEGEND])


def _rows(grades: Sequence[Grade], words: Mapping[str, str]) -> list[list[str]]:
    students = list(dict.fromkeys(item.student for item in grades))
    exercises = list(dict.fromkeys(item.exercise for item in grades))
    graded = {(item.student, item.exercise): item for item in grades}
    rows = [["student", *exercises, "right"]]
    for student in students:
        line = [graded.get((student, id)) for id in exercises]
        right = sum(item is not None and item.passed for item in line)
        rows.append([student, *("" if item is None else words[item.status] for item in line), str(right)])
    right_in = [sum(item.passed for item in grades if item.exercise == id) for id in exercises]
    return [*rows, ["right", *map(str, right_in), str(sum(right_in))]]
