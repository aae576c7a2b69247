"""Without the packages of an extra, what needs them says which extra it is and how to install it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab import course
from tests.project.repository import ROOT

#: What is done without an extra: the extra, the packages of it that are not there, and the step.
NEEDS: dict[str, tuple[str, list[str], Callable[[Path], Any]]] = {
    "frame": ("experiments", ["pandas"], lambda folder: _sweep().run().frame()),
    "executor": ("experiments", ["cloudpickle"], lambda folder: _sweep().run(_Executor())),
    "progress": ("experiments", ["tqdm", "tqdm.auto"], lambda folder: _sweep().run(progress=True)),
    "notebooks": ("notebooks", ["nbformat"], lambda folder: course.build("student", folder)),
    "live view": ("notebooks", ["ipywidgets"], lambda folder: sl.widgets.gauge(_session()).view),
    "changed contract": ("contracts", ["vyper", "vyper.exceptions"], lambda folder: _change()),
    "mutant": ("contracts", ["vyper", "vyper.compiler"], lambda folder: sl.attacks.run("replay", mutant=_mutant())),
    "server": ("server", ["starlette", "starlette.applications"], lambda folder: _serve()),
}


class _Executor:
    def submit(self, *_: Any) -> Any:
        raise AssertionError("nothing is sent without cloudpickle")


def _sweep() -> sl.experiments.Sweep:
    return sl.experiments.passes_within([1], operations=1)


def _session() -> sl.Session:
    return sl.Lab().wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))


def _change() -> Any:
    return sl.vyper.change("Counter", "self.number += amount", "self.number = 123456")


def _mutant() -> Any:
    return sl.attacks.find_mutant("last-call-counts-alone")


def _serve() -> None:
    with sl.in_background(sl.Lab()):
        raise AssertionError("it serves without a server")


def installs(extra: str) -> set[str]:
    """The packages of an extra, as pyproject.toml has them."""
    return set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"][extra])


@pytest.mark.parametrize("what", NEEDS)
def test_a_missing_extra_is_named(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extra, packages, act = NEEDS[what]
    for name in [*sys.modules]:  # what was imported already is imported again
        if name.partition(".")[0] in packages or name in ("sessionlab.server.app", "sessionlab.server.serving"):
            monkeypatch.delitem(sys.modules, name)
    for package in packages:
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(sl.MissingExtra) as missing:
        act(tmp_path)
    assert missing.value.extra == missing.value.field == extra
    assert installs(extra) <= set(re.findall(r"'([^']+)'", str(missing.value.fix)))
    assert isinstance(missing.value, ImportError)


def test_each_extra_that_is_advised_is_one_of_the_package() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "sessionlab").rglob("*.py")]
    advised = [
        name for text in sources for name in re.findall(r"needs_extra\(\"(\w+)\"|missing_extra\([^)]*\"(\w+)\"\)", text)
    ]
    named = {name for pair in advised for name in pair if name}
    assert named == {extra for extra, _, _ in NEEDS.values()} <= set(known)


def test_a_fault_of_the_library_is_no_missing_extra() -> None:
    from sessionlab.study.extras import needs_extra

    with pytest.raises(ModuleNotFoundError) as error, needs_extra("server", "Nothing"):
        import sessionlab.not_there  # type: ignore[import-not-found]  # noqa: F401
    assert not isinstance(error.value, sl.MissingExtra)


def test_the_command_names_the_extra() -> None:
    code = "import sys; sys.modules['starlette'] = None; from sessionlab.cli import main; sys.exit(main(['serve']))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert f"pip install '{min(installs('server'))}'" in run.stdout + run.stderr
