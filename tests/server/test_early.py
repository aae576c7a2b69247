"""Transactions that several requests bring at once are mined in the order of their nonces, however they arrive."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from eth_account import Account

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.wallet_api.api import WalletApi
from sessionlab.server.early import MOST_MISSING, MOST_WAITING, PATIENCE

from .running import Client, Served, serving

SIGNER = Account.from_key("0x" + "7a" * 32)
TO = "0x" + "11" * 20
SLACK = 5  # seconds, on a busy machine
LATE = 0.02  # seconds between two requests, so that they arrive in the order in which they are sent
SENT_RAW = ("eth_sendRawTransaction", "eth_sendRawTransactionSync")


@pytest.fixture
def served() -> Iterator[Served]:
    lab = sl.Lab()
    lab.fund(SIGNER.address, sl.ether(1))
    with serving(lab) as found:
        yield found


def transfer(nonce: int, **changed: Any) -> str:
    """A signed transfer of as many wei as its nonce."""
    fields = {"nonce": nonce, "gas": 21_000, "gasPrice": 10**10, "to": TO, "value": nonce, "chainId": 1337} | changed
    return "0x" + bytes(SIGNER.sign_transaction(fields).raw_transaction).hex()


def ask(served: Served, method: str, params: Any, timeout: float = 60) -> Any:
    client = Client(served.url, timeout)
    try:
        return client.request(method, params)
    finally:
        client.http.close()


def values(served: Served) -> list[int]:
    """What the signer has sent, block by block."""
    chain = served.lab.chain
    blocks = [chain.block(number) for number in range(chain.height + 1)]
    return [tx.value for block in blocks for tx in block.transactions if tx.sender.lower() == SIGNER.address.lower()]


def nothing_moved(served: Served, before: tuple[int, bytes]) -> bool:
    return (served.lab.chain.height, served.lab.chain.block().state_root) == before


def state(served: Served) -> tuple[int, bytes]:
    return served.lab.chain.height, served.lab.chain.block().state_root


@pytest.mark.parametrize("method", SENT_RAW)
@pytest.mark.parametrize("seed", range(3))
def test_signed_transactions_are_mined_in_order_however_they_arrive(served: Served, method: str, seed: int) -> None:
    nonces = list(range(12))
    random.Random(seed).shuffle(nonces)
    with ThreadPoolExecutor(len(nonces)) as threads:
        sending = []
        for nonce in nonces:
            sending.append(threads.submit(ask, served, method, [transfer(nonce)]))
            time.sleep(LATE)
        assert all(future.result() for future in sending)
    assert values(served) == list(range(12))


def test_what_the_node_signs_waits_too_where_its_client_numbered_it(served: Served) -> None:
    sender = SIGNER.address
    ask(served, "hardhat_impersonateAccount", [sender])
    first = served.lab.chain.nonce(sender)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(ask, served, "eth_sendTransaction", [send(sender, first + 1)])
        time.sleep(LATE)
        assert ask(served, "eth_sendTransaction", [send(sender, None)])
        assert early.result()
    assert served.lab.chain.nonce(sender) == first + 2


def send(sender: str, nonce: int | None) -> dict[str, str]:
    return {"from": sender, "to": TO, "value": "0x1"} | ({} if nonce is None else {"nonce": hex(nonce)})


def test_each_that_is_mined_gives_the_rest_another_second(served: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        last = threads.submit(ask, served, SENT_RAW[0], [transfer(3)])
        for nonce in range(3):
            time.sleep(0.6 * PATIENCE)
            ask(served, SENT_RAW[0], [transfer(nonce)])
        assert last.result()
    assert values(served) == [0, 1, 2, 3]


def test_an_early_transaction_that_nothing_comes_before_is_refused_after_a_second(served: Served) -> None:
    before, begun = state(served), time.monotonic()
    with pytest.raises(RpcError, match=r"^nonce too high: address 0x\w{40}, tx: 1 state: 0\. Nonce 1 is too far ahead"):
        ask(served, SENT_RAW[0], [transfer(1)])
    assert PATIENCE <= time.monotonic() - begun < PATIENCE + SLACK
    assert nothing_moved(served, before)


def test_others_do_not_wait_meanwhile(served: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        early = threads.submit(ask, served, SENT_RAW[0], [transfer(1)])
        time.sleep(LATE)
        mined = ask(served, "evm_mine", [])
        assert not early.done()
        assert mined is not None and isinstance(early.exception(), RpcError)


@pytest.mark.parametrize("nonce", [MOST_MISSING + 1, 9_999, 2**64 - 1])
def test_one_that_is_far_ahead_is_refused_at_once(served: Served, nonce: int) -> None:
    before, begun = state(served), time.monotonic()
    with pytest.raises(RpcError, match=r"[Nn]once"):
        ask(served, SENT_RAW[0], [transfer(nonce)])
    assert time.monotonic() - begun < PATIENCE
    assert nothing_moved(served, before)


def test_a_batch_is_answered_in_its_own_order(served: Served) -> None:
    begun = time.monotonic()
    batch = [{"jsonrpc": "2.0", "id": n, "method": SENT_RAW[0], "params": [transfer(n)]} for n in (1, 0, 2, 1)]
    replies = served.client.answer(batch)
    assert ["result" in reply for reply in replies] == [False, True, False, True]
    assert replies[0]["error"]["message"].startswith("nonce too high")
    assert time.monotonic() - begun < PATIENCE
    assert values(served) == [0, 1]


def test_a_slow_step_is_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transaction follows may itself stand in the queue, behind others, for longer than a second."""
    handle = WalletApi.handle

    def slow(api: WalletApi, method: str, params: Any) -> Any:
        if method == "evm_mine":
            time.sleep(1.5 * PATIENCE)
        return handle(api, method, params)

    monkeypatch.setattr(WalletApi, "handle", slow)
    sends = [(SENT_RAW[0], [transfer(nonce)]) for nonce in (3, 2, 1, 0)]
    with ThreadPoolExecutor(6) as threads:
        sending = []
        for method, params in (*sends[:2], ("evm_mine", []), sends[2], ("evm_mine", []), sends[3]):
            sending.append(threads.submit(ask, served, method, params))
            time.sleep(LATE)
        assert all(future.result() for future in sending)
    assert values(served) == [0, 1, 2, 3]


