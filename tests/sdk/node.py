"""Node and the published TypeScript clients: installed once, at the versions of the lock file, never committed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests import npm as packages
from tests.npm import UnavailableError

FOLDER = Path(__file__).parent
SECONDS = 120


class ScriptFailedError(AssertionError):
    """A script did not end well: its last words."""


@cache
def install(folder: Path = FOLDER) -> str:
    """The path of node, with every package of a folder in place. Raises UnavailableError."""
    node = shutil.which("node")
    if node is None:
        raise UnavailableError("node is not installed, and the published clients are npm packages.")
    packages.install(folder)
    return node


def run_node(script: str, **environment: str) -> Any:
    """Run ``tests/sdk/SCRIPT`` with these variables; the JSON value that it prints last. Raises ScriptFailedError."""
    command = [install(), str(FOLDER / script)]
    done = subprocess.run(
        command, env=os.environ | environment, cwd=FOLDER, capture_output=True, text=True, timeout=SECONDS
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise ScriptFailedError(
            f"{script} ended with {done.returncode}:\n{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
        )
    return json.loads(lines[-1])
