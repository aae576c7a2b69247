"""What the browser lab does not do, told apart from CPython by one switch: the refusal names the way around."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path
from typing import Any

import pytest
import urllib3

import sessionlab as sl
from sessionlab.attacks.mutants.recompile import Recompilation, compile_all, source_of
from sessionlab.study import in_browser, sharing
from sessionlab.study.extras import missing_extra


@pytest.fixture(autouse=True)
def in_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_browser, "IN_BROWSER", True)


def unwanted(*_arguments: Any, **_named: Any) -> Any:
    pytest.fail("a browser has not this")


def test_no_other_address_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3, "PoolManager", unwanted)
    for ask in (
        lambda: sl.connect("http://127.0.0.1:8545"),
        lambda: sl.HttpProvider("http://127.0.0.1:8545").request("x"),
    ):
        with pytest.raises(sl.ChainError) as refused:
            ask()
        assert str(refused.value) == (
            "<HttpProvider http://127.0.0.1:8545> is out of reach: the browser lab asks no other address. (field: url) "
            "Next step: in the browser lab, use the lab of the notebook, which needs no URL; "
            "`make lab` on your machine has `serve`."
        )


def test_a_hostile_link_that_was_opened_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has put its text where the browser lab's files are, and runs nothing of it."""
    monkeypatch.setattr(sharing, "IN_BROWSER", True)
    monkeypatch.setattr(sharing, "FILE", tmp_path / "shared.json")
    assert sl.shared() is None
    sharing.FILE.write_text('{"version":1,"permissions":[{"type":"root"}],"calls":[],"code":"print(1)"}')
    with pytest.raises(sl.InvalidInput) as refused:
        sl.shared()
    assert str(refused.value) == (
        "This is not a policy that was shared: its members are not those of a shared policy. (field: shared.json) "
        f"Next step: {sharing.FIX}"
    )


@pytest.mark.parametrize("extra", in_browser.WAYS_AROUND)
def test_what_an_extra_brings_has_a_way_around(extra: str) -> None:
    said = str(missing_extra("This", extra))
    assert said.endswith(f"Next step: in the browser lab, {in_browser.WAYS_AROUND[extra]}")
    assert "pip install" not in said


def test_contracts_are_compiled_without_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", unwanted)
    old, new = "self.number += 1\n", "self.number += {}\n"
    sources = [source_of("Counter").replace(old, new.format(by)) for by in (2, 3)]
    wanted = [Recompilation("Counter", source, "Counter") for source in sources]
    code = compile_all(wanted, tmp_path)
    assert code(wanted[0]) != code(wanted[1])
    assert compile_all(wanted, tmp_path)(wanted[0]) == code(wanted[0])
