"""The client against a served lab: the same code as in process, and one argument differs."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.server.background import in_background
from tests.client.test_json_only import scenario

CELL = """
wallet = sl.SmartWalletClient(provider, sl.new_key("owner"))
lab.fund(wallet.address, sl.ether(2))
session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key("session"))
outcomes = [session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.4"))]) for _ in range(3)]
told = [repr(outcomes), repr(session.allowances), str(outcomes[-1].denial.explain()), str(session.audit())]
told += [repr(session.record()), repr(session.check([sl.Call(to=lab.merchant, value=1)]))]
"""


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture
def url(lab: sl.Lab) -> Iterator[str]:
    with in_background(lab) as found:
        yield found


def test_everything_that_a_client_can_do_comes_out_the_same(lab: sl.Lab, url: str) -> None:
    beside = sl.Lab()
    assert scenario(lab, sl.HttpProvider(url)) == scenario(beside, beside.provider)


def test_the_same_cell_works_in_process_and_against_a_served_lab(lab: sl.Lab, url: str) -> None:
    beside = sl.Lab()
    told = []
    for world, provider in ((lab, sl.HttpProvider(url)), (beside, beside.provider)):
        names = {"sl": sl, "lab": world, "provider": provider}
        exec(CELL, names)
        told.append(names["told"])
    assert told[0] == told[1]
    assert "merchant" in told[0][2], "the names of the lab came along"


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_client_learns_the_rules_of_the_lab_that_it_talks_to(rules: str) -> None:
    lab = sl.Lab(rules)
    with in_background(lab) as url:
        wallet = sl.SmartWalletClient(sl.HttpProvider(url), sl.new_key("owner"))
    assert wallet.rules == lab.rules
    assert wallet.names.gas_unit == lab.names.gas_unit


def test_a_refusal_comes_as_the_same_error(lab: sl.Lab, url: str) -> None:
    with pytest.raises(RpcError) as refused:
        sl.HttpProvider(url).request("wallet_prepareCalls", [{}])
    assert (refused.value.code, refused.value.data["field"]) == (-32602, "chainId")


def test_an_api_key_travels_as_bearer_token_and_stays_secret(lab: sl.Lab) -> None:
    with in_background(lab, api_key="a-key-for-tests") as url:
        provider = sl.HttpProvider(url, api_key="a-key-for-tests")
        assert provider.request("eth_chainId") == "0x539"
        assert "a-key" not in repr(provider)
        with pytest.raises((sl.ChainError, RpcError)) as refused:
            sl.HttpProvider(url).request("eth_chainId")
        assert "key" in str(refused.value)


def test_a_server_that_is_not_there_is_said_with_the_next_step() -> None:
    with pytest.raises(sl.ChainError, match="does not answer") as refused:
        sl.HttpProvider("http://127.0.0.1:9", timeout=2).request("eth_chainId")
    assert "sessionlab serve" in refused.value.fix


def test_a_server_that_is_long_at_work_is_not_said_to_be_absent(lab: sl.Lab, url: str) -> None:
    inside, done = threading.Event(), threading.Event()

    def long_step() -> None:
        with lab.chain.atomic():
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=long_step)
    thread.start()
    try:
        assert inside.wait(30)
        with pytest.raises(sl.ChainError, match=r"did not answer within 0\.3 seconds") as refused:
            sl.HttpProvider(url, timeout=0.3).request("evm_snapshot")
        assert refused.value.field == "timeout"
        assert "long" in refused.value.fix
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("url", ["", "localhost:8545", "ftp://x", 5, None])
def test_what_is_no_url_is_refused(url: object) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        sl.HttpProvider(url)  # type: ignore[arg-type]
    assert refused.value.field == "url"
