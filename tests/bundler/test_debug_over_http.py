"""The debug methods through a server: answered only if it was told to, and what they mine is in its log."""

from __future__ import annotations

import json
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, to_json
from sessionlab.node.bundler.debug_methods import DEBUG_METHODS
from sessionlab.server.request_handler import RequestHandler
from sessionlab.server.view import view
from tests.bundler.actors import Actors

PREFIX = "debug_bundler_"


def answer(handler: RequestHandler, method: str, params: list[Any] | None = None) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or []}
    reply = handler.answer(json.dumps(body).encode())
    assert reply is not None
    return json.loads(reply)


@pytest.mark.parametrize("name", DEBUG_METHODS)
def test_over_http_they_are_answered_only_if_the_server_was_told_to(strict_lab: sl.Lab, name: str) -> None:
    refused = answer(RequestHandler(strict_lab), name)
    assert refused["error"]["code"] == -32601
    assert "--bundler strict --debug-bundler" in refused["error"]["message"]
    allowed = answer(RequestHandler(strict_lab, debug_bundler=True), name)
    assert allowed.get("error", {}).get("code") != -32601


def test_an_ordinary_lab_does_not_know_them() -> None:
    lab = sl.Lab()
    for handler in (RequestHandler(lab), RequestHandler(lab, debug_bundler=True)):
        assert answer(handler, "debug_bundler_clearState")["error"]["code"] == -32601
    with pytest.raises(RpcError) as refused:
        lab.provider.request("debug_bundler_clearState")
    assert refused.value.code == -32601


def test_a_waiting_operation_is_in_the_log_of_the_server(strict_lab: sl.Lab, actors: Actors) -> None:
    said: list[str] = []
    handler = RequestHandler(strict_lab, said.append, warn=pytest.fail, debug_bundler=True)
    answer(handler, "debug_bundler_setBundlingMode", ["manual"])
    sent = answer(handler, "eth_sendUserOperation", [to_json(actors.operation(actors.account())), ENTRY_POINT])
    assert "result" in sent
    assert "eth_sendUserOperation" in said[-1]


@pytest.mark.parametrize(("method", "params"), [("sendBundleNow", []), ("setBundlingMode", ["auto"])])
def test_what_a_bundle_mines_is_in_the_log_of_the_server(
    strict_lab: sl.Lab, actors: Actors, method: str, params: list[str]
) -> None:
    """The start page shows each operation when it is mined, once, whatever let it be mined."""
    handler = RequestHandler(strict_lab, warn=pytest.fail, debug_bundler=True)
    answer(handler, PREFIX + "setBundlingMode", ["manual"])
    accounts = [actors.account(), actors.account()]
    for account in accounts:
        answer(handler, "eth_sendUserOperation", [to_json(actors.operation(account)), ENTRY_POINT])
    assert handler.operation_log.newest(9) == []
    answer(handler, PREFIX + method, params)
    logged = handler.operation_log.newest(9)
    assert sorted(operation.wallet for operation in logged) == sorted(accounts)
    assert [(operation.number, operation.method) for operation in logged] == [
        (2, PREFIX + method),
        (1, PREFIX + method),
    ]
    mined = {item.included.operation_hash.hex(): item.included.gas_used for item in strict_lab.bundler.included()}
    assert {operation.digest: operation.gas for operation in logged} == mined
    assert {str(operation.decision) for operation in logged} == {"done"}
    page = view(strict_lab, handler.operation_log)
    assert all(f"{PREFIX}{method}" in page and account[-4:] in page for account in accounts)
    answer(handler, PREFIX + method, params)
    assert handler.operation_log.newest(9) == logged
