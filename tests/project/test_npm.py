"""Packages of npm that tests share: installed once for each lock file, whoever asks, and never half."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import npm

from ..missing import missing
from .repository import ROOT

INSTALL = "import sys; from pathlib import Path; from tests import npm; npm.install(Path(sys.argv[1]))"


def folder_of(where: Path, *, version: str = "1.0.0", missing_from_lock: bool = False) -> Path:
    """Write a package that needs nothing but one in its own folder, and so no registry."""
    if shutil.which("npm") is None:
        missing("npm is not installed")
    (where / "part").mkdir(parents=True, exist_ok=True)
    part = {"name": "part", "version": "1.0.0"}
    own = {"name": "whole", "version": version, "dependencies": {"part": "file:part"}}
    packages = {"": own, "node_modules/part": {"resolved": "part", "link": True}, "part": part}
    lock = {"name": "whole", "version": version, "lockfileVersion": 3, "requires": True, "packages": packages}
    if missing_from_lock:
        own = own | {"dependencies": {"part": "file:part", "other": "1.0.0"}}
    for path, content in (("part/package.json", part), ("package.json", own), ("package-lock.json", lock)):
        (where / path).write_text(json.dumps(content))
    return where


def installed_by_a_process(folder: Path) -> subprocess.Popen[bytes]:
    """Start a process that installs the packages. Each run of its npm leaves a line in ``runs``."""
    shim = folder / "bin" / "npm"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text(f'#!/bin/sh\necho run >> "{folder}/runs"\nexec "{shutil.which("npm")}" "$@"\n')
    shim.chmod(0o755)
    paths = os.pathsep.join((str(shim.parent), os.environ["PATH"]))
    return subprocess.Popen([sys.executable, "-c", INSTALL, str(folder)], cwd=ROOT, env={**os.environ, "PATH": paths})


def runs_in(folder: Path) -> int:
    return len((folder / "runs").read_text().splitlines())


def test_processes_that_ask_at_the_same_time_have_the_packages_installed_once(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "at-once")
    asking = [installed_by_a_process(folder) for _ in range(3)]
    assert [process.wait(60) for process in asking] == [0, 0, 0]
    assert (folder / "node_modules" / "part").exists()
    assert runs_in(folder) == 1


def test_another_lock_file_is_installed_anew(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "anew")
    assert installed_by_a_process(folder).wait(60) == 0
    folder_of(folder, version="1.0.1")
    for _ in range(2):
        assert installed_by_a_process(folder).wait(60) == 0
    assert runs_in(folder) == 2


def test_what_npm_refuses_is_not_taken_for_installed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "refused", missing_from_lock=True)
    with pytest.raises(npm.UnavailableError, match="npm ci failed"):
        npm.install(folder)
    assert not (folder / npm.INSTALLED).exists()
