"""The built wheel works in an empty environment, away from the repository: tour, course, serve.

Takes more than a minute, so it runs in CI and with SESSIONLAB_SLOW=1; what the wheel holds is always looked at.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
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
    (line,) = re.findall(r"^wheel: .*\n\t\$\(BIN\)/python (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, *shlex.split(line), "--directory", str(folder)]
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


PIP = ("-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check")
PIP += ("--constraint", str(ROOT / "constraints.txt"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it asks for, no extra; its folder of programs."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin/python", *PIP, wheel], check=True)
    return folder / "bin"


@pytest.fixture(scope="module")
def with_extras(installed: Path, wheel: Path) -> Path:
    """The same environment with the extra ``server``, and with what a lesson needs of ``notebooks``, JupyterLab left
    out."""
    of_notebooks = ["ipykernel", "nbclient"]
    subprocess.run([installed / "python", *PIP, f"sessionlab[server] @ file://{wheel}", *of_notebooks], check=True)
    return installed


def environment(folder: Path) -> dict[str, str]:
    """A user's directory that is empty, and no packages but those of the program's own environment."""
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin"}


def run(program: Path, *arguments: str, folder: Path) -> str:
    """What the program prints, run in a folder of its own that is also the user's directory."""
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
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
    check += "print(sessionlab.__file__, *map(u.find_spec, ['matplotlib', 'vyper', 'starlette', 'nbformat']))"
    where, *extras = run(installed / "python", "-c", check, folder=tmp_path).split()
    assert not Path(where).is_relative_to(ROOT)
    assert extras == ["None"] * 4


@slow
def test_a_missing_extra_is_installed_by_what_the_error_says(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run([installed / "sessionlab", "serve"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    advised = re.search(r"pip install ((?:'[^']+' ?)+)", done.stderr)
    assert advised
    pip = [installed / "python", *PIP, "--dry-run", *shlex.split(advised[1])]
    assert "uvicorn" in subprocess.run([*pip[:4], *pip[5:]], capture_output=True, text=True, check=True).stdout


@slow
def test_a_lesson_of_the_course_runs_from_the_wheel(with_extras: Path, tmp_path: Path) -> None:
    written = run(with_extras / "sessionlab", "course", "solution", "notebooks", folder=tmp_path).split()
    assert len(written) > 10
    execute = "import nbformat, nbclient; n = nbformat.read('notebooks/00_start_here.ipynb', 4); "
    execute += "nbclient.NotebookClient(n, resources={'metadata': {'path': '.'}}).execute(); "
    execute += "print(*(o.get('text', '') or o.get('data', {}).get('text/plain', '') for c in n.cells "
    execute += "if c.cell_type == 'code' for o in c.outputs))"
    shown = run(with_extras / "python", "-c", execute, folder=tmp_path)
    assert "✓ Passed: 4 pass" in shown


@slow
def test_the_wheel_serves_a_lab(with_extras: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "lab.json"
    command = [with_extras / "sessionlab", "serve", "--port", "0", "--manifest", str(manifest), "--quiet"]
    serving = subprocess.Popen(command, cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while not manifest.exists() and time.monotonic() < end:
            time.sleep(0.05)
        url = json.loads(manifest.read_text())["url"]
        asked = b'{"jsonrpc": "2.0", "id": 1, "method": "web3_clientVersion", "params": []}'
        headers = {"content-type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, asked, headers), timeout=30) as answer:
            assert json.load(answer)["result"].startswith("sessionlab/")
        with urllib.request.urlopen(f"{url}/", timeout=30) as page:
            assert b"py3-none-any.whl" in page.read()
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(30)


@slow
def test_the_install_of_the_example_project_is_of_what_exists(wheel: Path, tmp_path: Path) -> None:
    """Its CI installs from git; here, from this repository as it is committed."""
    workflow = (ROOT / "tests/sdk/example/ci.yml").read_text()
    (step,) = re.findall(r"run: (pip install .*)$", workflow, re.MULTILINE)
    (requirement,) = shlex.split(step)[2:]
    here, count = re.subn(
        r"git\+https://github\.com/OWNER/REPOSITORY@v[\d.]+", f"git+file://localhost{ROOT}", requirement
    )
    assert count == 1
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), here], check=True)
    assert [path.name for path in tmp_path.glob("*.whl")] == [wheel.name]
