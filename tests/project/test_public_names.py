"""Notebooks, README and exercises use public names only; what is public is one list, and it is there without extras."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from types import ModuleType

import pytest

import sessionlab
from sessionlab.course.lesson import lesson, numbers

from .repository import ROOT

#: The public modules by the names under which a program reaches them.
PUBLIC = {"sessionlab": "sessionlab"} | {f"sessionlab.{n}": home for n, home in sessionlab._PUBLIC_MODULES.items()}
#: Cell magics whose cell is not Python.
NOT_PYTHON = ("vyper",)
DOTTED = re.compile(r"sessionlab(\.\w+)+")


def module(name: str) -> ModuleType:
    return import_module(PUBLIC[name])


def python(cell: str) -> str:
    """The Python of a cell: line magics left out, and cells in another language."""
    magic, _, body = cell.lstrip().partition("\n")
    if magic.startswith("%%"):
        return "" if magic.removeprefix("%%").split()[0] in NOT_PYTHON else body
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", cell, flags=re.MULTILINE)


def private_uses(source: str) -> list[str]:
    """What a program uses of sessionlab, or of any object, that is not public."""
    tree = ast.parse(source)
    return [*_imports(tree), *_attributes(tree, _modules(tree)), *_names_in_texts(tree)]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ours = [a.name for a in node.names if a.name.partition(".")[0] == "sessionlab"]
            yield from (f"import {name}" for name in ours if not _can_be_imported(name))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sessionlab":
            there = node.module or ""
            for name in (alias.name for alias in node.names):
                if not _can_be_imported(there) or name not in (*module(there).__all__, "*"):
                    yield f"from {there} import {name}"


def _can_be_imported(name: str) -> bool:
    """``sl.pictures`` is public and ``sessionlab.pictures`` is no module of that name."""
    return PUBLIC.get(name) == name


def _modules(tree: ast.AST) -> dict[str, str]:
    """Variables that hold a public module: ``sl`` → ``sessionlab``."""
    held = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            tops = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
            held |= {top: top for top in tops} | {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            held |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return {variable: name for variable, name in held.items() if name in PUBLIC}


def _attributes(tree: ast.AST, held: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = _module_of(node.value, held)
            if node.attr.startswith("_") or (owner and node.attr not in module(owner).__all__):
                yield ast.unparse(node)


def _module_of(node: ast.expr, held: dict[str, str]) -> str | None:
    """The public module that an expression is: ``sl.pictures`` → ``sessionlab.pictures``."""
    if isinstance(node, ast.Name):
        return held.get(node.id)
    owner = _module_of(node.value, held) if isinstance(node, ast.Attribute) else None
    name = f"{owner}.{node.attr}" if owner and isinstance(node, ast.Attribute) else ""
    return name if name in PUBLIC else None


def _names_in_texts(tree: ast.AST) -> Iterator[str]:
    """``import_module("sessionlab.core.evm")``"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            yield from private_names(node.value)


def private_names(text: str) -> list[str]:
    """Dotted names in a text that lead to something that is not public."""
    return [found for found in (match[0] for match in DOTTED.finditer(text)) if not _is_public(found)]


def _is_public(dotted: str) -> bool:
    owner, _, name = dotted.rpartition(".")
    return dotted in PUBLIC or (owner in PUBLIC and name in module(owner).__all__)


# -- who is read


