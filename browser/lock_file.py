"""What Pyodide loads: each wheel with what it needs and what is imported from it. It knows no other place to look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from browser.wheels import imports_of, metadata_of

#: What the requirements of a wheel are judged by (PEP 508).
ENVIRONMENT = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "python_full_version": "3.14.2",
    "python_version": "3.14",
    "sys_platform": "emscripten",
    "extra": "",
}
#: The stand-ins are in place of these.
STANDINS = {"ckzg", "coincurve", "lru-dict", "pycryptodome", "regex"}
#: Required by others, and of no use in a browser: they are never imported there.
UNUSED = {"jupyterlab-widgets", "pexpect", "types-requests"}
#: What the notebooks use beyond what sessionlab itself requires.
WITH_SESSIONLAB = ("anywidget", "tqdm", "vyper")


def lock_file(pyodide: Path, wheels: Sequence[Path]) -> str:
    """Return the lock file of these wheels, which lie next to it. Raises ValueError if one needs what is not there."""
    platform = json.loads((pyodide / "pyodide-lock.json").read_text())["info"]
    names = {canonicalize_name(metadata_of(wheel)[0]) for wheel in wheels}
    packages = {entry["name"]: entry for entry in (_entry(wheel, names) for wheel in wheels)}
    return json.dumps({"info": platform, "packages": dict(sorted(packages.items()))}, indent=1, sort_keys=True) + "\n"


def _entry(wheel: Path, names: set[str]) -> dict[str, Any]:
    title, version, requirements = metadata_of(wheel)
    name = str(canonicalize_name(title))
    needs = {_in_place(canonicalize_name(one.name)) for one in map(Requirement, requirements) if _applies(one)} - UNUSED
    if name == "sessionlab":
        needs |= {"sessionlab-standins", *WITH_SESSIONLAB}
    if missing := needs - names:
        raise ValueError(f"{name} needs {', '.join(sorted(missing))}: pin it in browser/wheels.txt")
    return {
        "name": name,
        "version": version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": imports_of(wheel),
        "depends": sorted(needs),
        "unvendored_tests": False,
    }


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(dict(ENVIRONMENT))


def _in_place(name: str) -> str:
    return "sessionlab-standins" if name in STANDINS else name
