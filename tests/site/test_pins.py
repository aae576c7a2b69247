"""What the site downloads is pinned, at the versions of everything else; and one module alone knows of coincurve."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from browser import fetch, lite, lock_file, wheels

ROOT = Path(__file__).parents[2]
PINS = {
    canonicalize_name(name): version
    for name, _, version in (line.partition("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
    if version
}
FILES = (fetch.HERE / "wheels.txt", fetch.HERE / "partial_wheels.txt")


def pinned(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_wheels_have_hashes_and_the_versions_of_the_constraints(file: Path) -> None:
    lines = pinned(file)
    assert lines == sorted(lines) and len(lines) >= 3
    for line in lines:
        found = re.fullmatch(r"([a-z0-9-]+)==(\S+) --hash=sha256:[0-9a-f]{64}", line)
        assert found, line
        assert PINS[canonicalize_name(found[1])] == found[2], "run: make pins"


def test_what_sessionlab_requires_is_there_or_stood_in_for() -> None:
    """Of its own requirements; the build asks the same of every wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    there = {line.partition("==")[0] for file in FILES for line in pinned(file)}
    for text in project["dependencies"]:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        applies = requirement.marker is None or requirement.marker.evaluate(dict(lock_file.ENVIRONMENT))
        assert not applies or name in there | lock_file.STANDINS, name


def test_python_for_the_browser_is_pinned_by_its_hash() -> None:
    asked = json.loads((fetch.HERE / "package.json").read_text())["dependencies"]
    locked = json.loads((fetch.HERE / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert all("integrity" in package for name, package in locked.items() if name)


def test_what_is_loaded_at_the_start_is_there() -> None:
    there = {line.partition("==")[0] for file in FILES for line in pinned(file)}
    kernel = {canonicalize_name(wheels.metadata_of(wheel)[0]) for wheel in lite.kernel_wheels()}
    assert set(lite.AT_ONCE) <= there | kernel | {"sessionlab"}


def test_one_module_imports_coincurve() -> None:
    importing = []
    for path in (ROOT / "sessionlab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            importing += [path.name for name in names if name.partition(".")[0] == "coincurve"]
    assert set(importing) == {"secp256k1.py"}


def test_wheels_that_are_made_here_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = (wheels.standins(tmp_path / name).read_bytes() for name in "ab")
    assert first == second
    made = [wheels.sessionlab(tmp_path / name).read_bytes() for name in "cd"]
    assert made[0] == made[1]


def test_a_wheel_that_needs_what_is_not_there_stops_the_build(tmp_path: Path) -> None:
    made = wheels.sessionlab(tmp_path)
    (tmp_path / "pyodide-lock.json").write_text('{"info": {}}')
    with pytest.raises(ValueError, match=r"sessionlab needs .*py-evm.*: pin it in browser/wheels.txt"):
        lock_file.lock_file(tmp_path, [made])