def uses_in_notebook(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [python("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [*private_uses("\n".join(code)), *(name for text in texts for name in private_names(text))]


def uses_in_document(path: Path) -> list[str]:
    blocks = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert blocks
    return private_uses("\n".join(blocks))


NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
EXERCISES = [exercise for number in numbers() for exercise in lesson(number).exercises]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path: Path) -> None:
    assert uses_in_notebook(path) == []


def test_the_readme_uses_public_names_only() -> None:
    assert uses_in_document(ROOT / "README.md") == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_an_exercise_can_be_solved_by_public_names(exercise: object) -> None:
    for part in ("stub", "solution"):
        assert private_uses(f"import sessionlab as sl\n{getattr(exercise, part)}") == []


# -- each kind of private name, planted in a copy

#: What is planted, and what is said of it.
PLANTED = {
    "a private module": ("from sessionlab.attacks.thief import Thief", "from sessionlab.attacks.thief import Thief"),
    "a private package": ("import sessionlab.core.evm as evm", "import sessionlab.core.evm"),
    "a layer by name": ("from sessionlab import core", "from sessionlab import core"),
    "where a public module is kept": (
        "from sessionlab.study.pictures import burn_down",
        "from sessionlab.study.pictures import burn_down",
    ),
    "a name that is not exported": (
        "from sessionlab.course import classroom",
        "from sessionlab.course import classroom",
    ),
    "within a function": (
        "def lazy():\n    from sessionlab.core.permissions import FLAGS\n    return FLAGS",
        "from sessionlab.core.permissions import FLAGS",
    ),
    "below another cell magic": ("%%time\nfrom sessionlab.cli import main", "from sessionlab.cli import main"),
    "behind a line magic": ("%matplotlib inline\nimport sessionlab.node", "import sessionlab.node"),
    "by its name in a text": ('__import__("sessionlab.core.client")', "sessionlab.core.client"),
    "a layer as an attribute": ("import sessionlab as sl\nsl.core.evm", "sl.core"),
    "the whole path": ("import sessionlab.course\nsessionlab.course.store", "sessionlab.course.store"),
    "a module of a public module": ("import sessionlab as sl\nsl.attacks.museum.CASES", "sl.attacks.museum"),
    "a helper of a public module": ("import sessionlab as sl\nsl.pictures.svg", "sl.pictures.svg"),
    "a helper of the course": ("from sessionlab import course\ncourse.store.path()", "course.store"),
    "an underscore": ("import sessionlab as sl\nsl.Lab()._plan", "sl.Lab()._plan"),
    "an underscore of anything": ("session = None\nsession._client = 1", "session._client"),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_private_name_in_a_notebook_is_found(kind: str, tmp_path: Path) -> None:
    planted, told = PLANTED[kind]
    copy = Path(shutil.copy(ROOT / "notebooks/00_start_here.ipynb", tmp_path))
    notebook = json.loads(copy.read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "plot")
    cell["source"] = planted.splitlines(keepends=True)
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    assert uses_in_notebook(copy) == [told]


def test_a_private_name_in_the_text_of_a_notebook_is_found(tmp_path: Path) -> None:
    copy = Path(shutil.copy(ROOT / "notebooks/14_break_it.ipynb", tmp_path))
    text = copy.read_text(encoding="utf-8")
    assert "vyper.repair(" in text
    copy.write_text(text.replace("vyper.repair(", "sessionlab.integrations.vyper.repair("), encoding="utf-8")
    assert uses_in_notebook(copy) == ["sessionlab.integrations.vyper.repair"]


def test_a_private_name_in_the_readme_is_found(tmp_path: Path) -> None:
    copy = Path(shutil.copy(ROOT / "README.md", tmp_path))
    text = copy.read_text(encoding="utf-8")
    assert "sl.in_background(" in text
    copy.write_text(text.replace("sl.in_background(", "sl.server.in_background(", 1), encoding="utf-8")
    assert uses_in_document(copy) == ["sl.server"]


@pytest.mark.parametrize(
    "source",
    [
        "import sessionlab.course as course\ncourse.check",
        "from sessionlab import *",
        "from sessionlab.attacks import Thief",
        "from sessionlab import vyper\nvyper.repair",
        "import sessionlab as sl\nsl.Lab().chain.travel_to(1)\nsl.pictures.burn_down\nsl.attacks.Thief.become_owner",
    ],
)
def test_public_names_are_let_pass(source: str) -> None:
    assert private_uses(source) == []


def test_vyper_in_a_cell_is_not_read_as_python() -> None:
    assert python("%%vyper spending\n@internal\ndef _sum() -> uint256:\n    return 0") == ""


# -- the list itself


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name: str) -> None:
    assert module(name).__all__
    for public in module(name).__all__:
        assert getattr(module(name), public) is not None


@pytest.mark.parametrize("name", ["attacks", "course"])
def test_a_lazy_module_exports_what_it_lists_and_no_module_hides_it(name: str) -> None:
    package = import_module(f"sessionlab.{name}")
    assert set(package._HOME) == set(package.__all__) == set(dir(package))
    folder = ROOT / "sessionlab" / name
    assert not {path.stem for path in folder.iterdir()} & set(package.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_public_names_are_there_without_any_extra() -> None:
    extras = ["IPython", "ipywidgets", "anywidget", "matplotlib", "vyper", "starlette", "uvicorn", "pandas", "tqdm"]
    assert all(util.find_spec(name) for name in extras)
    code = f"""
import sys
sys.modules.update(dict.fromkeys({extras}))
import sessionlab
for module in (sessionlab, *(getattr(sessionlab, name) for name in sessionlab._PUBLIC_MODULES)):
    for name in module.__all__:
        getattr(module, name)
print("all there")
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout == "all there\n", run.stderr


def test_importing_a_public_module_that_is_lazy_costs_next_to_nothing() -> None:
    heavy = ("web3", "eth", "pydantic", "vyper", "matplotlib", "eth_account", "eth_utils", "rich", "ipywidgets")
    code = f"import sys, sessionlab.attacks, sessionlab.course; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_readme_names_every_public_module() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Public modules\n")[2]
    listed = re.findall(r"^\| `([\w.]+)`", section.partition("\n## ")[0], re.MULTILINE)
    assert listed == ["sessionlab", *(f"sl.{name}" for name in sessionlab._PUBLIC_MODULES)]
