"""Node and the published TypeScript clients: installed once, at the versions of the lock file, never committed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.locking import one_at_a_time

FOLDER = Path(__file__).parent
#: What npm writes of its own accord when it has installed everything.
INSTALLED = Path("node_modules", ".package-lock.json")
SECONDS = 120


class UnavailableError(Exception):
    """Node or the packages are not installed, and cannot be."""


class ScriptFailedError(AssertionError):
    """A script did not end well: its last words."""


@cache
def install(folder: Path = FOLDER) -> str:
    """The path of node, with every package of a folder in place. Raises UnavailableError."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise UnavailableError("node and npm are not installed; the published clients are npm packages.")
    with one_at_a_time("npm"):
        if _versions(folder / INSTALLED) != _versions(folder / "package-lock.json"):
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                raise UnavailableError(f"npm ci failed: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
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


def _versions(lock: Path) -> dict[str, str]:
    """Each package and its version in a lock file, but the optional ones, which may be for other machines."""
    if not lock.exists():
        return {}
    packages: dict[str, Any] = json.loads(lock.read_text())["packages"]
    return {name: of["version"] for name, of in packages.items() if name and not of.get("optional")}
