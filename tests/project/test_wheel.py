"""The built wheel works in an empty environment, away from the repository.

Takes about a minute, so it runs in CI and with SESSIONLAB_SLOW=1; what the wheel holds is always looked at.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from .repository import ROOT, files

slow = pytest.mark.skipif(
    os.environ.get("CI") != "true" and not os.environ.get("SESSIONLAB_SLOW"),
    reason="installs everything once more; CI=true or SESSIONLAB_SLOW=1 runs it",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_everything_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    held = set(ZipFile(wheel).namelist())
    package = {path.relative_to(ROOT).as_posix() for path in files() if path.is_relative_to(ROOT / "sessionlab")}
    assert package <= held
    assert "sessionlab/py.typed" in held
    assert any(name.startswith("sessionlab/core/contracts/artifacts/") for name in held)
    assert "sessionlab/core/contracts/SessionWallet.vy" in held


def test_the_notebooks_are_in_the_wheel(wheel: Path) -> None:
    notebooks = {path.relative_to(ROOT).as_posix() for path in files() if path.is_relative_to(ROOT / "notebooks")}
    assert notebooks
    assert {f"sessionlab/{name}" for name in notebooks} <= set(ZipFile(wheel).namelist())


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    known = {path.relative_to(ROOT).as_posix() for path in files()}
    for name in ZipFile(wheel).namelist():
        if ".dist-info/" not in name:
            assert name in known or name.removeprefix("sessionlab/") in known


def test_the_licence_and_the_command_are_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name.partition(".dist-info/")[2]: name for name in archive.namelist()}
        assert "licenses/LICENSE" in names
        assert b"sessionlab = sessionlab.cli:main" in archive.read(names["entry_points.txt"])


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it asks for, no extra; its folder of programs."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", wheel], check=True)
    return folder / "bin"


def run(program: Path, *arguments: str, folder: Path) -> str:
    """What the program prints, run in a folder of its own that is also the user's directory, and empty."""
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@slow
def test_the_tour_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    lines = run(installed / "sessionlab", "tour", "--json", "--rules", "deployed", folder=tmp_path).splitlines()
    stops = [json.loads(line) for line in lines]
    assert len({stop["permission"] for stop in stops}) == len(stops) == 8
    assert all(stop["allowed"]["ok"] and not stop["denied"]["ok"] for stop in stops)


@slow
def test_no_extra_is_needed(installed: Path, tmp_path: Path) -> None:
    check = "import sessionlab, importlib.util as u; "
    check += "print(sessionlab.__file__, *map(u.find_spec, ['matplotlib', 'vyper']))"
    where, *extras = run(installed / "python", "-c", check, folder=tmp_path).split()
    assert not Path(where).is_relative_to(ROOT)
    assert extras == ["None", "None"]