HOPELESS: dict[str, tuple[dict[str, Any], str]] = {
    "another chain": ({"chainId": 1}, "invalid chain id"),
    "too little gas": ({"gas": 20_999}, "intrinsic gas too low"),
    "too much gas": ({"gas": 10**9}, "exceeds block gas limit"),
    "too low a fee": ({"gasPrice": 1}, "max fee per gas less than block base fee"),
    "too large": ({"data": b"\1" * 2**17, "gas": 10**7}, "oversized data"),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_what_can_never_be_mined_does_not_wait(served: Served, name: str) -> None:
    changed, words = HOPELESS[name]
    before, begun = state(served), time.monotonic()
    with pytest.raises(RpcError, match=f"^{words}"):
        ask(served, SENT_RAW[0], [transfer(1, **changed)])
    assert time.monotonic() - begun < PATIENCE
    assert nothing_moved(served, before)


def test_a_refusal_is_logged_once(served: Served) -> None:
    with pytest.raises(RpcError):
        ask(served, SENT_RAW[0], [transfer(1)])
    assert len([line for line in served.lines if SENT_RAW[0] in line]) == 1


@pytest.mark.parametrize("other", [{"method": []}, {"method": {}}, 5, None, [], {"method": "eth_chainId"}, {"id": 1}])
def test_what_else_a_batch_has_does_not_matter(served: Served, other: Any) -> None:
    sent = {"jsonrpc": "2.0", "id": 2, "method": SENT_RAW[0], "params": [transfer(0)]}
    replies = served.client.answer([other, sent])
    assert [reply["result"] for reply in replies if reply.get("id") == 2]
    assert values(served) == [0] and not served.warnings


def test_one_whose_client_left_is_never_mined(served: Served) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(served, SENT_RAW[0], [transfer(1)], timeout=0.2)
    ask(served, SENT_RAW[0], [transfer(0)])
    time.sleep(2 * LATE)
    assert values(served) == [0]


def test_more_than_wait_at_once_are_refused_as_before(served: Served) -> None:
    many = MOST_WAITING + 8
    with ThreadPoolExecutor(many) as threads:
        begun = time.monotonic()
        sending = [threads.submit(ask, served, SENT_RAW[0], [transfer(2)]) for _ in range(many)]
        errors = [future.exception() for future in sending]
    assert all(isinstance(error, RpcError) and "nonce too high" in str(error) for error in errors)
    assert time.monotonic() - begun < PATIENCE + SLACK
    assert values(served) == []


@pytest.mark.parametrize("params", [None, [], {}, "x", ["0x"], ["0xzz"], [None], [{"nonce": "0x1"}], [{"nonce": 1}]])
@pytest.mark.parametrize("method", [*SENT_RAW, "eth_sendTransaction", "eth_sendUnsignedTransaction"])
def test_what_cannot_be_read_is_refused_as_without_waiting(served: Served, method: str, params: Any) -> None:
    begun = time.monotonic()
    with pytest.raises(RpcError) as refused:
        ask(served, method, params)
    assert refused.value.code == -32602 or "raw" in str(refused.value).lower()
    assert time.monotonic() - begun < PATIENCE
    assert not served.warnings
