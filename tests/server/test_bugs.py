"""A bug of ours: the lab is as before, the client gets an error that it does not repeat, the developer a traceback."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.server.request_handler import BUG_CODE

from .running import Served

SECRET = "ab" * 65


class Oddity(Exception):
    """Nobody foresees this."""


def _break(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def half_done(api: Any, params: Any) -> Any:
        api.handle("evm_mine")
        api.handle("evm_increaseTime", [100])
        api.handle("anvil_setBalance", ["0x" + "11" * 20, "0x1"])
        owner = sl.new_key("half").address
        api.handle("wallet_requestAccount", [{"signerAddress": owner}])
        api.sponsor.add_policy(policy_id="1b4bde82-7646-4036-aafa-e450a9ff0176")
        raise error

    monkeypatch.setitem(sl.Lab._api_methods, "lab_oddity", half_done)


@pytest.mark.parametrize(
    "error", [Oddity(SECRET), KeyError("0x" + SECRET), RecursionError(), MemoryError(), AssertionError()]
)
def test_nothing_has_moved(fresh: Served, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    _break(monkeypatch, error)
    lab = fresh.lab
    before = (lab.chain.state_root, lab.chain.height, lab.chain.now, len(lab.sponsor.policies))
    accounts = len(lab.api.records.accounts())
    found = fresh.client.answer({"id": 7, "method": "lab_oddity"})
    assert found["id"] == 7
    assert found["error"]["code"] == BUG_CODE
    message = found["error"]["message"]
    assert (
        "bug" in message and type(error).__name__ in message and "report" in message and "Nothing has moved" in message
    )
    assert before == (lab.chain.state_root, lab.chain.height, lab.chain.now, len(lab.sponsor.policies))
    assert len(lab.api.records.accounts()) == accounts
    (told,) = fresh.warnings
    assert "Traceback" in told and "half_done" in told and type(error).__name__ in told
    assert SECRET not in told + message + "".join(fresh.lines)
    assert fresh.lines[-1].split(" ", 1)[1].startswith(f"lab_oddity bug {BUG_CODE} {type(error).__name__}")
    assert fresh.client.request("eth_blockNumber") == hex(before[1])


def test_a_result_that_is_no_json_is_a_bug_too(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sl.Lab._api_methods, "lab_oddity", lambda api, params: {"a": {1, 2}})
    found = fresh.client.answer({"id": 7, "method": "lab_oddity"})
    assert found["error"]["code"] == BUG_CODE
    assert len(fresh.warnings) == 1


def test_the_page_survives(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessionlab.server.live_page.view", lambda lab, operation_log: 1 / 0)
    found = fresh.client.http.get(fresh.url)
    assert found.status_code == 200
    assert "ZeroDivisionError" in found.text
    assert len(fresh.warnings) == 1


def test_a_journal_that_fails_changes_no_answer(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise Oddity

    monkeypatch.setattr("sessionlab.server.request_handler.watch", fail)
    assert fresh.client.request("eth_chainId") == "0x539"
    assert len(fresh.warnings) == 1
