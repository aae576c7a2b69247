"""``help()`` of each public name is a page: at most 60 lines, with units, and with examples that run."""

from __future__ import annotations

import difflib
import doctest
import inspect
import json
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.permissions.types import PERMISSION_TYPES
from sessionlab.study.permission_help import PAGES

MODULES = {"sl": sl} | {name: getattr(sl, name) for name in sl._PUBLIC_MODULES}
PUBLIC = {f"{owner}.{name}": getattr(module, name) for owner, module in MODULES.items() for name in module.__all__}
#: A number or a text has Python's own page, whoever made it.
OWN = {name: thing for name, thing in PUBLIC.items() if not isinstance(thing, int | str)}
OWN |= MODULES
#: Parameters that count something, and what their function has to say of it.
UNITS = {
    r"\bwei\b|base units": {
        "allowance", "amount", "balance", "base_fee", "gas_price", "max_fee", "max_priority_fee", "price_ceiling",
        "spend_cap", "value", "wei",
    },
    r"\bgas\b": {"gas", "call_gas"},
    r"\bseconds?\b|Unix time": {"end", "expiry", "expiry_sec", "lasts", "now", "seconds", "time", "wait"},
}  # fmt: skip


def page(thing: object) -> str:
    return pydoc.plain(pydoc.render_doc(thing))


def functions() -> Iterator[tuple[str, Any]]:
    """Public functions and the methods of public classes."""
    for name, thing in OWN.items():
        if inspect.isfunction(thing):
            yield name, thing
        elif inspect.isclass(thing):
            yield name, thing
            for method in dir(thing):
                raw = inspect.getattr_static(thing, method)
                function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
                ours = inspect.isfunction(function) and function.__module__.startswith("sessionlab")
                if ours and not method.startswith("_"):
                    yield f"{name}.{method}", function


FUNCTIONS = dict(functions())


@pytest.mark.parametrize("name", OWN)
def test_help_is_a_page(name: str) -> None:
    lines = page(OWN[name]).splitlines()
    assert 3 <= len(lines) <= 60


def test_help_itself_shows_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    help(sl.SmartWalletClient)
    shown = capsys.readouterr().out
    for method in ("send_calls", "prepare_calls", "sign_prepared_calls", "send_prepared_calls", "get_calls_status"):
        assert re.search(rf"^  {method}\(.*\) +[A-Z]", shown, re.MULTILINE), method
    assert len(shown.splitlines()) <= 60


@pytest.mark.parametrize("first", ["import sessionlab", "import sessionlab.course"])
def test_the_first_help_of_a_process_is_a_page_too(first: str) -> None:
    code = f"{first}\nhelp({first.partition(' ')[2]})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 10 < len(run.stdout.splitlines()) <= 60


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_gives_units(name: str) -> None:
    function = FUNCTIONS[name]
    try:
        parameters = set(inspect.signature(function).parameters)
    except ValueError:
        return
    told = page(function)
    for unit, counted in UNITS.items():
        if named := parameters & counted:
            without = re.sub(r"^.*\(.*\)( -> .*)?$", "", told, flags=re.MULTILINE)
            assert re.search(unit, without, re.IGNORECASE), (
                f"{name} does not say the unit of {', '.join(sorted(named))}"
            )


@pytest.mark.parametrize("kind", PERMISSION_TYPES.values(), ids=lambda kind: kind.__name__)
def test_the_page_of_a_permission_says_what_it_grants_counts_and_takes(kind: type) -> None:
    told = page(kind)
    for part in ("Grants ", "Unit: ", "Accepts: ", "Rules: ", ">>> "):
        assert part in told
    for field in kind.model_fields:  # type: ignore[attr-defined]
        assert f"``{field}``" in told
    run = doctest.DocTestRunner()
    example = doctest.DocTestParser().get_doctest(PAGES[kind], {}, kind.__name__, None, None)
    assert example.examples and run.run(example).failed == 0


