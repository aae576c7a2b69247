"""The wall holds: import-linter keeps the contracts, and a planted import turns it red, however it is written."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.repository import ROOT

CORE = ROOT / "sessionlab" / "core"
#: Everything below ``sessionlab`` that people see, in the order of its layers.
FOLDERS = {"attacks", "cli", "core", "course", "experiments", "integrations", "node", "server", "study"}


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layers")
    skip = shutil.ignore_patterns("__pycache__", "artifacts", "*.vy", "notebooks")
    shutil.copytree(ROOT / "sessionlab", folder / "sessionlab", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_contracts_are_kept(copy: Path) -> None:
    run = linted(copy)
    assert run.returncode == 0, run.stdout
    assert "0 broken" in run.stdout


#: Where it is planted, and how; each would let the core know what stands above it.
PLANTED = {
    "plain": ("core/permissions/decide.py", "from sessionlab.study.explain.explanation import Explanation"),
    "lazy": ("core/client/session.py", "def lazy():\n    from sessionlab.study.audit import audit\n    return audit"),
    "typed": ("core/client/outcome.py", "import typing\nif typing.TYPE_CHECKING:\n    import sessionlab.study.facade"),
    "relative": ("core/lab/lab.py", "from ...study import pictures"),
    "up in the core": ("core/permissions/rows.py", "from sessionlab.core.client.session import BaseSession"),
    "across the core": ("core/evm/chain.py", "from sessionlab.core.permissions import Root"),
    "to the chain": ("core/permissions/policy.py", "def lazy():\n    import eth\n    return eth"),
    "up in study": ("study/audit/loss.py", "from sessionlab.study.pictures import burn_down"),
    "up in content": ("study/replay/run.py", "def lazy():\n    from sessionlab.cli import main\n    return main"),
    "across content": ("course/cases.py", "from sessionlab.experiments.sweep import Sweep"),
}


@pytest.mark.parametrize("how", PLANTED)
def test_a_planted_import_turns_it_red(copy: Path, how: str) -> None:
    place, planted = PLANTED[how]
    file = copy / "sessionlab" / place
    before = file.read_text(encoding="utf-8")
    try:
        file.write_text(f"{before}\n\n{planted}\n", encoding="utf-8")
        run = linted(copy)
        assert run.returncode == 1, run.stdout
        assert "is not allowed to import" in run.stdout, run.stdout
    finally:
        file.write_text(before, encoding="utf-8")


# -- what import-linter cannot see: the package itself, which knows everything


def imports_of_the_package(tree: ast.AST, depth: int) -> Iterator[int]:
    """Lines that import ``sessionlab`` itself, by name or relatively; ``depth``: packages above the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name == "sessionlab" for alias in node.names):
            yield node.lineno
        if isinstance(node, ast.ImportFrom):
            if node.level == 0 and node.module == "sessionlab":
                yield node.lineno
            if node.level and node.level >= depth and not node.module:
                yield node.lineno


@pytest.mark.parametrize("layer", ["core", "node", "study"])
def test_nothing_below_the_door_imports_the_door(layer: str) -> None:
    found = []
    for file in sorted((ROOT / "sessionlab" / layer).rglob("*.py")):
        depth = len(file.relative_to(ROOT / "sessionlab").parts)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [f"{file.relative_to(ROOT)}:{line}" for line in imports_of_the_package(tree, depth)]
    assert found == []


@pytest.mark.parametrize(
    "source", ["import sessionlab", "import sessionlab as sl", "from sessionlab import Lab", "from ... import Lab"]
)
def test_the_search_finds_imports_of_the_door(source: str) -> None:
    assert list(imports_of_the_package(ast.parse(source), 3)) == [1]


def test_a_stranger_sees_nine_folders() -> None:
    folders = {path.name for path in (ROOT / "sessionlab").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == FOLDERS
    files = {path.name for path in (ROOT / "sessionlab").iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "py.typed"}
