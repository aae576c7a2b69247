"""A name that no cell has made yet: in place of a bare NameError, which cell of the lesson to run first.

    follow("03")        from now on, in this notebook

Only names that the lesson's own cells make are explained; any other NameError is shown as always.
"""

from __future__ import annotations

import symtable
from collections.abc import Iterator
from typing import Any

from sessionlab.course.lesson import lesson
from sessionlab.course.notebook_folder import handed_out
from sessionlab.course.rerunning import running_shell
from sessionlab.study.json_files import parse, read_text

RUN_ABOVE = "Or select this cell and choose Run → Run All Above Selected Cell."


def follow(number: str) -> None:
    """Explain names that are not there yet by the cells of this lesson; outside of a notebook, do nothing."""
    shell = running_shell()
    if shell is not None:
        shell.set_custom_exc((NameError,), _shown_with(number))


def explained(number: str, name: str) -> str:
    """Return which cell of a lesson makes a name, in a sentence or two; empty if none does."""
    for section, source in _cells(number):
        if name in _made_by(source):
            begins = source.strip().splitlines()[0]
            return (
                f"{name} is not there yet: a cell of {section} makes it. Run that cell first; it begins with "
                f"{begins!r}. {RUN_ABOVE}"
            )
    return ""


def _shown_with(number: str) -> Any:
    """Return what IPython calls for a NameError in a cell."""

    def show(shell: Any, kind: type[NameError], error: Any, frames: Any, tb_offset: int | None = None) -> None:
        says = "" if error.name is None or error.name in shell.user_ns else explained(number, error.name)
        if says:
            error._render_traceback_ = lambda: [says]
        shell.showtraceback((kind, error, frames), tb_offset=tb_offset)

    return show


def _cells(number: str) -> Iterator[tuple[str, str]]:
    """Yield each code cell of a lesson as it is handed out, with the name of its section."""
    try:
        cells = parse(read_text(handed_out() / lesson(number).notebook))["cells"]
    except (OSError, ValueError):  # nothing to read it from
        return
    section = "the beginning"
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            yield section, source
            continue
        headings = [line.removeprefix("## ") for line in source.splitlines() if line.startswith("## ")]
        section = f"section “{headings[-1]}”" if headings else section


def _made_by(source: str) -> set[str]:
    """Return the names that a cell makes: assigned, defined or imported."""
    try:
        symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    except SyntaxError:  # a magic
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
