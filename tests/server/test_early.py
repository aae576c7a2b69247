"""Transactions that several requests bring at once are mined in the order of their nonces, however they arrive."""

from __future__ import annotations

import gc
import random
import socket
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from eth_account import Account

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.wallet_api.api import WalletApi
from sessionlab.server.early import MOST_MISSING, PATIENCE
from sessionlab.server.turn import Turn

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
    with serving(lab) as running:
        yield running


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


def mining_takes(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = WalletApi.handle

    def slow(api: WalletApi, method: str, params: Any) -> Any:
        if method == "evm_mine":
            time.sleep(seconds)
        return handle(api, method, params)

    monkeypatch.setattr(WalletApi, "handle", slow)


def nothing_moved(served: Served, before: tuple[int, str]) -> bool:
    return (served.lab.chain.height, served.lab.chain.block().state_root) == before


def state(served: Served) -> tuple[int, str]:
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


def batch_of(*nonces: int) -> list[dict[str, Any]]:
    return [{"jsonrpc": "2.0", "id": n, "method": SENT_RAW[0], "params": [transfer(n)]} for n in nonces]


def test_a_slow_step_is_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a transaction follows may itself stand in the queue, behind others, for longer than a second."""
    mining_takes(1.5 * PATIENCE, monkeypatch)
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


def test_one_whose_client_left_is_never_mined_and_logged(served: Served) -> None:
    with pytest.raises(httpx.ReadTimeout):
        ask(served, SENT_RAW[0], [transfer(1)], timeout=0.2)
    ask(served, SENT_RAW[0], [transfer(0)])
    time.sleep(2 * LATE)
    assert values(served) == [0]
    assert [line.split()[2] for line in served.lines if SENT_RAW[0] in line] == ["left", "done"]


def test_a_client_that_sent_another_request_behind_it_and_left_is_gone_too(served: Served) -> None:
    """With HTTP/1.1 requests may follow each other before the first is answered."""
    host, port = served.url.removeprefix("http://").split(":")
    request = httpx.Request("POST", served.url, json=batch_of(1)[0])
    body = request.read()
    head = f"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall((head.encode() + body) * 2)
        time.sleep(5 * LATE)
    time.sleep(5 * LATE)
    ask(served, SENT_RAW[0], [transfer(0)])
    time.sleep(5 * LATE)
    assert values(served) == [0]


def test_hundreds_wait_at_once(served: Served) -> None:
    """As many as an application sends at once, which is more than geth keeps of an account in its queue."""
    nonces = list(range(100))
    random.Random(1).shuffle(nonces)
    bodies = [batch_of(nonce)[0] for nonce in nonces]
    with (
        httpx.Client(limits=httpx.Limits(max_connections=None), timeout=60) as client,
        ThreadPoolExecutor(len(nonces)) as threads,
    ):
        replies = list(threads.map(lambda body: client.post(served.url, json=body).json(), bodies))
    assert all("result" in reply for reply in replies)
    assert values(served) == sorted(nonces)


def test_what_waited_comes_before_what_came_later(served: Served) -> None:
    """The node numbers the last one itself: it follows those that were waiting for the same one."""
    sender = SIGNER.address
    ask(served, "hardhat_impersonateAccount", [sender])
    with ThreadPoolExecutor(4) as threads:
        waiting = []
        for nonce in (2, 1):
            waiting.append(threads.submit(ask, served, SENT_RAW[0], [transfer(nonce)]))
            time.sleep(LATE)
        with served.lab.chain.atomic():  # steps stand still, so that both arrive before one is taken
            first = threads.submit(ask, served, SENT_RAW[0], [transfer(0)])
            time.sleep(LATE)
            last = threads.submit(ask, served, "eth_sendTransaction", [send(sender, None) | {"value": "0x3"}])
            time.sleep(LATE)
        assert all(future.result() for future in (first, *waiting, last))
    assert values(served) == [0, 1, 2, 3]


def test_of_several_with_one_nonce_the_first_is_mined(served: Served) -> None:
    with ThreadPoolExecutor(4) as threads:
        waiting = []
        for price in (30, 20, 40):
            waiting.append(threads.submit(ask, served, SENT_RAW[0], [transfer(1, gasPrice=price * 10**9)]))
            time.sleep(LATE)
        ask(served, SENT_RAW[0], [transfer(0)])
        assert waiting[0].result()
        assert all("nonce too low" in str(other.exception()) for other in waiting[1:])


def test_the_first_is_mined_though_its_second_ended_behind_a_slow_step(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    mining_takes(0.6 * PATIENCE, monkeypatch)
    sends = [(SENT_RAW[0], [transfer(1)]), None, ("evm_mine", []), (SENT_RAW[0], [transfer(0)])]
    sends.append((SENT_RAW[0], [transfer(1, gasPrice=2 * 10**10)]))
    with ThreadPoolExecutor(4) as threads:
        sending = []
        for item in sends:
            if item is not None:
                sending.append(threads.submit(ask, served, *item))
            time.sleep(LATE if item is not None else 0.7 * PATIENCE)
        assert all(future.result() for future in sending[:3])
        assert "nonce too low" in str(sending[3].exception())


def test_a_body_is_forgotten_once_it_is_answered(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for a collection of garbage: it may hold megabytes of answers."""
    turns: list[weakref.ref[Turn]] = []
    act = Turn.act

    def watched(turn: Turn, *given: Any, **named: Any) -> Any:
        turns.append(weakref.ref(turn))
        return act(turn, *given, **named)

    monkeypatch.setattr(Turn, "act", watched)
    gc.disable()
    try:
        for _ in range(4):
            with pytest.raises(RpcError):
                ask(served, SENT_RAW[1], [transfer(1), 50])
        time.sleep(5 * LATE)
        assert sum(turn() is not None for turn in {id(ref()): ref for ref in turns}.values()) <= 1
    finally:
        gc.enable()


def test_what_needs_an_estimate_waits_before_it_is_estimated(served: Served) -> None:
    """What it needs may be the work of those before it: here the funds."""
    sender = "0x" + "5e" * 20
    ask(served, "hardhat_impersonateAccount", [sender])
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(ask, served, "eth_sendTransaction", [send(sender, 1)])
        time.sleep(LATE)
        served.lab.fund(sender, sl.ether(1))
        assert ask(served, "eth_sendTransaction", [send(sender, 0)])
        assert early.result()


def test_a_step_of_the_lab_itself_is_noticed(served: Served) -> None:
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(ask, served, SENT_RAW[0], [transfer(nonce)]) for nonce in (1, 2)]
        time.sleep(0.1 * PATIENCE)
        begun = time.monotonic()
        served.lab.chain.send_raw(bytes.fromhex(transfer(0)[2:]))
        assert all(future.result() for future in waiting)
        assert time.monotonic() - begun < 0.5 * PATIENCE
    assert values(served) == [0, 1, 2]


