"""What a user's mypy and pyright say: nothing about the examples and about public names, and each typo is refused."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.study.named import ByName
from tests.missing import missing

from . import examples
from .repository import ROOT

#: Of what the examples do not use, nothing is read: it takes a while.
UNUSED = (
    "IPython",
    "anywidget",
    "dask",
    "distributed",
    "eth_tester",
    "ipywidgets",
    "matplotlib",
    "numpy",
    "pandas",
    "vyper",
)
MYPY = f"""[mypy]
strict = true
mypy_path = {ROOT}
cache_dir = {ROOT / ".mypy_cache" / "examples"}
[mypy-sessionlab.*]
follow_imports = silent
[mypy-{",".join(f"{name}.*" for name in UNUSED)}]
follow_imports = skip
follow_imports_for_stubs = true
ignore_missing_imports = true
"""
PYRIGHT = {"include": ["*.py"], "extraPaths": [str(ROOT)], "pythonVersion": "3.11"}
#: In a notebook, names are bound again from cell to cell, and learners' own functions have no annotations.
IN_NOTEBOOKS = "# mypy: allow-redefinition-new, local-partial-types, allow-untyped-defs, allow-untyped-calls\n"
Complaints = list[tuple[str, int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("examples")
    examples.write(made)
    for path in made.glob("notebook_*.py"):
        path.write_text(IN_NOTEBOOKS + path.read_text("utf-8"), "utf-8")
    tests = made / "guide_ci_test_payments.py"  # fixtures of a plugin have no types that people import
    tests.write_text("# mypy: allow-untyped-defs\n" + tests.read_text("utf-8"), "utf-8")
    (made / "mypy.ini").write_text(MYPY, "utf-8")
    (made / "pyrightconfig.json").write_text(json.dumps(PYRIGHT), "utf-8")
    return made


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def running(folder: Path) -> dict[str, subprocess.Popen[str] | None]:
    """Both type checkers, at the same time. None for a pyright that cannot be started."""
    own = [sys.executable, "-m", "pyright"] if find_spec("pyright") else [shutil.which("pyright") or "false"]
    files = sorted(path.name for path in folder.glob("*.py"))
    mypy = start(folder, sys.executable, "-m", "mypy", "--config-file", "mypy.ini", *files)
    started = subprocess.run([*own, "--version"], capture_output=True, check=False).returncode == 0
    pyright = start(folder, *own, "--outputjson", "--pythonpath", sys.executable) if started else None
    return {"mypy": mypy, "pyright": pyright}


@pytest.fixture(scope="module")
def mypy(running: dict[str, subprocess.Popen[str]]) -> Complaints:
    told, failed = running["mypy"].communicate()
    assert running["mypy"].returncode in (0, 1), failed
    found = re.findall(r"^([\w./-]+):(\d+): error: (.*)$", told, re.MULTILINE)
    return [(file, int(line), words) for file, line, words in found]


@pytest.fixture(scope="module")
def pyright(running: dict[str, subprocess.Popen[str] | None]) -> Complaints:
    if (process := running["pyright"]) is None:
        missing("pyright is not installed, or found no Node.js and could not fetch one")
    told = json.loads(process.communicate()[0])["generalDiagnostics"]
    found = [complaint for complaint in told if complaint["severity"] == "error"]
    return [(Path(c["file"]).name, c["range"]["start"]["line"] + 1, c["message"]) for c in found]


@pytest.fixture(params=["mypy", "pyright"])
def complaints(request: pytest.FixtureRequest) -> Complaints:
    found: Complaints = request.getfixturevalue(request.param)
    return found


def test_the_examples_and_every_public_name_are_accepted(complaints: Complaints) -> None:
    assert [told for told in complaints if told[0] != "typos.py"] == []


def test_each_typo_is_refused(complaints: Complaints) -> None:
    first = len(examples.SETTING.splitlines()) + 1
    refused = {line for file, line, _ in complaints if file == "typos.py"}
    assert [typo for line, typo in enumerate(examples.TYPOS, first) if line not in refused] == []
    assert min(refused) >= first and len(examples.TYPOS) >= 12


@pytest.fixture(scope="module")
def world() -> dict[str, object]:
    made: dict[str, object] = {}
    exec(examples.SETTING.replace("send_calls([])", "send_calls([sl.Call(lab.merchant)])"), made)
    return made


@pytest.mark.parametrize("typo", examples.TYPOS)
def test_a_typo_is_refused_at_run_time_too(typo: str, world: dict[str, object]) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        eval(typo, world)


def test_the_contracts_that_type_checkers_know_are_those_of_a_lab() -> None:
    source = (ROOT / "sessionlab" / "study" / "named.py").read_text("utf-8")
    assert (
        re.findall(r"^ +(\w+): ChecksumAddress$", source, re.MULTILINE) == list(sl.Lab().addresses)[1:]
    )  # token makes others
    assert issubclass(sl.Lab, ByName)


def test_there_are_examples_of_each_kind(folder: Path) -> None:
    count: Callable[[str], int] = lambda kind: len(list(folder.glob(kind)))  # noqa: E731
    assert count("guide_*.py") >= 11
    assert count("notebook_*.py") >= 16 and count("readme_*.py") >= 3
