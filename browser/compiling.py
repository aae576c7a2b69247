"""Runs a lesson as the browser lab does, and compiles every module that it imported. Run by ``bytecode.mjs``."""

import json
import py_compile
import sys
from pathlib import Path

import pyodide_kernel  # what the browser lab starts with
from IPython.core.interactiveshell import InteractiveShell

LESSON, TARGET, PACKAGES = Path("/tmp/lesson.ipynb"), Path("/target"), Path(pyodide_kernel.__file__).parents[1]


def run_lesson() -> None:
    """Run its cells in order, and what shows their results."""
    shell = InteractiveShell.instance()
    for cell in json.loads(LESSON.read_text())["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()


def compile_imported() -> None:
    """Write the bytecode of each, valid whatever the time of its source."""
    files = {Path(module.__file__) for module in list(sys.modules.values()) if getattr(module, "__file__", None)}
    for file in sorted(file for file in files if file.suffix == ".py" and file.is_relative_to(PACKAGES)):
        made = TARGET / file.relative_to(PACKAGES).with_suffix(".pyc")
        made.parent.mkdir(parents=True, exist_ok=True)
        always = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(file), str(made), str(file), doraise=True, invalidation_mode=always)


run_lesson()
compile_imported()
