"""The targets that the documents name exist, and say what they would run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .repository import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")

NEED_THE_ENVIRONMENT = (
    "setup", "lab", "tour", "test", "quick", "bench", "check", "format", "contracts", "docs", "wheel", "site",
)  # fmt: skip
TARGETS = (*NEED_THE_ENVIRONMENT, "pins", "clean")


def make(*arguments: str, folder: Path = ROOT, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """make, run in the folder; ``path``: where programs are looked for first."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "PYTHON")
    }
    if path:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    command = ["make", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_says_what_it_would_run(target: str) -> None:
    dry = make("--dry-run", target)
    assert dry.returncode == 0, dry.stderr


def test_without_a_target_it_lists_them_all() -> None:
    listed = re.findall(r"^make (\w+): \S", make().stdout, re.MULTILINE)
    assert set(listed) == {*TARGETS, "help"}


def test_tour_shows_both_rulesets() -> None:
    commands = make("--dry-run", "tour").stdout
    assert "tour --rules documented" in commands
    assert "tour --rules deployed" in commands


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder in which nothing has been set up."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("target", NEED_THE_ENVIRONMENT)
def test_what_needs_the_environment_makes_it(target: str, bare: Path) -> None:
    assert "-m venv .venv" in make("--dry-run", target, folder=bare).stdout


def test_what_is_set_up_already_is_left_alone(bare: Path) -> None:
    (bare / ".venv").mkdir()
    (bare / ".venv/.stamp").touch()
    assert "-m venv .venv" not in make("--dry-run", "lab", folder=bare).stdout


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("sys.version_info <", "is too old: sessionlab needs 3.11"),
        ("import ensurepip", "sudo apt install python3-venv"),
    ],
)
def test_what_python_lacks_is_said(fault: str, says: str, bare: Path) -> None:
    python = bare / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *"{fault}"*) exit 1;; esac\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    stopped = make("setup", f"PYTHON={python}", folder=bare)
    assert stopped.returncode
    assert says in stopped.stdout
    assert not (bare / ".venv").exists()


def test_a_python_that_will_do_is_found_beside_one_that_will_not(bare: Path) -> None:
    folder = bare / "bin"
    folder.mkdir()
    for name, will_do in (
        ("python3", False),
        ("python3.13", False),
        ("python3.12", True),
        ("python3.11", True),
    ):
        (folder / name).write_text(f"#!/bin/sh\nexit {int(not will_do)}\n")
        (folder / name).chmod(0o755)
    assert "python3.12 -m venv .venv" in make("--dry-run", "setup", folder=bare, path=folder).stdout


def test_a_missing_python_is_said(bare: Path) -> None:
    stopped = make("setup", "PYTHON=python-that-is-not-there", folder=bare)
    assert stopped.returncode
    assert "There is no python-that-is-not-there. Install Python 3.11" in stopped.stdout


def test_the_ci_run_can_be_executed_and_is_valid() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)


@pytest.mark.parametrize(("check", "test"), [(0, 0), (2, 0), (0, 2), (2, 2)])
def test_the_ci_run_fails_with_either_part_and_ends_with_the_summary(tmp_path: Path, check: int, test: int) -> None:
    script = tmp_path / ".ci/run"
    script.parent.mkdir()
    script.write_text((ROOT / ".ci/run").read_text())
    fake = tmp_path / "programs/make"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\n"
        f"case $1 in check) echo types; exit {check};; test) echo '7 passed in 1.5s (0:00:01)'; echo make ends >&2; "
        f"exit {test};; esac\n"
    )
    (fake.parent / "apt-get").write_text("#!/bin/sh\nexit 1\n")  # a test installs nothing
    for program in fake.parent.iterdir():
        program.chmod(0o755)
    path = f"{fake.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", script], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == bool(check or test)
    lines = done.stdout.splitlines()
    assert "types" in lines and "make ends" in lines
    assert lines[-1] == "7 passed in 1.5s (0:00:01)"
