"""JSON-RPC over HTTP: whatever comes in, there is an answer, and one that clients do not repeat."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from sessionlab.server import jsonrpc

from .running import Client, Served

REPEATED = (-32603, -32005, -32007, 429, -1)
JSON = {"content-type": "application/json"}
HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
ALLOWED = "content-type, alchemy-aa-sdk-version, authorization"


def test_a_result(served: Served) -> None:
    response = served.client.post('{"jsonrpc":"2.0","id":0,"method":"eth_chainId"}')
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"jsonrpc": "2.0", "id": 0, "result": "0x539"}


@pytest.mark.parametrize("number", [0, -1, 1.5, 2**64, "", "a", None, "\ud800", 10**3000])
def test_an_id_comes_back_as_it_is(served: Served, number: Any) -> None:
    reply = served.client.answer({"id": number, "method": "eth_chainId", "params": []})
    assert reply == {"jsonrpc": "2.0", "id": number, "result": "0x539"}


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/some-key", "//", "/?a=b", "/%ff%00", "/live"])
def test_any_path_will_do(served: Served, path: str) -> None:
    found = served.client.http.post(served.url + path, headers=JSON, content='{"id":1,"method":"eth_chainId"}')
    assert found.json()["result"] == "0x539"


def test_a_batch_in_its_order_without_its_notifications(served: Served) -> None:
    asked = [
        {"id": 0, "method": "eth_chainId"},
        {"method": "eth_chainId"},
        7,
        {"id": "b", "method": "no_such"},
        {"id": 0, "method": "net_version"},
    ]
    found = served.client.answer(asked)
    assert [reply["id"] for reply in found] == [0, None, "b", 0]
    assert [reply.get("error", {}).get("code") for reply in found] == [None, -32600, -32601, None]


def test_notifications_alone_are_done_and_not_answered(fresh: Served) -> None:
    before = fresh.lab.chain.height
    for body in ('{"method":"evm_mine"}', '[{"method":"evm_mine"}]'):
        response = fresh.client.post(body)
        assert (response.status_code, response.content) == (204, b"")
    assert fresh.lab.chain.height == before + 2


BAD = {
    "nothing": (b"", -32700),
    "blank": (b" \n", -32700),
    "no json": (b"{", -32700),
    "not utf-8": (b'{"id":1,"method":"\xff\xfe"}', -32700),
    "utf-16": ('{"id":1,"method":"eth_chainId"}'.encode("utf-16"), -32700),
    "a bomb of lists": (b"[" * 200_000, -32700),
    "a bomb of objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, -32700),
    "a bomb in the parameters": (b'{"id":1,"method":"eth_call","params":' + b"[" * 70 + b"]" * 70 + b"}", -32700),
    "quotes without end": (b'"' + b'\\"' * 500_000, -32700),
    "NaN": (b'{"id":NaN,"method":"eth_chainId"}', -32700),
    "Infinity": (b'{"id":1,"method":"eth_chainId","params":[-Infinity]}', -32700),
    "a number that overflows": (b'{"id":1e999,"method":"eth_chainId"}', -32700),
    "too many digits": (b'{"id":1' + b"0" * 5_000 + b',"method":"eth_chainId"}', -32700),
    "a key twice": (b'{"id":1,"id":2,"method":"eth_chainId"}', -32600),
    "no object": (b"7", -32600),
    "null": (b"null", -32600),
    "no method": (b'{"id":1}', -32600),
    "a method that is no text": (b'{"id":1,"method":["eth_chainId"]}', -32600),
    "an id that is a list": (b'{"id":[1],"method":"eth_chainId"}', -32600),
    "an id that is true": (b'{"id":true,"method":"eth_chainId"}', -32600),
    "an empty batch": (b"[]", -32600),
    "a batch too long": (b"[" + b"1," * 100 + b"1]", -32600),
    "too large": (b'{"id":1,"method":"eth_chainId","params":["' + b"a" * jsonrpc.MAX_BODY + b'"]}', -32600),
    "an unknown method": (b'{"id":1,"method":"eth_nothing"}', -32601),
    "a method with half a pair": (b'{"id":1,"method":"\\ud800"}', -32601),
    "parameters that are a text": (b'{"id":1,"method":"eth_call","params":"0x"}', -32602),
    "parameters with half a pair": (b'{"id":1,"method":"eth_getBalance","params":["\\udfff","latest"]}', -32602),
    "a big number": (b'{"id":1,"method":"eth_getBalance","params":[' + b"9" * 4_000 + b"]}", -32602),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_an_error_with_status_200(served: Served, name: str) -> None:
    body, code = BAD[name]
    response = served.client.post(body)
    assert response.status_code == 200
    error = response.json()["error"]
    assert error["code"] == code, error
    assert len(error["message"]) > 10
    assert served.warnings == []


def test_a_mark_at_the_beginning_is_no_matter(served: Served) -> None:
    assert served.client.post(b'\xef\xbb\xbf{"id":1,"method":"eth_chainId"}').json()["result"] == "0x539"


def test_half_a_surrogate_pair_comes_back_as_ascii(served: Served) -> None:
    response = served.client.post(b'{"id":"\\ud800","method":"eth_chainId"}')
    assert response.content == b'{"jsonrpc":"2.0","id":"\\ud800","result":"0x539"}'


def test_the_preflight(served: Served) -> None:
    headers = {
        "origin": "http://localhost:5173",
        "access-control-request-method": "POST",
        "access-control-request-headers": "alchemy-aa-sdk-version,content-type",
    }
    response = served.client.http.options(served.url, headers=headers)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert response.headers["access-control-allow-methods"] == "POST, OPTIONS"
    assert response.headers["access-control-allow-headers"] == ALLOWED


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_verb_is_told(served: Served, method: str) -> None:
    response = served.client.http.request(method, served.url)
    assert response.status_code == 405


def test_a_huge_body_is_not_kept(served: Served) -> None:
    """It comes in pieces and without a length; the answer comes when it has gone by."""

    def pieces() -> Any:
        for _ in range(64):
            yield b" " * 2**18

    response = served.client.http.post(served.url, headers=JSON, content=pieces())
    assert response.json()["error"]["code"] == -32600


def test_requests_one_after_the_other_on_one_connection(served: Served) -> None:
    """Pipelined: all sent at once, answered in their order."""
    host, port = served.url.removeprefix("http://").split(":")
    bodies = [json.dumps({"id": number, "method": "eth_chainId"}).encode() for number in range(20)]
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        for body in bodies:
            connection.sendall(HEAD % (len(body), body))
        received = b""
        while received.count(b'"result"') < len(bodies):
            received += connection.recv(65_536)
    numbers = [int(part.partition(b",")[0]) for part in received.split(b'"id":')[1:]]
    assert numbers == list(range(20))


class TestWithAKey:
    BODY = '{"id":1,"method":"eth_chainId"}'

    @pytest.mark.parametrize("path", ["/open-sesame-1", "/v2/open-sesame-1", "/open-sesame-1/"])
    def test_in_the_path(self, with_key: Served, path: str) -> None:
        assert (
            with_key.client.http.post(with_key.url + path, headers=JSON, content=self.BODY).json()["result"] == "0x539"
        )

    @pytest.mark.parametrize("value", ["Bearer open-sesame-1", "bearer  open-sesame-1"])
    def test_as_a_token(self, with_key: Served, value: str) -> None:
        assert with_key.client.post(self.BODY, authorization=value).json()["result"] == "0x539"

    @pytest.mark.parametrize(
        ("path", "value"),
        [("", ""), ("/open-sesame-2", ""), ("", "Bearer open"), ("", "Basic open-sesame-1"), ("/?open-sesame-1", "")],
    )
    def test_without_it(self, with_key: Served, path: str, value: str) -> None:
        headers = JSON | ({"authorization": value} if value else {})
        response = with_key.client.http.post(with_key.url + path, content=self.BODY, headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == 4100
        assert "authorization: Bearer" in response.json()["error"]["message"]
        assert "sesame" not in "\n".join(with_key.lines)

    def test_the_preflight_needs_none(self, with_key: Served) -> None:
        assert with_key.client.http.options(with_key.url).status_code == 204

    def test_the_page_and_its_refresh_need_it_too(self, with_key: Served) -> None:
        get = with_key.client.http.get
        asking = get(with_key.url)
        assert asking.status_code == 401 and "<form" in asking.text and "0x" not in asking.text
        assert get(with_key.url + "/live").status_code == 401
        assert get(with_key.url + "/open-sesame-1").status_code == 200
        assert get(with_key.url + "/open-sesame-1/live").status_code == 200


def test_no_error_of_a_method_is_one_that_clients_repeat(served: Served) -> None:
    for code in (-32099, *(code for _, code in BAD.values())):
        assert code not in REPEATED


def test_clients_are_many(served: Served) -> None:
    clients = [Client(served.url) for _ in range(60)]
    for client in clients:
        assert client.request("eth_chainId") == "0x539"
    for client in clients:
        client.http.close()


def test_a_page_asked_with_another_key_says_so(with_key: Served) -> None:
    asks = with_key.client.http.get(with_key.url)
    wrong = with_key.client.http.get(f"{with_key.url}/another-key-1")
    assert (asks.status_code, wrong.status_code) == (401, 401)
    said = "This is not the key of this server."
    assert said in wrong.text and said not in asks.text
