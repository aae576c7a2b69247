"""``sessionlab grade DIR`` and ``sessionlab course KIND DIR``: for instructors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    grade = commands.add_parser("grade", help="judge submitted notebooks, and write the grades as CSV")
    grade.add_argument("folder", metavar="DIR", type=Path, help="submitted notebooks, a folder for each student")
    grade.add_argument("--output", metavar="FILE", type=Path, help="where to write (default: standard output)")
    grade.set_defaults(run=run_grade)
    build = commands.add_parser("course", help="write the notebooks as students, or those who teach, get them")
    build.add_argument("kind", choices=("student", "solution", "instructor", "executed"))
    build.add_argument("--theme", choices=("light", "dark"), default="light", help="of executed pages")
    build.add_argument("folder", metavar="DIR", type=Path, help="where to write them")
    build.set_defaults(run=run_build)


def run_grade(options: argparse.Namespace) -> int:
    """Grade submissions; returns 0 even if nobody passed."""
    from sessionlab.course.grading import grade, write_csv

    grades = list(grade(options.folder))
    if options.output is None:
        write_csv(grades, sys.stdout)
    else:
        with options.output.open("w", newline="") as file:
            write_csv(grades, file)
        print(f"{len(grades)} exercises, {sum(item.passed for item in grades)} passed: {options.output}")
    return 0


def run_build(options: argparse.Namespace) -> int:
    """Write one version of each notebook."""
    from sessionlab.course.notebook_folder import notebooks
    from sessionlab.course.versions import build

    if options.kind == "executed":
        from sessionlab.course.executed import execute

        for notebook in sorted(notebooks().glob("*.ipynb")):
            print(execute(notebook, options.folder, options.theme))
        return 0
    for file in build(options.kind, options.folder):
        print(file)
    return 0
