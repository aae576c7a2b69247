"""Packages of npm for tests: installed once, at the versions of a lock file, and never committed."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from hashlib import sha256
from pathlib import Path

from tests.locking import one_at_a_time

#: Names the lock file that was installed. It is written last, so that what npm left half done is done again.
INSTALLED = Path("node_modules", ".installed-for-tests")


class UnavailableError(Exception):
    """The packages are not installed, and cannot be."""


@cache
def install(folder: Path) -> None:
    """Put the packages of a folder in place, unless they are. Raises UnavailableError.

    Another test process may use them meanwhile, so they are never installed twice.
    """
    lock = sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    with one_at_a_time(f"npm-{folder.name}"):
        if not (folder / INSTALLED).exists() or (folder / INSTALLED).read_text() != lock:
            _run(folder)
            (folder / INSTALLED).write_text(lock)


def _run(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError(f"npm is not installed, and tests/{folder.name} has packages of npm.")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise UnavailableError(f"npm ci failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
