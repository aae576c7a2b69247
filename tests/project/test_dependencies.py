"""What is imported is declared, extras are imported late, and every version is pinned."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .repository import ROOT
from .write_pins import pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]

#: The distribution of a module that is not called like it.
DISTRIBUTIONS = {
    "Crypto": "pycryptodome",
    "ens": "web3",
    "eth": "py-evm",
    "lru": "lru-dict",
    "pydantic_core": "pydantic-core",
    "xdist": "pytest-xdist",
    "yaml": "PyYAML",
}
#: What this repository has itself.
OWN = ("browser", "sessionlab", "sessionlab_standins", "tests")

#: Modules that belong to an extra: they, and only they, may import it at the top.
OF_AN_EXTRA = {
    "sessionlab/server/app.py": "server",
    "sessionlab/server/serving.py": "server",
    "sessionlab/integrations/pytest_plugin.py": "dev",  # pytest loads it
}


def names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


CORE = names(PROJECT["dependencies"])
EXTRAS = {extra: names(texts) for extra, texts in PROJECT["optional-dependencies"].items()}
DECLARED = CORE.union(*EXTRAS.values())


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """The distribution of each third-party import of a file; does it run when the file is imported?"""
    tree = ast.parse(path.read_text())
    late = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _is_for_types_only(node):
            late |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module or ""]
        else:
            continue
        for module in (module.split(".")[0] for module in modules):
            if module not in sys.stdlib_module_names and module not in OWN:
                yield canonicalize_name(DISTRIBUTIONS.get(module, module)), id(node) not in late


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def sources(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


@pytest.mark.parametrize("path", sources("sessionlab"), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_of_the_package_are_declared(path: Path) -> None:
    for distribution, at_once in imports(path):
        extra = OF_AN_EXTRA.get(path.relative_to(ROOT).as_posix())
        known = CORE | EXTRAS.get(extra or "", set()) if at_once else DECLARED - EXTRAS["dev"] | CORE
        assert distribution in known, (
            f"{distribution}: declare it in pyproject.toml; import what an extra brings in a function"
        )


def test_imports_of_the_tests_are_declared() -> None:
    found = {name for path in sources("tests") for name, _ in imports(path) if not _is_a_neighbour(path, name)}
    assert found - DECLARED == set()


def _is_a_neighbour(path: Path, name: str) -> bool:
    module = name.replace("-", "_")
    return (path.parent / f"{module}.py").exists() or (path.parent / module).is_dir()


def test_bounds_are_lower_bounds_or_exact() -> None:
    """An upper bound keeps users from a repair; the compiler is exact, for artifacts depend on it."""
    texts = PROJECT["dependencies"] + [t for extra in PROJECT["optional-dependencies"].values() for t in extra]
    for text in texts:
        requirement = Requirement(text)
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators == {">="} or requirement.name in ("vyper", "sessionlab"), text


def test_pins_are_exact_and_in_order() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!+]*", line) for line in PINS)
    pinned = [canonicalize_name(line.partition("==")[0]) for line in PINS]
    assert len(set(pinned)) == len(pinned)


def test_pins_are_written_from_what_pip_reports() -> None:
    items = [{"metadata": {"name": name, "version": "1.0"}} for name in ("sessionlab", "Zed", "abc")]
    written = pins(json.dumps({"install": items})).splitlines()
    assert [line for line in written if not line.startswith("#")] == [
        "abc==1.0",
        "appnope==0.1.4",
        "micropip==0.11.1",
        "Zed==1.0",
    ]


def test_everything_that_is_installed_for_us_is_pinned() -> None:
    pinned: dict[str, str] = {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in PINS}
    installed = _closure(DECLARED)
    assert installed.keys() - pinned.keys() == set(), "run: make pins"
    other = {name: version for name, version in installed.items() if version != pinned[name]}
    assert other == {}, "this environment was not made with constraints.txt; run: make setup"


def _closure(wanted: Iterable[str]) -> dict[str, str]:
    """Name and version of all that these need, as far as it is installed, sessionlab left out."""
    found: dict[str, str] = {}
    todo = [(name, frozenset[str]()) for name in wanted] + [("eth-hash", frozenset({"pycryptodome"}))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in seen or name == "sessionlab":
            continue
        seen.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = distribution.version
        for text in distribution.requires or ():
            requirement = Requirement(text)
            if _applies(requirement, extras):
                todo.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))
