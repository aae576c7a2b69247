"""Runs a lesson as the browser lab does, and hands over the bytecode of what it imported. Run by ``bytecode.mjs``."""

import json
import sys
from importlib.util import source_hash
from pathlib import Path

sys.dont_write_bytecode = False  # Python keeps what it compiles

import pyodide_kernel  # noqa: E402  # what the browser lab starts with
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

LESSON, TARGET, PACKAGES = Path("lesson.ipynb"), Path("/target"), Path(pyodide_kernel.__file__).parents[1]
UNCHECKED = b"\1\0\0\0"  # PEP 552: it holds whatever the time and the content of its source


def run_lesson() -> None:
    """Run its cells in order, and what shows their results."""
    shell = InteractiveShell.instance()
    for cell in json.loads(LESSON.read_text())["cells"]:
        if cell["cell_type"] == "code":
            shell.run_cell("".join(cell["source"])).raise_error()


def hand_over() -> None:
    """Write the bytecode of each imported module, under the name of its source with another ending."""
    for module in list(sys.modules.values()):
        cached, source = getattr(module, "__cached__", None), Path(getattr(module, "__file__", None) or "/")
        if cached and source.suffix == ".py" and source.is_relative_to(PACKAGES):
            bytecode, made = Path(cached).read_bytes(), TARGET / source.relative_to(PACKAGES).with_suffix(".pyc")
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_bytes(bytecode[:4] + UNCHECKED + source_hash(source.read_bytes()) + bytecode[16:])


run_lesson()
hand_over()
