"""Many clients, slow ones, and ones that go away: each request is done once, whole, and in its turn."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, BinaryIO

import pytest

import sessionlab as sl
from sessionlab.server.worker import Worker

from .running import Client, Served

HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"


def _half_a_request(served: Served, body: bytes, sent: int) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(HEAD % len(body) + body[:sent])
    return connection


def _whole(answer: BinaryIO) -> bytes:
    length = 0
    while (line := answer.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        length = int(value) if name == b"content-length" else length
    return answer.read(length)


def test_a_body_that_trickles_in_blocks_nobody(fresh: Served) -> None:
    body = b'{"id":"slow","method":"evm_mine"}'
    before = fresh.lab.chain.height
    slow = [_half_a_request(fresh, body, 5) for _ in range(20)]
    begun = time.perf_counter()
    assert fresh.client.request("eth_chainId") == "0x539"
    assert time.perf_counter() - begun < 2
    for connection in slow:
        for byte in body[5:]:
            connection.sendall(bytes([byte]))
    for connection in slow:
        with connection, connection.makefile("rb") as answer:
            assert b'"id":"slow","result":"0x0"}' in _whole(answer)
    assert fresh.lab.chain.height == before + 20


def test_half_a_request_is_none(fresh: Served) -> None:
    before = fresh.lab.chain.height
    _half_a_request(fresh, b'{"id":1,"method":"evm_mine"}', 27).close()
    assert fresh.client.request("eth_blockNumber") == hex(before)
    assert len(fresh.lines) == 1


def test_who_goes_before_the_answer_and_sends_again_has_it_done_once(fresh: Served) -> None:
    """The operation is sent, the connection lost: it is done, or given up. Sent again, it is the same."""
    lab = fresh.lab
    owner = sl.SmartWalletClient(fresh.client, sl.new_key("owner"), rules="documented")
    lab.fund(owner.address, sl.ether(1))
    signed = owner.sign_prepared_calls(owner.prepare_calls([sl.Call(to=lab.recipient, value=5)]))
    body = json.dumps({"id": 1, "method": "wallet_sendPreparedCalls", "params": [signed]}).encode()
    _half_a_request(fresh, body, len(body)).close()
    with suppress(sl.OperationRefused):
        owner.send_prepared_calls(signed)
    with pytest.raises(sl.OperationRefused, match="already on the chain") as again:
        owner.send_prepared_calls(signed)
    first = str(again.value.denial.asked)
    assert owner.get_calls_status(first)["status"] == 200
    assert lab.balance(lab.recipient) == 5


def test_one_request_at_a_time_reaches_the_lab(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, order = [0], [0], list[int]()

    def enter(api: Any, params: Any) -> int:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.005)
        order.append(params[0])
        inside[0] -= 1
        return threading.get_ident()

    monkeypatch.setitem(sl.Lab._api_methods, "lab_enter", enter)

    def ask(number: int) -> Any:
        return Client(fresh.url).request("lab_enter", [number])

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(40)))
    assert most[0] == 1
    assert sorted(order) == list(range(40))


def test_the_page_answers_while_the_lab_works(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    working, go_on = threading.Event(), threading.Event()

    def work(api: Any, params: Any) -> None:
        working.set()
        go_on.wait(20)

    monkeypatch.setitem(sl.Lab._api_methods, "lab_work", work)
    assert fresh.client.http.get(fresh.url).status_code == 200
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(Client(fresh.url).request, "lab_work")
        assert working.wait(10)
        begun = time.perf_counter()
        assert fresh.client.http.get(fresh.url).status_code == 200
        assert "operations" in fresh.client.http.get(fresh.url + "/live").text
        assert fresh.client.http.options(fresh.url).status_code == 204
        assert time.perf_counter() - begun < 4
        assert not busy.done()
        go_on.set()
        assert busy.result(10) is None


def test_a_worker_goes_on_where_no_thread_can_be_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that ran for long makes room for another; without one, it stays."""
    worker = Worker()
    monkeypatch.setattr("sessionlab.server.worker.LONG", -1.0)

    def cannot(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def twice() -> list[int]:
        monkeypatch.setattr(threading.Thread, "start", cannot)
        return [await worker.run(lambda number=number: number) for number in (1, 2)]  # type: ignore[misc]

    assert asyncio.run(asyncio.wait_for(twice(), 5)) == [1, 2]
    monkeypatch.undo()
    assert worker.stop(5)
