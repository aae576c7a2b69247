"""What comes from PyPI and npm, at pinned versions and hashes, kept in the build folder."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
#: PEP 783: what Pyodide 314 runs.
IN_A_BROWSER = ("--python-version=3.14", "--implementation=cp", "--abi=cp314", "--abi=none")
IN_A_BROWSER += ("--platform=pyemscripten_2026_0_wasm32", "--platform=any")
#: Some wheels with libraries in C work without them, but exist for machines alone.
ON_A_MACHINE = ("--python-version=3.11", "--implementation=cp", "--abi=cp311")
ON_A_MACHINE += ("--platform=manylinux2014_x86_64", "--platform=manylinux_2_28_x86_64")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def fetch_wheels(pins: Path, target: Path, tags: tuple[str, ...]) -> list[Path]:
    """Return the wheels of a file with hashes, in the order of their names, downloaded if they are not there yet.

    Raises CalledProcessError if one cannot be had, or is another file than the pinned one.
    """
    wanted = set(HASH.findall(pins.read_text()))
    target.mkdir(parents=True, exist_ok=True)
    if not wanted <= _hashes(target).keys():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        where = [f"--dest={target}", f"--requirement={pins}", "--require-hashes", "--no-deps", "--only-binary=:all:"]
        subprocess.run([*pip, *where, *tags], check=True)
    found = _hashes(target)
    return sorted((found[one] for one in wanted), key=lambda wheel: wheel.name.lower())


def fetch_pyodide(target: Path) -> Path:
    """Return the folder with Python for the browser. Raises FileNotFoundError without npm."""
    lock = json.loads((HERE / "package-lock.json").read_text())["packages"]["node_modules/pyodide"]
    folder = target / "node_modules" / "pyodide"
    manifest = folder / "package.json"
    if not manifest.exists() or json.loads(manifest.read_text())["version"] != lock["version"]:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is not installed: Python for the browser is a package of npm's.")
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, target / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=target, check=True)
    return folder


def _hashes(folder: Path) -> dict[str, Path]:
    return {hashlib.sha256(wheel.read_bytes()).hexdigest(): wheel for wheel in folder.glob("*.whl")}
