"""``sessionlab grade`` and ``sessionlab course``: for instructors."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.course.grading import Grade


def add(commands: Any) -> None:
    """Add the commands to the parser."""
    grade = commands.add_parser("grade", help="judge submitted notebooks, and write the grades as CSV")
    grade.add_argument("folder", metavar="DIR", type=Path, help="submitted notebooks, a folder for each student")
    grade.add_argument("--output", metavar="FILE", type=Path, help="a row for each exercise (default: standard output)")
    grade.add_argument(
        "--table", metavar="FILE", type=Path, help="also write the table student × exercise, with totals"
    )
    grade.add_argument(
        "--expect", metavar="LESSONS", help="lessons that have rows: 00,03 or a path such as onboarding (default: all)"
    )
    grade.add_argument(
        "--students", metavar="FILE", type=Path, help="names, one a line, that have rows even if they handed in nothing"
    )
    grade.add_argument("--jobs", type=int, metavar="N", help="answers judged at once (default: one a processor)")
    grade.add_argument("--seconds", type=int, default=60, metavar="N", help="what one answer may take (default: 60)")
    grade.add_argument("--memory", type=int, default=1024, metavar="MB", help="what one answer may use (default: 1024)")
    grade.add_argument("--force", action="store_true", help="replace files that are there")
    grade.set_defaults(run=run_grade)
    build = commands.add_parser("course", help="write the notebooks as students, or those who teach, get them")
    build.add_argument("kind", choices=("student", "solution", "instructor", "executed"))
    build.add_argument(
        "--theme",
        choices=("auto", "light", "dark"),
        default="auto",
        help="of executed pages; auto: as the reader's system is",
    )
    build.add_argument("folder", metavar="DIR", type=Path, help="output directory")
    build.add_argument("--force", action="store_true", help="replace files that are there")
    build.set_defaults(run=run_build)


def run_grade(options: argparse.Namespace) -> int:
    """Grade submissions; returns 0 even if nobody passed. What is graded is written, whatever ends the run."""
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.course.grading import grade, strongest, table_text, write_csv, write_table
    from sessionlab.study.new_files import check_free

    files = [file for file in (options.output, options.table) if file is not None]
    check_free(files, force=options.force, field="--output")
    if len({file.resolve() for file in files}) < len(files):
        fix = "name two files."
        message = f"{options.table} cannot hold both the grades and the table."
        raise InvalidInput(message, field="--table", asked=str(options.table), fix=fix)
    rows = grade(
        options.folder,
        options.seconds,
        expect=options.expect,
        students=_names(options.students),
        jobs=options.jobs,
        memory=options.memory * 2**20,
    )
    grades: list[Grade] = []
    try:
        for item in rows:
            grades.append(item)
            _tell_progress(len(grades))
    finally:
        _tell_progress(0)
        if options.table is not None:
            _write(options.table, write_table, grades)
        if options.output is not None:
            _write(options.output, write_csv, grades)
        else:
            write_csv(grades, sys.stdout)
    if not grades:
        print(f"There are no notebooks of the course in {options.folder}.", file=sys.stderr)
    if options.output is not None:
        print(table_text(grades))
        right = sum(item.passed for item in grades)
        print(f"{len(grades)} rows, {right} right: {options.output}. {strongest().says}")
    return 0


def _names(file: Path | None) -> list[str]:
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.study.json_files import read_text

    if file is None:
        return []
    try:
        return [name.strip() for name in read_text(file).splitlines() if name.strip()]
    except (OSError, ValueError) as error:
        fix = "name a text file with a name on each line."
        raise InvalidInput(f"{file} cannot be read: {error}.", field="--students", asked=str(file), fix=fix) from None


def _write(file: Path, write: Callable[[list[Grade], Any], None], grades: list[Grade]) -> None:
    """Write what is graded. What stands in its place by now, an answer has put there: it is replaced.

    If that is not possible any more, the grades go to standard output.
    """
    from sessionlab.core.base.errors import InvalidInput
    from sessionlab.study.new_files import write_new

    text = io.StringIO()
    write(grades, text)
    try:
        write_new(file, text.getvalue(), force=True, field="--output")
    except InvalidInput as error:
        print(f"sessionlab grade: {error} The grades follow.", file=sys.stderr)
        print(text.getvalue(), end="")


def _tell_progress(done: int) -> None:
    """Show how many are graded, where somebody is watching; 0: remove it."""
    if sys.stderr.isatty():
        print(f"\r{done} graded" if done else "\r" + " " * 20 + "\r", end="", file=sys.stderr, flush=True)


def run_build(options: argparse.Namespace) -> int:
    """Write one version of each notebook."""
    from sessionlab.course.notebook_folder import handed_out
    from sessionlab.course.versions import build, check_target

    if options.kind == "executed":
        from sessionlab.course.executed import execute, page_of
        from sessionlab.study.new_files import check_free

        check_target(options.folder)
        notebooks = sorted(handed_out().glob("*.ipynb"))
        pages = [page_of(notebook, options.folder) for notebook in notebooks]
        check_free(pages, within=options.folder, force=options.force, field="DIR")
        for notebook in notebooks:
            print(execute(notebook, options.folder, options.theme, force=options.force))
        return 0
    for file in build(options.kind, options.folder, force=options.force):
        print(file)
    return 0
