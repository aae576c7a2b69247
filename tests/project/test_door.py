"""The public door: complete, lazy, and its examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import sessionlab

HEAVY = {"web3", "eth", "eth_account", "eth_tester", "pydantic", "vyper", "matplotlib", "rich", "IPython"}
#: Programs, which run when they are imported.
NOT_IMPORTED = {"sessionlab.__main__", "sessionlab.bench.cold_peer"}


def modules() -> list[str]:
    found = [info.name for info in pkgutil.walk_packages(sessionlab.__path__, "sessionlab.")]
    return [name for name in found if name not in NOT_IMPORTED]


def test_every_name_of_the_door_is_there_and_every_public_name_is_listed() -> None:
    for name in sessionlab.__all__:
        assert getattr(sessionlab, name) is not None
    assert sorted(sessionlab.__all__, key=str.lower) == sorted(set(sessionlab.__all__), key=str.lower)
    assert dir(sessionlab) == sessionlab.__all__
    with pytest.raises(AttributeError, match="no attribute 'Labb'"):
        sessionlab.Labb  # noqa: B018 - asking is the test


def test_importing_the_package_imports_nothing_heavy() -> None:
    check = f"import sys, sessionlab; print(sorted({HEAVY!r} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


def test_a_lab_needs_neither_web3_nor_eth_tester_nor_a_compiler() -> None:
    check = (
        "import sys, sessionlab as sl\n"
        "lab = sl.Lab(); wallet = lab.wallet()\n"
        "session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))\n"
        "assert session.send_calls([sl.Call(to=lab.merchant, value=1)]).ok\n"
        "print(sorted({'web3', 'eth_tester', 'vyper', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0


def test_there_are_examples_to_run() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in modules() for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(examples) >= 5