def test_units_of_permissions_are_those_of_the_table_of_limits() -> None:
    assert "Unit: wei" in page(sl.NativeTokenTransfer)
    assert "Unit: gas under the documented rules, wei in production (R3)" in page(sl.GasLimit)
    assert "Unit: the token's base units" in page(sl.Erc20TokenTransfer)
    assert "Unit: operations" in page(sl.CallLimit)


@pytest.mark.parametrize("thing", [json.JSONDecoder, subprocess, doctest.DocTestRunner])
def test_help_of_anything_else_is_pythons_own(thing: object) -> None:
    code = f"import json, pydoc, subprocess, doctest; print(pydoc.plain(pydoc.render_doc({_spelled(thing)})), end='')"
    usual = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert _without_addresses(page(thing)) == _without_addresses(usual)


def _spelled(thing: Any) -> str:
    module = getattr(thing, "__module__", "builtins")
    return thing.__name__ if module == "builtins" else f"{module}.{thing.__name__}"


def _without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", text)


# -- unknown names

#: What is asked for, and what is meant.
NEAR = {
    "sl.NativeTransfer": "NativeTokenTransfer",
    "sl.nativeTokenTransfer": "NativeTokenTransfer",
    "sl.pictres": "pictures",
    "sl.attacks.Theif": "Thief",
    "sl.course.chek": "check",
    "lab.walet": "wallet",
    "lab.travl": "travel",
    "lab.colectible": "collectible",
    "wallet.grantPermissions": "grant_permissions",
    "wallet.balanse": "balance",
    "session.sendCalls": "send_calls",
    "session.allowence": "allowances",
    "outcome.denail": "denial",
    "outcome.gascost": "gas_cost",
    "session.key.adress": "address",
    "outcome.tx": "tx_hash",
    "wallet.grant": "grant_permissions",
}


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()])
    outcome = session.send_calls([sl.Call(lab.merchant, value=1)])
    return {"sl": sl, "lab": lab, "wallet": wallet, "session": session, "outcome": outcome}


@pytest.mark.parametrize("asked", NEAR)
def test_an_unknown_name_says_what_is_near(asked: str, world: dict[str, Any]) -> None:
    with pytest.raises(AttributeError, match=rf"Did you mean (lab\.|'){NEAR[asked]}['?]"):
        eval(asked, world)


def test_what_is_near_is_looked_for_only_when_it_is_told(
    world: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_for(*args: object, **kwargs: object) -> None:
        raise AssertionError("nobody reads it")

    monkeypatch.setattr(difflib, "get_close_matches", looked_for)
    assert [getattr(world[name], "walet", None) for name in ("lab", "wallet", "session", "outcome")] == [None] * 4


@pytest.mark.parametrize("owner", ["sl", "lab", "wallet", "session", "outcome"])
def test_nothing_is_guessed_for_what_is_like_nothing_or_private(owner: str, world: dict[str, Any]) -> None:
    for name in ("qqqqqqqq", "_repr_mimebundl_", "__wrapped__"):
        with pytest.raises(AttributeError) as error:
            getattr(world[owner], name)
        assert "Did you mean" not in str(error.value)
        assert not hasattr(world[owner], name)


def test_a_property_that_fails_is_not_said_to_be_unknown(
    monkeypatch: pytest.MonkeyPatch, world: dict[str, Any]
) -> None:
    def fail(self: object) -> None:
        raise AttributeError("what happened inside")

    for kind in (sl.Lab, sl.SmartWalletClient, sl.Session, sl.Outcome):
        monkeypatch.setattr(kind, "ok_so_far", property(fail), raising=False)
    for owner in ("lab", "wallet", "session", "outcome"):
        with pytest.raises(AttributeError, match="what happened inside"):
            _ = world[owner].ok_so_far


def test_a_lab_lists_its_contracts_for_completion(world: dict[str, Any]) -> None:
    listed = dir(world["lab"])
    assert set(world["lab"].addresses) | {"recipient", "merchant", "wallet", "travel"} <= set(listed)
    assert listed == sorted(set(listed))
