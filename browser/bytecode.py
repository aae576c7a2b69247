"""Wheels with the bytecode of what a first lesson imports: the browser lab would else compile it at each visit.

That takes half of the time from the kernel to the first operation. Bytecode is larger than Python, so that what no
first lesson imports has none.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from browser.wheels import files_of, write

SCRIPT = Path(__file__).with_name("bytecode.mjs")
#: Whose source people read, with ``??`` and in tracebacks: it stays. Other modules are served as bytecode alone.
READ = "sessionlab"


def add(folder: Path, wheels: Sequence[Path], notebook: Path, packages: Sequence[str]) -> None:
    """Put it into wheels, where they are. ``folder`` has Python for the browser, and the lock file of these wheels.

    Raises RuntimeError if the notebook, with these packages loaded, does not run.
    """
    with tempfile.TemporaryDirectory() as made:
        command = ["node", str(SCRIPT), str(folder), str(notebook), made, *packages]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{notebook.name} does not run:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
        if not any(Path(made).iterdir()):
            raise RuntimeError(f"{notebook.name} imports nothing:\n{done.stdout[-2_000:]}")
        for wheel in wheels:
            write(wheel, _with_bytecode(files_of(wheel), Path(made)))


def _with_bytecode(files: dict[str, bytes], made: Path) -> dict[str, bytes]:
    result = {}
    for name, content in files.items():
        path = Path(name)
        bytecode = made / path.with_suffix(".pyc")
        if path.suffix == ".py" and bytecode.exists():
            beside = path.parts[0] == READ
            place = path.parent / "__pycache__" / f"{path.stem}.cpython-314.pyc" if beside else path.with_suffix(".pyc")
            result[place.as_posix()] = bytecode.read_bytes()
            if not beside:
                continue
        result[name] = content
    return result
