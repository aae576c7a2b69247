"""Grade a made class and print the time: ``python -m tests.bench.class_of 30 [--jobs N]``.

Each student answers every exercise: rightly, as a listed wrong answer, nearly rightly, or not at all, in turn.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

from sessionlab import course
from sessionlab.course.grading import strongest
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.notebook_folder import handed_out


def hand_in(folder: Path, students: int) -> None:
    """Write the notebooks of a class."""
    for student in range(students):
        for number in numbers():
            item = lesson(number)
            notebook = json.loads((handed_out() / item.notebook).read_text())
            for exercise in item.exercises:
                wrong = exercise.wrong[student % len(exercise.wrong)].source
                near = exercise.near[student % len(exercise.near)]
                source = (exercise.solution, wrong, near, exercise.stub, exercise.solution)[student % 5]
                for cell in notebook["cells"]:
                    if f"exercise-{exercise.id}" in cell["metadata"].get("tags", []):
                        cell["source"] = source
            file = folder / f"student-{student:02}" / item.notebook
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(notebook))


def main() -> None:
    """Make the class, grade it, and print how long it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("students", type=int, nargs="?", default=30)
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder), options.students)
        begun, statuses = time.monotonic(), Counter[str]()
        for item in course.grade(Path(folder), jobs=options.jobs):
            statuses[item.status] += 1
        seconds = time.monotonic() - begun
    rows = sum(statuses.values())
    print(
        f"{options.students} students, {rows} rows in {seconds:.0f} s ({seconds / rows:.2f} s each): {dict(statuses)}"
    )
    print(strongest().says)


if __name__ == "__main__":
    main()
