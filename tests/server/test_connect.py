"""A served lab as another process has it: what it says is what the lab says, and what is not a lab is told by type."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import sessionlab as sl


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, seed=4, extensions=("call-limit",))


@pytest.fixture
def there(lab: sl.Lab) -> Iterator[sl.LabClient]:
    with sl.in_background(lab) as url:
        yield sl.connect(url)


def test_it_says_what_the_lab_says(lab: sl.Lab, there: sl.LabClient) -> None:
    assert (there.rules, there.names, there.chain_id) == (lab.rules, lab.names, lab.chain.chain_id)
    assert (dict(there.addresses), there.policy_id) == (dict(lab.addresses), lab.policy_id)
    for name in (*lab.addresses, "recipient", "merchant"):
        assert getattr(there, name) == getattr(lab, name)
        assert name in dir(there)
    assert there.now == lab.now
    assert there.balance(lab.counter) == lab.balance(lab.counter)
    assert lab.rules.title in repr(there) and "127.0.0.1" in repr(there)
    assert lab.counter in there._repr_html_() and "fixed" in there._repr_html_()
    assert there.read("Counter", there.counter, "number") == 0
    assert there.web3.eth.block_number == lab.chain.height


def test_its_clock_and_faucet_are_the_labs(lab: sl.Lab, there: sl.LabClient) -> None:
    assert there.travel(3_600) == there.now == lab.now
    assert there.travel(days=1, minutes=1) == there.now == lab.now
    there.fund(there.merchant, 5)
    there.give("dollar", there.merchant, 7)
    there.give(lab.coin, there.merchant, 9)
    for side in (lab, there):
        assert side.balance(lab.merchant) == 5
        assert [side.token_balance(name, lab.merchant) for name in ("dollar", "coin")] == [7, 9]
    snapshot, root = there.snapshot(), lab.chain.state_root
    there.fund(there.merchant, 5)
    assert lab.chain.state_root != root
    there.revert(snapshot)
    assert lab.chain.state_root == root


def test_an_owner_has_the_same_wallet_in_every_process(lab: sl.Lab, there: sl.LabClient) -> None:
    owner = sl.new_key("owner")
    wallet = there.wallet(owner)
    assert wallet.balance == 0 and wallet.address == there.wallet(owner, balance=3).address
    assert lab.balance(wallet.address) == 3
    assert there.wallet(owner, salt=1).address != wallet.address
    new, another = there.wallet(), there.wallet(balance=0)
    assert (new.balance, another.balance) == (sl.ether(10), 0) and new.address != another.address
    assert lab.token_balance("dollar", new.address) == sl.units(1_000, 6)
    session = new.grant_permissions([sl.ContractAccess(address=there.counter)], key=sl.new_key(1))
    assert session.send_calls([sl.Call(there.counter, function="increment()")], policy_id=there.policy_id)
    assert there.read("Counter", there.counter, "number") == 1


def test_what_cannot_be_done_is_said_by_type_and_nothing_moves(lab: sl.Lab, there: sl.LabClient) -> None:
    before = lab.chain.state_root, lab.chain.height, lab.now
    faults: list[tuple[type[sl.SessionlabError], str, Any]] = [
        (sl.InvalidInput, "wei", lambda: there.fund(there.merchant, -1)),
        (sl.InvalidInput, "address", lambda: there.fund("0x12", 1)),
        (sl.ChainError, "value", lambda: there.fund(there.merchant, sl.ether(10**9))),
        (sl.InvalidInput, "token", lambda: there.give("dolar", there.merchant, 1)),
        (sl.InvalidInput, "token", lambda: there.give(there.counter, there.merchant, 1)),
        (sl.ChainError, "to", lambda: there.give("dollar", there.merchant, 10**30)),
        (sl.ChainError, "seconds", lambda: there.travel(-1)),
        (sl.InvalidInput, "seconds", lambda: there.travel("1 h")),  # type: ignore[arg-type]
        (sl.ChainError, "snapshot", lambda: there.revert(77)),
        (sl.ChainError, "function", lambda: there.read("Counter", there.dollar, "number")),
        (sl.ChainError, "address", lambda: there.read("Counter", there.merchant, "number")),
        (sl.NotFound, "contract_name", lambda: there.read("Contour", there.counter, "number")),
        (sl.ReadOnly, "now", lambda: setattr(there, "now", 5)),
        (sl.NotCopied, "", lambda: __import__("copy").copy(there)),
    ]
    for kind, field, act in faults:
        with pytest.raises(kind) as refused:
            act()
        assert (refused.value.field or "") == field, refused.value
    with pytest.raises(AttributeError, match=r"Did you mean lab\.counter"):
        there.countr  # type: ignore[attr-defined]  # noqa: B018 - reading it is the test
    with pytest.raises(AttributeError, match=r"Did you mean lab\.travel"):
        there.travl  # type: ignore[attr-defined]  # noqa: B018
    assert (lab.chain.state_root, lab.chain.height, lab.now) == before


def test_a_running_clock_is_told(tmp_path: Any) -> None:
    lab = sl.Lab(time="now")
    with sl.in_background(lab) as url:
        there = sl.connect(url)
        first, travelled = there.now, there.travel(100)
        assert 0 <= lab.now - first - 100 < 60 and travelled >= first + 100
        assert "the wall clock" in there._repr_html_()


def test_a_server_with_an_api_key_asks_for_it() -> None:
    with sl.in_background(sl.Lab(), api_key="a-secret-key") as url:
        assert sl.connect(url, api_key="a-secret-key").now
        at_path = sl.connect(f"{url}/a-secret-key")
        assert at_path.now and "a-secret-key" not in repr(at_path) + at_path._repr_html_()
        for wrong in (None, "another-key"):
            with pytest.raises(sl.ChainError) as refused:
                sl.connect(url, api_key=wrong)
            assert refused.value.field == "api_key" and "api_key" in str(refused.value.fix)


# -- what is not a lab

ERROR = {"jsonrpc": "2.0", "id": 0, "error": {"code": -32601, "message": "the method does not exist"}}
#: What another service answers, whatever it is asked.
ANSWERS: dict[str, tuple[int, bytes]] = {
    "a node": (200, json.dumps(ERROR).encode()),
    "a node with another code": (200, json.dumps(ERROR | {"error": {"code": -32000, "message": "no"}}).encode()),
    "a page": (200, b"<html>hello</html>"),
    "nothing": (204, b""),
    "no such page": (404, b"not found"),
    "null": (200, b'{"jsonrpc": "2.0", "id": 0, "result": null}'),
    "a text": (200, b'{"jsonrpc": "2.0", "id": 0, "result": "0x"}'),
    "an object": (200, b'{"jsonrpc": "2.0", "id": 0, "result": {"lab": "me", "rules": []}}'),
    "half of it": (200, b'{"jsonrpc": "2.0", "id": 0, "result": {"rules": {"name": "documented", "flags": {}}}}'),
    "a list": (200, b"[1]"),
}


@contextmanager
def another_service(status: int, body: bytes) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("what", ANSWERS)
def test_another_service_is_no_lab(what: str) -> None:
    with another_service(*ANSWERS[what]) as url, pytest.raises(sl.ChainError) as refused:
        sl.connect(url, timeout=5)
    assert refused.value.field == "url" and refused.value.fix


def test_nobody_listens() -> None:
    with another_service(200, b"") as url:
        pass
    with pytest.raises(sl.ChainError, match="does not answer") as refused:
        sl.connect(url)
    assert refused.value.field == "url" and "sessionlab serve" in str(refused.value.fix)
    for wrong in ("", "127.0.0.1:8545", "ftp://127.0.0.1", None, 8545):
        with pytest.raises(sl.InvalidInput) as malformed:
            sl.connect(wrong)  # type: ignore[arg-type]
        assert malformed.value.field == "url"
