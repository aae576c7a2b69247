"""Lay out bundler-spec-tests to run: an unmodified clone, its compiler, contracts and schema, and an environment.

Everything is made in ``build/``, and none of it is committed. The contracts of account-abstraction, the compiler and
what builds the schema come from npm, at the versions of the lock file beside this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.locking import one_at_a_time
from tests.npm import UnavailableError
from tests.sdk.node import install

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "bundler-spec"
BRANCH = "releases/v0.7"
#: The version that the suite asks py-solc-x for; npm has the same one.
SOLC = "0.8.25"


@dataclass(frozen=True)
class Suite:
    """A suite that is ready to run: its folder, the commit it is of, its Python, and the folder of its compiler."""

    folder: Path
    commit: str
    python: Path
    compilers: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables it runs with. py-solc-x finds the compiler installed, so it downloads none."""
        return os.environ | {"SOLCX_BINARY_PATH": str(self.compilers), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}


def prepare(checkout: Path, specification: Path | None = None) -> Suite:
    """Lay out the suite of a checkout. ``specification``: bundler-spec, if it is not in the checkout as its submodule.

    Raises UnavailableError if git, npm, or one of the repositories is missing.
    """
    with one_at_a_time("bundler-spec"):
        node = install(HERE)
        folder, commit = _clone(checkout, "suite", BRANCH)
        _clone_specification(checkout, specification, folder, node)
        contracts = HERE / "node_modules/@account-abstraction/contracts"
        shutil.copytree(contracts, folder / "@account-abstraction/contracts")
        return Suite(folder, commit, _python(), _compiler(node))


def changes(suite: Suite) -> str:
    """Return what differs from the commit; empty if the tests and contracts are as they were published."""
    return _run("git", "-C", suite.folder, "status", "--porcelain", "--ignore-submodules", "--untracked-files=no")


def _clone(repository: Path, name: str, revision: str) -> tuple[Path, str]:
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run("git", "clone", "--quiet", "--no-checkout", repository, folder)
    places = [revision, f"origin/{revision}", "HEAD"] if revision == BRANCH else [revision]
    _run("git", "-C", folder, "checkout", "--quiet", "--detach", _first_known(folder, places))
    return folder, _run("git", "-C", folder, "rev-parse", "HEAD")


def _first_known(folder: Path, revisions: list[str]) -> str:
    for revision in revisions:
        command = ["git", "-C", str(folder), "rev-parse", "--quiet", "--verify", f"{revision}^{{commit}}"]
        if subprocess.run(command, capture_output=True).returncode == 0:
            return revision
    raise UnavailableError(f"The repository has none of {', '.join(revisions)}.")


def _clone_specification(checkout: Path, specification: Path | None, suite: Path, node: str) -> None:
    """Build the schema that the suite reads, by the specification's own script, at the commit that the suite names."""
    place = specification or checkout / "spec"
    if not (place / "HEAD").exists() and not (place / ".git").exists():
        fix = "run `git submodule update --init spec` there, or give --specification: a clone of bundler-spec"
        raise UnavailableError(f"{place} is no clone of eth-infinitism/bundler-spec; {fix}.")
    commit = _run("git", "-C", suite, "rev-parse", "HEAD:spec")
    folder, _ = _clone(place, "specification", commit)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    _run(node, "scripts/build.js", folder=folder)
    shutil.copy(folder / "openrpc.json", suite / "spec")


def _python() -> Path:
    """Return the Python of an environment with what the suite needs, and nothing of ours."""
    python = BUILD / "venv/bin/python"
    wanted, made = HERE / "requirements.txt", BUILD / "venv/requirements.txt"
    if not made.exists() or made.read_text() != wanted.read_text():
        shutil.rmtree(BUILD / "venv", ignore_errors=True)
        _run(sys.executable, "-m", "venv", BUILD / "venv")
        _run(python, "-m", "pip", "install", "--quiet", "--requirement", wanted)
        shutil.copy(wanted, made)
    return python


def _compiler(node: str) -> Path:
    """Put the stand-in where py-solc-x keeps a compiler of this version."""
    folder = BUILD / "compilers"
    folder.mkdir(exist_ok=True)
    stand_in = folder / f"solc-v{SOLC}"
    stand_in.write_text(f'#!/bin/sh\nexec "{node}" "{HERE / "solc.mjs"}" "$@"\n')
    stand_in.chmod(0o755)
    return folder


def _run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip()[-600:]
        raise UnavailableError(f"{' '.join(map(str, command[:4]))} failed: {last}")
    return done.stdout.strip()
