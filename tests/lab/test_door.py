"""The public door: what it exports, what importing it costs, and that the examples in its docstrings run."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import sessionlab
from sessionlab.core.permissions.types import PERMISSION_TYPES
from tests.missing import missing

HEAVY = (
    "web3",
    "eth",
    "pydantic",
    "vyper",
    "matplotlib",
    "eth_account",
    "eth_tester",
    "ipywidgets",
    "rich",
    "coincurve",
)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(sessionlab.__path__, "sessionlab.")
    if not module.name.endswith("__main__") and not module.name.startswith("tests.bench.cold")  # scripts
)


def test_every_exported_name_is_there() -> None:
    for name in sessionlab.__all__:
        assert getattr(sessionlab, name) is not None
    assert sorted(sessionlab.__all__) == sessionlab.__all__
    assert dir(sessionlab) == sessionlab.__all__
    types = {kind.__name__ for kind in PERMISSION_TYPES.values()}
    assert {*sessionlab._HOME, *sessionlab._PUBLIC_MODULES, *types, "__version__"} == set(sessionlab.__all__)


def test_type_checkers_are_told_the_same_names() -> None:
    """The static list in the source, for tools that do not run the module, is the one that runs."""
    tree = ast.parse(Path(sessionlab.__file__).read_text(encoding="utf-8"))
    lists = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)]
    (static,) = [ast.literal_eval(found) for found in lists]
    types = {kind.__name__ for kind in PERMISSION_TYPES.values()}
    assert {*static, *types} == set(sessionlab.__all__)


def test_no_module_hides_an_exported_name() -> None:
    """A module ``sessionlab.x`` that is imported becomes ``sessionlab.x``, whatever the door says."""
    hidden = set(sessionlab.__all__) & {name.split(".")[1] for name in MODULES if name.count(".") == 1}
    assert hidden == {name for name, home in sessionlab._PUBLIC_MODULES.items() if home == f"sessionlab.{name}"}


def test_all_errors_and_permission_types_are_exported() -> None:
    from sessionlab.core.base import errors
    from sessionlab.core.permissions.types import PERMISSION_TYPES

    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
    assert kinds <= set(sessionlab.__all__)
    assert {kind.__name__ for kind in PERMISSION_TYPES.values()} <= set(sessionlab.__all__)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Laboratory'"):
        sessionlab.Laboratory  # noqa: B018


def test_importing_costs_next_to_nothing() -> None:
    code = f"import sys, sessionlab; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name: str) -> None:
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        missing(f"an extra is not installed: {error.name}")
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


def test_the_packages_own_example_runs() -> None:
    import sessionlab as sl

    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))])
    assert session.send_calls([sl.Call(to=lab.recipient, value=sl.ether("0.3"))])
