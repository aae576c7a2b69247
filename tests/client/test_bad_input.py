"""The Python door: a typed error that names field and fix, before anything is signed or sent; nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import Key

OTHER = "0x" + "22" * 20
BAD_CHECKSUM = "0x" + "22" * 19 + "aB"


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> sl.Session:
    return wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)


@pytest.fixture(autouse=True)
def nothing_moves_and_nobody_signs(lab: sl.Lab, session: sl.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def sign(self: Key, *_: Any) -> bytes:
        raise AssertionError("a key was used")

    monkeypatch.setattr(Key, "sign_hash", sign)
    before = (lab.chain.state_root, lab.chain.height)
    yield
    assert (lab.chain.state_root, lab.chain.height) == before


def check(error: sl.SessionlabError, field: str) -> None:
    assert error.field == field
    assert error.fix
    assert str(error).startswith(error.message)


CALLS: list[tuple[Callable[[], Any], str]] = [
    (lambda: sl.Call(to="0x22"), "to"),
    (lambda: sl.Call(to=BAD_CHECKSUM), "to"),
    (lambda: sl.Call(to=None), "to"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=5), "to"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, value=-1), "value"),
    (lambda: sl.Call(to=OTHER, value=2**256), "value"),
    (lambda: sl.Call(to=OTHER, value=1.5), "value"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, value=True), "value"),
    (lambda: sl.Call(to=OTHER, value="1"), "value"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, data="0x123"), "data"),
    (lambda: sl.Call(to=OTHER, data="1234"), "data"),
    (lambda: sl.Call(to=OTHER, data=5), "data"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, data=b"\x01", function="f()"), "data"),
    (lambda: sl.Call(to=OTHER, function="transfer"), "function"),
    (lambda: sl.Call(to=OTHER, function="transfer(address"), "function"),
    (lambda: sl.Call(to=OTHER, function=5), "function"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, function="f(uint256)"), "args"),
    (lambda: sl.Call(to=OTHER, function="f(uint256)", args=[-1]), "args"),
    (lambda: sl.Call(to=OTHER, function="f(uint256)", args=[1.5]), "args"),
    (lambda: sl.Call(to=OTHER, function="f(uint256)", args=5), "args"),  # type: ignore[arg-type]
    (lambda: sl.Call(to=OTHER, function="f(address)", args=["0x22"]), "args"),
    (lambda: sl.ether(0.1), "amount"),  # type: ignore[arg-type]
    (lambda: sl.ether("-1"), "amount"),
    (lambda: sl.NativeTokenTransfer(allowance=-1), "allowance"),
    (lambda: sl.NativeTokenTransfer(allowance=1.5), "allowance"),
    (lambda: sl.NativeTokenTransfer(allowance=True), "allowance"),
    (lambda: sl.NativeTokenTransfer(allowance=2**256), "allowance"),
    (lambda: sl.ContractAccess(address=BAD_CHECKSUM), "address"),
    (lambda: sl.FunctionsOnContract(address=OTHER, functions=["0xaabbcc"]), "functions[0]"),
    (lambda: sl.Lab(rules="strict"), "rules"),
    (lambda: sl.Lab(rules=5), "rules"),  # type: ignore[arg-type]
    (lambda: sl.Lab(seed=1.5), "seed"),  # type: ignore[arg-type]
    (lambda: sl.Lab(seed=True), "seed"),
    (lambda: Key(b"short"), "private"),
    (lambda: Key("0x" + "11" * 32), "private"),  # type: ignore[arg-type]
    (lambda: Key(bytes(32)), "private"),
    (lambda: Key(b"\xff" * 32), "private"),
]


@pytest.mark.parametrize(("make", "field"), CALLS)
def test_what_is_malformed_is_not_made(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        make()
    check(refused.value, field)


GRANTS: list[tuple[Any, dict[str, Any], str]] = [
    (sl.Root(), {}, "permissions"),
    ("root", {}, "permissions"),
    (None, {}, "permissions"),
    ([], {}, "permissions"),
    (["root"], {}, "permissions[0]"),
    ([{"type": "everything"}], {}, "permissions[0].type"),
    ([{"type": "root", "data": {}}], {}, "permissions[0].data"),
    ([{"type": "gas-limit", "data": {"limit": 5}}], {}, "permissions[0].data.limit"),
    ([{"type": "gas-limit", "data": {"limit": "0x5", "unit": "gas"}}], {}, "permissions[0].data.unit"),
    ([sl.Root()], {"expiry_sec": 1_800_003_600_000}, "expiry_sec"),
    ([sl.Root()], {"expiry_sec": -1}, "expiry_sec"),
    ([sl.Root()], {"expiry_sec": 1.5}, "expiry_sec"),
    ([sl.Root()], {"expiry_sec": True}, "expiry_sec"),
    ([sl.Root()], {"expiry_sec": 1}, "expiry_sec"),
    ([sl.Root()], {"expiry_sec": 2**48}, "expiry_sec"),
    ([sl.Root()], {"key": "0x" + "11" * 32}, "key"),
    ([sl.Root()], {"key": b"\x11" * 32}, "key"),
]


@pytest.mark.parametrize(("permissions", "more", "field"), GRANTS)
def test_what_is_malformed_is_not_granted(
    wallet: sl.SmartWalletClient, permissions: Any, more: dict[str, Any], field: str
) -> None:
    known = wallet.sessions()
    with pytest.raises(sl.InvalidInput) as refused:
        wallet.grant_permissions(permissions, **more)
    check(refused.value, field)
    assert wallet.sessions() == known


def _send(calls: Any, **more: Any) -> Callable[[sl.Session], Any]:
    return lambda session: session.send_calls(calls, **more)


GOOD = {"to": OTHER}
SENDS: list[tuple[Callable[[sl.Session], Any], str]] = [
    (_send(sl.Call(to=OTHER)), "calls"),
    (_send(GOOD), "calls"),
    (_send("0x"), "calls"),
    (_send(None), "calls"),
    (_send([5]), "calls[0]"),
    (_send([{**GOOD, "vaule": 5}]), "calls[0].vaule"),
    (_send([{**GOOD, "value": "5"}]), "calls[0].value"),
    (_send([{"value": "0x5"}]), "to"),
    (_send([{**GOOD, "value": 1.5}]), "calls[0].value"),
    (_send([], nonce_key=-1), "nonce_key"),
    (_send([], nonce_key=1.5), "nonce_key"),
    (_send([], nonce_key="1"), "nonce_key"),
    (_send([], policy_id="no policy"), "policy_id"),
    (lambda session: session.sign_prepared_calls({}), "prepared"),
    (lambda session: session.sign_prepared_calls(None), "prepared"),  # type: ignore[arg-type]
    (lambda session: session.send_prepared_calls(None), "signed"),  # type: ignore[arg-type]
    (lambda session: session.send_prepared_calls({}), "type"),
    (lambda session: session.get_calls_status("0x12"), "id"),
    (lambda session: session.get_calls_status(None), "params"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("act", "field"), SENDS)
def test_what_is_malformed_is_not_sent(session: sl.Session, act: Callable[[sl.Session], Any], field: str) -> None:
    with pytest.raises((sl.InvalidInput, sl.NotFound)) as refused:
        act(session)
    check(refused.value, field)


def test_calls_of_the_api_are_taken_as_they_are(session: sl.Session, lab: sl.Lab) -> None:
    assert session.prepare_calls([{"to": lab.counter, "data": "0xd09de08a", "value": "0x0"}])


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda lab: sl.SmartWalletClient(lab.provider, "0x" + "11" * 32), "owner"),
        (lambda lab: sl.SmartWalletClient(lab.provider, sl.new_key(1), salt=-1), "salt"),
        (lambda lab: sl.SmartWalletClient(lab.provider, sl.new_key(1), salt=1.5), "salt"),
        (lambda lab: lab.wallets()[0].revoke("session"), "session"),
    ],
)
def test_a_client_takes_keys_and_sessions(lab: sl.Lab, make: Callable[[sl.Lab], Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        make(lab)
    check(refused.value, field)


def test_a_foreign_error_stays_what_it_is(lab: sl.Lab) -> None:
    """What no code of ours explains comes through as the RpcError that it is."""
    from sessionlab.core.base.errors import RpcError
    from sessionlab.core.wallet_api.errors import raise_typed

    with pytest.raises(RpcError) as error:
        raise_typed(RpcError(-32601, "no such method"))
    assert error.value.code == -32601
    with pytest.raises(sl.InvalidInput, match="malformed"):
        raise_typed(RpcError(-32602, "malformed"))
