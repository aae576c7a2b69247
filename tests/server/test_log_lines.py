"""What the log says of requests that nothing else tells of: plain transactions, and strangers that were refused."""

from __future__ import annotations

import socket
from time import sleep

import httpx
import pytest

import sessionlab as sl
from sessionlab.core.evm import thread_lock
from sessionlab.node.senders import senders_of
from sessionlab.server.jsonrpc import MAX_BODY

from .running import Served, serving

JSON = {"content-type": "application/json"}
BODY = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'


@pytest.fixture
def served() -> object:
    lab = sl.Lab()
    key = sl.new_key("sender")
    lab.fund(key.address, sl.ether(1))
    senders_of(lab.chain).hold([key])
    with serving(lab) as found:
        yield found


def test_what_became_of_a_transaction_is_told(served: Served) -> None:
    sender = sl.new_key("sender").address
    paid = {"from": sender, "to": "0x" + "99" * 20, "value": "0x1"}
    digest = served.client.request("eth_sendTransaction", [paid])
    block = served.lab.chain.height
    assert "eth_sendTransaction done" in served.lines[-1]
    assert served.lines[-1].endswith(f"   {digest[:10]}… in block {block}, 21,000 gas")
    failing = {"from": sender, "to": served.lab.token, "gas": "0x186a0", "data": "0xa9059cbb" + "00" * 63 + "01"}
    served.client.request("eth_sendTransaction", [failing])
    assert "eth_sendTransaction failed" in served.lines[-1] and ", reverted" in served.lines[-1]


def test_an_operation_that_is_sent_again_is_told_as_that(served: Served) -> None:
    wallet = served.lab.wallet()
    owner = sl.SmartWalletClient(served.client, wallet.owner)
    prepared = owner.prepare_calls([sl.Call(to=served.lab.recipient, value=1)])
    signed = owner.sign_prepared_calls(prepared)
    owner.send_prepared_calls(signed)
    assert "wallet_sendPreparedCalls done " in served.lines[-1]
    with pytest.raises(sl.OperationRefused):
        owner.send_prepared_calls(signed)
    assert "wallet_sendPreparedCalls done sent_before" in served.lines[-1]


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        (JSON | {"origin": "http://myapp.test:9009"}, 403, "Serve with --cors http://myapp.test:9009 to allow it."),
        (JSON | {"origin": "null"}, 403, "Serve it from http://localhost, or with --cors '*', to allow it."),
        (JSON | {"host": "evil.test"}, 403, "This server was addressed as 'evil.test'"),
        ({"content-type": "text/plain"}, 415, "Requests are JSON, and this is text/plain."),
        (JSON | {"host": "localhost:evil"}, 403, "answers only to loopback names"),
    ],
)
def test_a_stranger_that_is_refused_is_told_of(
    served: Served, headers: dict[str, str], status: int, words: str
) -> None:
    """A page cannot read why; who started the server can."""
    response = httpx.post(served.url, headers=headers, content=BODY)
    assert response.status_code == status and words in response.json()["error"]["message"]
    assert f"refused {status}" in served.lines[-1] and words in served.lines[-1]


def test_two_hosts_are_refused(served: Served) -> None:
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\nhost: evil.test\r\ncontent-length: 0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def methods_of(served: Served) -> list[str]:
    return [line.split()[1] for line in served.lines]


def test_a_request_is_told_of_once_though_its_batch_turns_out_to_be_long(served: Served) -> None:
    """The first attempt at reads ends after 0.2 s; what it answered is not answered again."""
    quick = [{"jsonrpc": "2.0", "id": number, "method": "eth_chainId"} for number in range(5)]
    endless = {"to": "0x" + "98" * 20, "data": "0x", "gas": "0x2625a00"}
    served.client.request("anvil_setCode", [endless["to"], "0x5b5f56"])  # jumpdest, push 0, jump
    served.lines.clear()
    served.client.answer([*quick, {"jsonrpc": "2.0", "id": 9, "method": "eth_call", "params": [endless, "latest"]}])
    assert methods_of(served) == ["eth_chainId"] * 5 + ["eth_call"]


def test_what_is_not_read_is_told_of(served: Served) -> None:
    with httpx.Client(timeout=30) as client:
        client.post(served.url, headers=JSON, content=b" " * (MAX_BODY + 1))
    assert served.lines[-1].split()[1:5] == ["(no", "method)", "refused", "-32600"]


def test_each_malformed_request_of_a_batch_is_told_of(served: Served) -> None:
    served.client.answer([5, {"method": 5}, {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}])
    assert len(served.lines) == 3


def test_a_client_that_leaves_is_told_of(served: Served) -> None:
    with served.lab.chain.atomic(), pytest.raises(httpx.ReadTimeout):  # the step stands still
        httpx.post(served.url, headers=JSON, content=BODY.replace("eth_chainId", "evm_mine"), timeout=0.2)
    for _ in range(100):
        if served.lines:
            break
        sleep(0.02)
    assert methods_of(served) == ["evm_mine"]


def test_a_step_that_could_not_begin_is_told_of(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_lock, "STANDSTILL", 0.1)
    with served.lab.chain.atomic(), pytest.raises(sl.RpcError, match="atomic section"):
        served.client.request("evm_mine")
    assert methods_of(served) == ["evm_mine"]