def test_the_second_counts_from_the_last_that_came(served: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        last = threads.submit(ask, served, SENT_RAW[0], [transfer(3)])
        time.sleep(0.6 * PATIENCE)
        ask(served, SENT_RAW[0], [transfer(0)])
        begun = time.monotonic()
        assert "nonce too high" in str(last.exception())
        assert 0.9 * PATIENCE < time.monotonic() - begun < 1.6 * PATIENCE


@pytest.mark.parametrize("timeout", [200, "0xc8"])
def test_a_client_that_says_how_long_it_waits_is_answered_by_then(served: Served, timeout: int | str) -> None:
    begun = time.monotonic()
    with pytest.raises(RpcError, match=r"^nonce too high"):
        ask(served, SENT_RAW[1], [transfer(1), timeout])
    assert 0.2 <= time.monotonic() - begun < 0.8 * PATIENCE


@pytest.mark.parametrize("params", [None, [], {}, "x", ["0x"], ["0xzz"], [None], [{"nonce": "0x1"}], [{"nonce": 1}]])
@pytest.mark.parametrize("method", [*SENT_RAW, "eth_sendTransaction", "eth_sendUnsignedTransaction"])
def test_what_cannot_be_read_is_refused_as_without_waiting(served: Served, method: str, params: Any) -> None:
    begun = time.monotonic()
    with pytest.raises(RpcError) as refused:
        ask(served, method, params)
    assert refused.value.code == -32602 or "raw" in str(refused.value).lower()
    assert time.monotonic() - begun < PATIENCE
    assert not served.warnings
