"""What only reads, of the Wallet API and of the bundler too, waits for no step, and sees the lab before it or after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import NotFound
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

from .running import Client, Served, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(sl.Lab()) as found:
        yield found


@pytest.fixture(scope="module")
def session(served: Served) -> sl.Session:
    return served.lab.wallet().grant_permissions([sl.ContractAccess(address=served.lab.counter)], key=sl.new_key(1))


def elsewhere(act: Any) -> Any:
    """What it returns in another thread, which must not wait; or the error that it raises there."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(act())
        except sl.SessionlabError as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(4)
    assert found, "it waits for the step"
    return found[0]


def send(session: sl.Session, lab: sl.Lab) -> str:
    calls = [sl.Call(lab.counter, function="increment()")]
    return session.send_prepared_calls(session.sign_prepared_calls(session.prepare_calls(calls)))


def test_reads_overtake_a_step_and_do_not_see_it_before_its_end(served: Served, session: sl.Session) -> None:
    lab, client = served.lab, Client(served.url, timeout=4)
    before = send(session, lab)
    operation = client.request("eth_getUserOperationByHash", ["0x" + before[-64:]])["userOperation"]
    with lab.chain.atomic():
        during = send(session, lab)
        assert lab.provider.request("wallet_getCallsStatus", [during])["status"] == 200  # a step sees what it did
        for method, params in {
            "wallet_getCallsStatus": [before],
            "eth_getUserOperationReceipt": ["0x" + before[-64:]],
            "eth_estimateUserOperationGas": [
                operation | {"nonce": hex(int(operation["nonce"], 16) + 2**64)},
                ENTRY_POINT,
            ],
            "wallet_getCapabilities": [session.wallet],
            "eth_supportedEntryPoints": [],
            "lab_status": [],
            "lab_describe": [],
            "pimlico_getUserOperationGasPrice": [],
        }.items():
            told = elsewhere(lambda method=method, params=params: client.request(method, params))
            assert told is not None and (not isinstance(told, sl.RpcError) or "AA" in told.message), method
        assert elsewhere(lambda: client.request("eth_getUserOperationReceipt", ["0x" + during[-64:]])) is None
        unknown = elsewhere(lambda: client.request("wallet_getCallsStatus", [during]))
        assert isinstance(unknown, sl.RpcError) and unknown.code == 5730
        assert isinstance(elsewhere(lambda: lab.bundler.mined(bytes.fromhex(during[-64:]))), NotFound)
    assert client.request("wallet_getCallsStatus", [during])["status"] == 200  # and nobody who looked has lost it
    client.http.close()


def test_a_read_that_fails_is_told_as_it_was(served: Served, session: sl.Session) -> None:
    """A denial's words are found on what does not change."""
    lab = served.lab
    mined = send(session, lab)
    operation = served.client.request("eth_getUserOperationByHash", ["0x" + mined[-64:]])["userOperation"]
    with pytest.raises(sl.RpcError) as refused:
        served.client.request("eth_estimateUserOperationGas", [operation, ENTRY_POINT])
    assert refused.value.data["denial"]["code"] == "AA25 invalid account nonce"
    height = lab.chain.height
    with pytest.raises(AssertionError, match="frozen view"):
        lab.api.frozen().handle("evm_mine", [])
    assert lab.chain.height == height


def test_what_changes_the_lab_is_a_step(served: Served) -> None:
    steps = ("wallet_prepareCalls", "wallet_sendPreparedCalls", "wallet_createSession", "wallet_requestAccount")
    more = ("lab_fund", "eth_sendUserOperation", "pm_getPaymasterData", "evm_mine", "no_such_method")
    assert [name for name in (*steps, *more) if served.lab.api.only_reads(name)] == []
