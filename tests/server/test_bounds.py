"""What one body may take: seconds and memory. Work over a bound is cut off, and so is work that nobody waits for."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.work import GO_ON
from sessionlab.core.wallet_api.api import WalletApi
from sessionlab.server.bounds import MEGABYTE, RequestBounds
from sessionlab.server.request_handler import QUICK_BOUNDS, RequestHandler
from sessionlab.server.slow_precompiles import power

from .running import Client, Served, process, serving

SECONDS = 0.5
SLACK = 2  # seconds, on a busy machine
#: Code that runs until its gas is used up: with jumps alone, with an opcode that py-evm runs, with calls of itself.
ENDLESS = {
    "jumps": "5b600056",
    "storage": "5b60005450600056",
    "calls": "5b5f5f5f5f5f61dead5af150600056",
    "itself": "5b5f5f5f5f5f305af150600056",
}
LOOP = "0x" + "77" * 20
#: EIP-198: the base's, the exponent's and the modulus' length, then a base, an exponent and a modulus of ff.
POWERS = "0x" + f"{32:064x}{900_000:064x}{32:064x}" + "ff" * 900_064
#: Valid points of EIP-197, a hundred times: the generators of both groups.
PAIRINGS = "0x" + 100 * (
    f"{1:064x}{2:064x}"
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
)


@pytest.fixture(scope="module")
def bounded() -> Iterator[Served]:
    """Its memory is more than an endless call fills on any machine in that time."""
    with serving(sl.Lab(), bounds=RequestBounds(SECONDS, 1024)) as found:
        yield found


def call_of(code: str, data: str = "0x") -> dict[str, Any]:
    """A call of this code, as a request."""
    return {"id": 1, "method": "eth_call", "params": [{"to": LOOP, "data": data}, "latest", {LOOP: {"code": code}}]}


def error_of(served: Served, body: Any) -> dict[str, Any]:
    error: dict[str, Any] = served.client.answer(body)["error"]
    return error


@pytest.mark.parametrize("name", ["jumps", "storage", "calls"])
def test_an_endless_call_ends(bounded: Served, name: str) -> None:
    begun = time.perf_counter()
    error = error_of(bounded, call_of("0x" + ENDLESS[name]))
    assert time.perf_counter() - begun < SECONDS + SLACK
    assert error["code"] == -32002
    assert error["message"].startswith(
        "request timed out: the requests of one body may run for 0.5 seconds. Nothing has "
    )
    assert "--request-seconds" in error["message"]
    assert "data" not in error  # clients take any data of eth_call for a revert's


@pytest.mark.parametrize(("to", "data", "seconds"), [("05", POWERS, 0.05), ("08", PAIRINGS, SECONDS)])
def test_a_long_precompile_ends(to: str, data: str, seconds: float) -> None:
    request = {"id": 1, "method": "eth_call", "params": [{"to": "0x" + to.zfill(40), "data": data}]}
    with serving(sl.Lab(), bounds=RequestBounds(seconds, 32)) as served:
        begun = time.perf_counter()
        assert error_of(served, request)["code"] == -32002
        assert time.perf_counter() - begun < SECONDS + 2 * SLACK


def test_powers_in_pieces_are_powers() -> None:
    large = (2**4000, 2**9 - 1, 2**4001)
    for base, exponent, modulus in ((3, 10**90, 10**50 + 1), (0, 0, 7), (5, 0, 1), large, (7, 1, 2)):
        assert power(base, exponent, modulus) == pow(base, exponent, modulus)


def test_a_call_within_its_time_is_answered() -> None:
    """Counts to 65,535, and returns it."""
    short = call_of("0x5f5b600101" + "8061ffff11" + "600157" + "5f5260205ff3")
    with serving(sl.Lab(), bounds=RequestBounds(20, 4)) as served:
        assert int(served.client.answer(short)["result"], 16) == 0xFFFF


def test_a_batch_has_one_time(bounded: Served) -> None:
    begun = time.perf_counter()
    replies = bounded.client.answer([call_of("0x" + ENDLESS["jumps"])] * 100)
    assert time.perf_counter() - begun < SECONDS + SLACK
    assert [reply["error"]["code"] for reply in replies] == [-32002] * 100


def test_the_rest_of_a_batch_is_not_begun_and_what_came_before_stays(bounded: Served) -> None:
    before = bounded.lab.chain.height
    batch = [{"id": 1, "method": "evm_mine"}, call_of("0x" + ENDLESS["jumps"]), {"id": 3, "method": "evm_mine"}]
    replies = bounded.client.answer(batch)
    assert ["error" in reply for reply in replies] == [False, True, True]
    assert bounded.lab.chain.height == before + 1


def test_a_step_that_is_cut_off_changes_nothing_and_is_not_a_denial(bounded: Served) -> None:
    lab = bounded.lab
    lab.chain.set_code(LOOP, bytes.fromhex(ENDLESS["storage"]))
    owner = sl.SmartWalletClient(bounded.client, sl.new_key("cut off"), rules="documented")
    lab.fund(owner.address, sl.ether(10))
    before = (lab.chain.state_root, lab.chain.height, lab.chain.now, lab.chain.nonce(owner.address))
    gas = sl.Gas(call=50_000_000)
    with pytest.raises(RpcError) as refused:
        owner.send_calls([sl.Call(to=LOOP)], gas=gas, preflight=False)
    assert refused.value.code == -32002
    assert before == (lab.chain.state_root, lab.chain.height, lab.chain.now, lab.chain.nonce(owner.address))
    assert bounded.client.request("eth_chainId") == "0x539"


def test_memory_is_bounded_on_both_sides() -> None:
    """A call that returns this much memory of zeros: its frame's memory and its answer are counted."""
    most = 4 * MEGABYTE

    def returning(size: int) -> dict[str, Any]:
        return call_of(f"0x63{size:08x}5ff3")

    with serving(sl.Lab(), bounds=RequestBounds(20, 4)) as served:
        assert len(served.client.answer(returning(most // 4))["result"]) == 2 + most // 2
        error = error_of(served, returning(most // 2))
    assert error["code"] == -32003
    asked, left = (int(text.replace(",", "")) for text in re.findall(r"[0-9,]{7,}", error["message"]))
    assert left == most < asked and "data" not in error  # clients take any data of eth_call for a revert's
    assert "--request-megabytes" in error["message"]


def test_frames_are_memory_too() -> None:
    """A frame that calls without end keeps what it called until the run is over."""
    with serving(sl.Lab(), bounds=RequestBounds(20, 1)) as served:
        assert error_of(served, call_of("0x" + ENDLESS["calls"]))["code"] == -32003


def test_quick_reads_overtake_endless_calls(tmp_path: Path) -> None:
    with process(tmp_path, "--request-seconds", "0.5", "--quiet") as server, ThreadPoolExecutor(4) as pool:
        client = Client(server.wait_until_ready()["url"])
        clients = [Client(client.url) for _ in range(4)]
        bodies = [call_of("0x" + ENDLESS[name]) for name in ("jumps", "storage", "calls", "itself")]
        long = [pool.submit(one.answer, body) for one, body in zip(clients, bodies, strict=True)]
        took = []
        while not all(one.done() for one in long):
            begun = time.perf_counter()
            assert client.request("eth_chainId") == "0x539"
            took.append(time.perf_counter() - begun)
        assert [one.result()["error"]["code"] for one in long[:2]] == [-32002, -32002]
        assert sorted(took)[-2] < 0.5  # one may be late on a busy machine
        for one in (client, *clients):
            one.http.close()


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_client_that_is_gone_ends_its_work(method: str) -> None:
    """All long readers are at work for somebody who leaves; the next call does not wait for their time."""
    with serving(sl.Lab(), bounds=RequestBounds(30, 32)) as served:
        body = json.dumps(call_of("0x" + ENDLESS["jumps"]) | {"method": method}).encode()
        gone = [_sent(served, body) for _ in range(6)]
        time.sleep(0.5)
        for connection in gone:
            connection.close()
        begun = time.perf_counter()
        assert served.client.answer(call_of("0x00"))["result"] == "0x"
        assert time.perf_counter() - begun < 5


def test_a_step_that_waits_for_a_turn_is_not_begun_if_its_client_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave = threading.Event(), threading.Event()

    def wait(api: Any, params: Any) -> None:
        entered.set()
        leave.wait(20)

    monkeypatch.setitem(sl.Lab._api_methods, "lab_wait", wait)
    with serving(sl.Lab()) as served:
        first = _sent(served, b'{"id":1,"method":"lab_wait"}')
        assert entered.wait(20)
        _sent(served, b'{"id":1,"method":"evm_mine"}').close()
        time.sleep(0.5)
        leave.set()
        assert served.client.request("evm_increaseTime", [1]) == "0x1"  # after what waited before it
        assert served.lab.chain.height == 1
        first.close()


def test_in_process_there_is_no_bound() -> None:
    lab = sl.Lab()
    assert GO_ON.get()(10**12) is None
    assert len(lab.api.handle("eth_call", call_of("0x63000fffff5ff3")["params"])) == 2 + 2 * 0xFFFFF


def _sent(served: Served, body: bytes) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    head = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    connection.sendall(head % len(body) + body)
    return connection


@pytest.mark.parametrize(("long", "status"), [(50_000, 200), (2_000_000, 400)])
@pytest.mark.parametrize("where", ["a header", "the address"])
def test_what_comes_before_a_body_is_bounded(bounded: Served, where: str, long: int, status: int) -> None:
    """It arrives piece by piece, so that it is more than one read takes."""
    body = b'{"id":1,"method":"eth_chainId"}'
    path = "/" + "a" * long if where == "the address" else "/"
    lines = [
        f"POST {path} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    head = "\r\n".join([*lines, *([f"x-long: {'a' * long}"] if where == "a header" else []), "", ""]).encode()
    host, port = bounded.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for start in range(0, len(head), 20_000):
            try:
                connection.sendall(head[start : start + 20_000])
            except OSError:
                break  # refused before all of it was sent
            time.sleep(0.0005)
        else:
            connection.sendall(body)
        try:
            answer = connection.recv(100)
        except ConnectionResetError:
            assert status == 400
        else:
            assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert bounded.client.request("eth_chainId", []) == "0x539"


LARGE = "0x" + "66" * 20


def test_a_large_answer_of_a_quick_read_is_made_elsewhere(tmp_path: Path) -> None:
    """Code of a megabyte, asked by many: a read that is really quick does not wait for them."""
    with process(tmp_path, "--quiet") as server, ThreadPoolExecutor(8) as pool:
        client = Client(server.wait_until_ready()["url"])
        client.request("anvil_setCode", [LARGE, "0x" + "5b" * 1_000_000])
        asked = [{"id": n, "method": "eth_getCode", "params": [LARGE, "latest"]} for n in range(5)]
        clients = [Client(client.url) for _ in range(8)]
        many = [pool.submit(one.answer, asked) for one in clients]
        took = []
        while not all(one.done() for one in many):
            begun = time.perf_counter()
            client.request("eth_chainId")
            took.append(time.perf_counter() - begun)
        assert all(len(reply["result"]) == 2_000_002 for one in many for reply in one.result())
        assert sorted(took)[-2] < 0.5  # one may be late on a busy machine
        for one in (client, *clients):
            one.http.close()


def test_a_quick_read_that_was_held_up_is_answered_where_it_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a collection of garbage: what is done is not thrown away, to wait with longer reads and be done again."""
    lab = sl.Lab(seed=1)
    answer, asked = WalletApi.handle, []

    def slow(api: WalletApi, method: str, params: Any) -> Any:
        asked.append(method)
        time.sleep(2 * (QUICK_BOUNDS.seconds or 0))
        return answer(api, method, params)

    monkeypatch.setattr(WalletApi, "handle", slow)
    reply = RequestHandler(lab).begin(b'{"id": 1, "method": "eth_chainId"}')
    assert isinstance(reply, bytes) and json.loads(reply)["result"] == hex(lab.chain.chain_id)
    assert asked == ["eth_chainId"]


def test_short_reads_do_not_wait_for_long_ones(tmp_path: Path) -> None:
    with process(tmp_path, "--quiet", "--request-seconds", "2") as server, ThreadPoolExecutor(6) as pool:
        client = Client(server.wait_until_ready()["url"])
        clients = [Client(client.url) for _ in range(6)]
        long = [pool.submit(one.answer, call_of("0x" + ENDLESS["storage"])) for one in clients]
        time.sleep(0.1)
        begun = time.perf_counter()
        assert client.request("eth_call", [{"to": LARGE}, "latest"]) == "0x"
        assert time.perf_counter() - begun < 2  # six of 0.2 seconds; with the long ones, it would be six
        assert all("error" in one.result() for one in long)
        for one in (client, *clients):
            one.http.close()


BEGUN = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"


@pytest.mark.parametrize("sent", [b"", BEGUN[:30], BEGUN], ids=["nothing", "a head", "a body"])
def test_a_client_that_sends_nothing_more_is_left(
    bounded: Served, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("sessionlab.server.serving.BEGIN", 0.3)
    monkeypatch.setattr("sessionlab.server.serving.ARRIVE", 0.3)
    host, port = bounded.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        assert connection.recv(100).startswith(b"HTTP/1.1 408 ")
        assert connection.recv(100) == b""
    assert bounded.client.request("eth_chainId", []) == "0x539"


def test_there_is_always_room_for_one_more_connection(bounded: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that has waited longest makes room; one that is being answered stays."""
    monkeypatch.setattr("sessionlab.server.serving.Http.most", 3)
    host, port = bounded.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        first, _ = [stack.enter_context(socket.create_connection((host, int(port)), 5)) for _ in range(2)]
        asking = stack.enter_context(socket.create_connection((host, int(port)), 5))
        body = json.dumps(call_of("0x" + ENDLESS["jumps"])).encode()
        asking.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
        asking.sendall(b"content-length: %d\r\n\r\n%s" % (len(body), body))
        time.sleep(0.1)
        kept = Client(bounded.url)
        assert kept.request("eth_chainId") == "0x539"  # it makes room too, once it has its answer, and comes again
        for _ in range(3):
            with Client(bounded.url).http as fresh:
                assert fresh.post(bounded.url, json={"id": 1, "method": "eth_chainId"}).json()["result"] == "0x539"
        assert first.recv(100).startswith(b"HTTP/1.1 503 ")
        answer = asking.recv(2_000)
        assert b"-32002" in answer or b"-32002" in asking.recv(2_000)  # head and body may come apart
        assert kept.request("eth_chainId") == "0x539"
        kept.http.close()


def test_a_client_that_does_not_read_is_left(bounded: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessionlab.server.serving.TAKE", 0.3)
    bounded.lab.chain.set_code(LARGE, b"\x5b" * 12_000_000)
    asked = {"id": 1, "method": "eth_getCode", "params": [LARGE, "latest"]}
    with _sent(bounded, json.dumps(asked).encode()) as connection:
        time.sleep(1.5)
        read = 0
        while piece := connection.recv(2**20):
            read += len(piece)
    assert read < 20_000_000  # of 24: what was on its way when the server left


def test_an_error_is_an_answer_too() -> None:
    """A revert whose text is large: its bytes count, in its message and in its data."""
    size = 200_000
    code = "0x7f08c379a0" + "00" * 28 + "5f526020600452" + f"63{size:08x}602452" + f"63{size + 0x44:08x}5ffd"
    with serving(sl.Lab(), bounds=RequestBounds(20, 1)) as served:
        one = error_of(served, call_of(code))
        assert one["code"] in (3, -32003)
        many = served.client.answer([call_of(code)] * 20)
        assert len(json.dumps(many)) < 4 * MEGABYTE
        assert many[-1]["error"]["code"] == -32003


@pytest.mark.parametrize("rounds", [2**20, 2**32 - 1])
def test_rounds_of_blake2_end(bounded: Served, rounds: int) -> None:
    data = "0x" + f"{rounds:08x}" + "00" * 208 + "01"
    begun = time.perf_counter()
    request = {"id": 1, "method": "eth_call", "params": [{"to": "0x" + "9".zfill(40), "data": data}]}
    assert bounded.client.answer(request)["error"]["code"] in (-32002, -32000)
    assert time.perf_counter() - begun < SECONDS + SLACK


def test_slots_that_share_a_hash_end(bounded: Served) -> None:
    slots = {hex(number * (2**61 - 1)): "0x1" for number in range(1, 20_000)}
    begun = time.perf_counter()
    request = {"id": 1, "method": "eth_call", "params": [{"to": LOOP}, "latest", {LOOP: {"stateDiff": slots}}]}
    assert "error" in bounded.client.answer(request)
    assert time.perf_counter() - begun < SECONDS + SLACK


def test_typed_data_of_many_types_ends(bounded: Served) -> None:
    types = {f"X{n}": [{"name": "a", "type": f"X{n + 1}[]"}] for n in range(300)} | {"X300": []}
    types |= {"R": [{"name": "x", "type": "X0[]"}], "EIP712Domain": []}
    typed = {"types": types, "primaryType": "R", "domain": {}, "message": {"x": [{"a": []}] * 2_000}}
    key = sl.new_key(1)
    begun = time.perf_counter()
    with pytest.raises(sl.InvalidInput, match="take too long"):
        key.sign_typed_data(typed)
    assert time.perf_counter() - begun < 1
    error = error_of(bounded, {"id": 1, "method": "eth_signTypedData_v4", "params": [key.address, "[" * 100_000]})
    assert (error["code"], error["data"]["field"]) == (-32602, "typedData")
