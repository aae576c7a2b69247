"""A large value of any kind costs no method more than its reading: what is quadratic would take minutes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.server.request_handler import RequestHandler

SIZE = 64_000
SECONDS = 1.0  # of the processor; what is quadratic takes twenty and more
VALUES = {"digits": "0x" + "1" * SIZE, "letters": "0x" + "ab" * (SIZE // 2), "words": "no " * (SIZE // 3)}
FIELDS = ("from", "to", "data", "address", "sender", "account", "callData", "fromBlock", "chainId", "id")


@pytest.fixture(scope="module")
def handler() -> RequestHandler:
    return RequestHandler(sl.Lab(), warn=pytest.fail)


@pytest.mark.parametrize("kind", VALUES)
def test_no_method_takes_long_over_a_large_value(handler: RequestHandler, kind: str) -> None:
    value: Any = VALUES[kind]
    api, slow = handler.lab.api, {}
    for method in (*api.methods, *api.node_methods):
        for params in ([value], [dict.fromkeys(FIELDS[:4], value)], [dict.fromkeys(FIELDS[4:], value)]):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
            begun = time.process_time()
            handler.answer(body)
            if (taken := time.process_time() - begun) > SECONDS:
                slow[method] = taken
    assert slow == {}
