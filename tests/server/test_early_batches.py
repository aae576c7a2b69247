"""What waits in batches: with the rest of its body, with other bodies, and within the bounds of its own."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest
from eth_account import Account

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.server.bounds import RequestBounds
from sessionlab.server.early import PATIENCE

from .running import Served, serving
from .test_early import LATE, SENT_RAW, SIGNER, SLACK, TO, ask, batch_of, served, transfer, values

__all__ = ["served"]  # the fixture


def test_what_is_early_in_a_batch_waits_for_the_rest_of_it_and_is_answered_in_its_place(served: Served) -> None:
    begun = time.monotonic()
    replies = served.client.answer([*batch_of(1, 0, 2, 1), {"jsonrpc": "2.0", "id": 9, "method": "eth_blockNumber"}])
    assert [reply["id"] for reply in replies] == [1, 0, 2, 1, 9]
    assert ["result" in reply for reply in replies] == [True, True, True, False, True]
    assert replies[3]["error"]["message"].startswith("nonce too low")
    assert time.monotonic() - begun < PATIENCE
    assert values(served) == [0, 1, 2]
    assert len(served.lines) == 5


def test_batches_wait_for_each_other(served: Served) -> None:
    with ThreadPoolExecutor(4) as threads:
        sending = []
        for nonces in ((6, 7), (4, 5), (1, 3), (0, 2)):
            sending.append(threads.submit(served.client.answer, batch_of(*nonces)))
            time.sleep(LATE)
        assert all("result" in reply for future in sending for reply in future.result())
    assert values(served) == list(range(8))


def test_a_batch_waits_with_what_several_accounts_sent(served: Served) -> None:
    other = Account.from_key("0x" + "7b" * 32)
    served.lab.fund(other.address, sl.ether(1))
    sent = {"nonce": 1, "gas": 21_000, "gasPrice": 10**10, "to": TO, "value": 5, "chainId": 1337}
    of_other = batch_of(1)[0] | {"params": ["0x" + bytes(other.sign_transaction(sent).raw_transaction).hex()]}
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(served.client.answer, [*batch_of(1), of_other])
        time.sleep(0.1 * PATIENCE)
        served.lab.chain.send_raw(other.sign_transaction(sent | {"nonce": 0}).raw_transaction)
        time.sleep(0.2 * PATIENCE)
        assert served.lab.chain.nonce(other.address) == 2  # it does not wait for the first, which is early still
        assert ["result" in reply for reply in waiting.result()] == [False, True]


def test_a_batch_in_reverse_is_mined_once_the_first_comes(served: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(served.client.answer, batch_of(*range(30, 0, -1)))
        time.sleep(0.3 * PATIENCE)
        begun = time.monotonic()
        ask(served, SENT_RAW[0], [transfer(0)])
        assert all("result" in reply for reply in waiting.result())
        assert time.monotonic() - begun < 0.9 * PATIENCE
    assert values(served) == list(range(31))


def test_a_timeout_bounds_the_wait_of_its_own_transaction_alone(served: Served) -> None:
    impatient = batch_of(2)[0] | {"method": SENT_RAW[1], "params": [transfer(2), 100]}
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(served.client.answer, [impatient, *batch_of(1)])
        time.sleep(0.5 * PATIENCE)
        ask(served, SENT_RAW[0], [transfer(0)])
        assert ["result" in reply for reply in waiting.result()] == [False, True]


def test_what_nothing_comes_before_in_a_batch_is_refused_after_a_second(served: Served) -> None:
    begun = time.monotonic()
    replies = served.client.answer(batch_of(2, 0))
    assert ["result" in reply for reply in replies] == [False, True]
    assert replies[0]["error"]["message"].startswith("nonce too high")
    assert PATIENCE <= time.monotonic() - begun < PATIENCE + SLACK


@pytest.mark.parametrize("other", [{"method": []}, {"method": {}}, 5, None, [], {"method": "eth_chainId"}, {"id": 1}])
def test_what_else_a_batch_has_does_not_matter(served: Served, other: Any) -> None:
    sent = {"jsonrpc": "2.0", "id": 2, "method": SENT_RAW[0], "params": [transfer(0)]}
    replies = served.client.answer([other, sent])
    assert [reply["result"] for reply in replies if reply.get("id") == 2]
    assert values(served) == [0] and not served.warnings


#: Loops until 14 million gas are used up, which takes some 0.6 seconds: jumpdest, push 0, jump.
LOOPS = "0x5b5f56"


def test_a_body_has_its_seconds_as_a_whole_however_often_it_is_taken_up() -> None:
    lab, slow = sl.Lab(), "0x" + "99" * 20
    lab.fund(SIGNER.address, sl.ether(10))
    with serving(lab, bounds=RequestBounds(seconds=0.5)) as running:
        ask(running, "anvil_setCode", [slow, LOOPS])
        sent = [batch_of(n)[0] | {"params": [transfer(n, to=slow, gas=14_000_000, value=0)]} for n in (1, 3, 5)]
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(running.client.answer, sent)
            for nonce in (0, 2, 4):
                time.sleep(0.3 * PATIENCE)
                with suppress(RpcError):  # what is before it may have been cut off
                    ask(running, SENT_RAW[0], [transfer(nonce)])
            assert sum("result" in reply for reply in waiting.result()) <= 1


def test_a_client_that_leaves_is_told_of_once_for_each_request(served: Served) -> None:
    """Whether it waits or runs: in the short lane, in the long one, or among the steps."""
    ask(served, "anvil_setCode", ["0x" + "99" * 20, LOOPS])
    endless = {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "eth_call",
        "params": [{"to": "0x" + "99" * 20, "gas": "0x3000000"}],
    }
    read = {"jsonrpc": "2.0", "id": 8, "method": "eth_chainId"}
    for body in ([read, endless, read, endless], [*batch_of(1), endless, *batch_of(2)], batch_of(2, 3)):
        for after in (0.15, 0.5):
            served.lines.clear()
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(served.url, json=body, timeout=httpx.Timeout(10, read=after))
            end = time.monotonic() + SLACK
            while len(served.lines) < len(body) and time.monotonic() < end:
                time.sleep(LATE)
            time.sleep(2 * LATE)
            assert len(served.lines) == len(body), (body, after, served.lines)
    assert values(served) == []
