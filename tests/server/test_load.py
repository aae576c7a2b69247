"""Fifty clients at once, each with a wallet or a session of its own: nothing lost, nothing twice, nonces in order."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import pytest

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

from .running import Client, process

CLIENTS = 50
OPERATION_EVENT = next(event for event in artifact("EntryPoint").events.values() if event.name == "UserOperationEvent")


class Done(NamedTuple):
    """What one client did."""

    number: int
    wallet: str
    call_ids: list[str]
    seconds: list[float]  # of each operation, from prepare to status


def _target(number: int) -> str:
    return "0x" + (0xABC000 + number).to_bytes(20, "big").hex()


def _work(url: str, number: int, until: float) -> Done:
    """Owners and sessions in turn; every third operation is sent twice, as after a time-out."""
    provider = Client(url)
    owner = sl.SmartWalletClient(provider, sl.new_key(f"owner {number}"), rules="documented")
    provider.request("anvil_setBalance", [owner.address, hex(sl.ether(10))])
    actor: Any = owner
    if number % 2:
        actor = owner.grant_permissions([sl.NativeTokenTransfer(allowance=10**6)], key=sl.new_key(f"session {number}"))
    done = Done(number, owner.address, [], [])
    while not done.call_ids or time.perf_counter() < until:
        begun = time.perf_counter()
        signed = actor.sign_prepared_calls(actor.prepare_calls([sl.Call(to=_target(number), value=1)]))
        call_id = actor.send_prepared_calls(signed)
        assert actor.get_calls_status(call_id)["status"] == 200
        done.seconds.append(time.perf_counter() - begun)
        if len(done.call_ids) % 3 == 0:
            with pytest.raises(sl.OperationRefused) as again:
                actor.send_prepared_calls(signed)
            assert again.value.denial.asked == call_id
        done.call_ids.append(call_id)
    provider.http.close()
    return done


def test_fifty_clients(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seconds = float(request.config.getoption("--load"))
    with process(tmp_path) as server:
        url = server.wait_until_ready()["url"]
        begun = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            found = list(pool.map(lambda number: _work(url, number, begun + seconds), range(CLIENTS)))
        lasted = time.perf_counter() - begun
        _judge(Client(url), found)
        assert server.stop() == 0
    assert "bug" not in server.err.read_text()
    took = sorted(1_000 * one for done in found for one in done.seconds)
    count = len(took)
    print(
        f"\n{CLIENTS} clients, {count} operations in {lasted:.1f} s: {count / lasted:.0f} a second; "
        f"from prepare to status p50 {median(took):.0f} ms, p99 {quantiles(took, n=100)[98]:.0f} ms"
    )


def _judge(client: Client, found: list[Done]) -> None:
    """By what the chain says, not by what the server remembers."""
    call_ids = [call_id for done in found for call_id in done.call_ids]
    assert len(set(call_ids)) == len(call_ids)
    query = {"address": ENTRY_POINT, "topics": ["0x" + OPERATION_EVENT.topic.hex()], "fromBlock": "0x0"}
    events = [_read(log) for log in client.request("eth_getLogs", [query])]
    by_hash = {event["userOpHash"]: event for event in events}
    assert len(events) == len(by_hash) == len(call_ids)
    for done in found:
        assert int(client.request("eth_getBalance", [_target(done.number), "latest"]), 16) == len(done.call_ids)
        mine = [event for event in events if event["sender"] == done.wallet]
        assert [event["userOpHash"] for event in mine] == ["0x" + call_id[-64:] for call_id in done.call_ids]
        assert all(event["success"] for event in mine)
        nonce_keys: dict[int, list[int]] = {}
        for event in mine:
            nonce_keys.setdefault(event["nonce"] >> 64, []).append(event["nonce"] & (2**64 - 1))
        for (
            nonce_key
        ) in nonce_keys.values():  # a session's first operation, which installs it, has a nonce key of its own
            assert nonce_key == list(range(len(nonce_key)))


def _read(log: dict[str, Any]) -> dict[str, Any]:
    topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
    facts = OPERATION_EVENT.decode_event(topics, bytes.fromhex(log["data"][2:]))
    return facts | {"userOpHash": log["topics"][1], "sender": checksum(topics[2][12:])}
