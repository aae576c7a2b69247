"""A private key that is pasted where something else belongs is not echoed, and no traceback's frame keeps one."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.evm.signing import authorize

KEY = sl.new_key("secret")
DIGITS = KEY.private.hex()
FORMS: dict[str, Any] = {
    "0x": "0x" + DIGITS,
    "digits": DIGITS,
    "upper": "0x" + DIGITS.upper(),
    "blank": f" 0x{DIGITS}\n",
    "bytes": KEY.private,
    "long": KEY.private + b"\0",
}


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


def is_silent(text: str) -> bool:
    return not any(part in text.lower() for part in (DIGITS[8:40], str(int(DIGITS, 16)), repr(KEY.private).lower()))


def frames(error: BaseException) -> Iterator[tuple[str, str]]:
    """What a traceback with locals shows of the library's frames: the function and each local's repr."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "sessionlab" in frame.f_code.co_filename and "/tests/" not in frame.f_code.co_filename:
            for name, value in frame.f_locals.items():
                with suppress(AttributeError):  # of an object that is not whole yet
                    yield f"{frame.f_code.co_qualname}: {name}", repr(value)


IN_PYTHON: dict[str, Callable[[sl.Lab, sl.SmartWalletClient, Any], Any]] = {
    "call": lambda lab, wallet, value: sl.Call(to=value),
    "permission": lambda lab, wallet, value: sl.ContractAccess(address=value),
    "fund": lambda lab, wallet, value: lab.fund(value, 1),
    "balance": lambda lab, wallet, value: lab.balance(value),
    "chain balance": lambda lab, wallet, value: lab.chain.balance(value),
    "chain call": lambda lab, wallet, value: lab.chain.call(value),
    "sender": lambda lab, wallet, value: lab.chain.call(KEY.address, sender=value),
    "receiver": lambda lab, wallet, value: lab.chain.transact(sl.new_key(1), value),
    "logs": lambda lab, wallet, value: lab.chain.logs(value),
    "client": lambda lab, wallet, value: sl.SmartWalletClient(lab.provider, value),
    "session key": lambda lab, wallet, value: wallet.grant_permissions([sl.Root()], key=value),
    "revoke": lambda lab, wallet, value: wallet.revoke(value),
    "audited key": lambda lab, wallet, value: wallet.audit([sl.Root()], key=value),
    "context": lambda lab, wallet, value: sl.Session.connect(lab, wallet=wallet, key=sl.new_key(1), context=value),
    "wallet of a context": lambda lab, wallet, value: sl.Session.connect(
        lab, wallet=value, key=sl.new_key(1), context="0x00"
    ),
    "URL of a lab": lambda lab, wallet, value: sl.connect(value),
}

REQUESTS: dict[str, Callable[[Any], list[Any]]] = {
    "eth_getBalance": lambda value: [value],
    "eth_getStorageAt": lambda value: [value, "0x0"],
    "eth_call": lambda value: [{"to": value}],
    "eth_estimateGas": lambda value: [{"from": value}],
    "eth_getLogs": lambda value: [{"address": [value]}],
    "anvil_setBalance": lambda value: [value, "0x1"],
    "eth_sendRawTransaction": lambda value: [value],
    "wallet_requestAccount": lambda value: [{"signerAddress": value}],
    "wallet_listAccounts": lambda value: [{"signerAddress": value}],
    "wallet_prepareCalls": lambda value: [{"from": value, "chainId": "0x539", "calls": []}],
    "wallet_getCapabilities": lambda value: [value],
    "lab_knownSessions": lambda value: [{"account": value}],
    "lab_sessionsOfKey": lambda value: [{"key": value}],
    "lab_findSession": lambda value: [{"context": value}],
    "lab_fund": lambda value: [{"to": value, "amount": "0x1"}],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", IN_PYTHON)
def test_python(lab: sl.Lab, wallet: sl.SmartWalletClient, place: str, form: str) -> None:
    with pytest.raises(sl.SessionlabError) as error:
        IN_PYTHON[place](lab, wallet, FORMS[form])
    shown = [str(error.value), repr(error.value), repr(error.value.args), repr(vars(error.value))]
    assert all(map(is_silent, shown)), shown


@pytest.mark.parametrize("form", ["0x", "digits", "upper", "blank"])
@pytest.mark.parametrize("method", REQUESTS)
def test_requests(lab: sl.Lab, method: str, form: str) -> None:
    with pytest.raises(RpcError) as error:
        lab.api.handle(method, REQUESTS[method](FORMS[form]))
    assert is_silent(json.dumps(error.value.as_json()))


def test_a_hash_is_shown_where_a_hash_is_asked(lab: sl.Lab) -> None:
    digest = "0x" + DIGITS
    with pytest.raises(sl.ChainError, match=digest):
        lab.chain.transaction(digest)
    with pytest.raises(sl.ChainError, match=digest):
        lab.chain.block(digest)


def test_little_of_a_large_value_is_kept(lab: sl.Lab) -> None:
    with pytest.raises(RpcError) as error:
        lab.api.handle("eth_getBalance", ["zz" * 100_000])
    assert len(json.dumps(error.value.as_json())) < 2_000


@pytest.mark.parametrize("key", [KEY, KEY.private])
def test_no_frame_keeps_the_key_of_a_refused_transaction(lab: sl.Lab, key: Any) -> None:
    with pytest.raises(sl.ChainError) as error:
        lab.chain.transact(key, lab.counter, nonce=77)
    found = list(frames(error.value))
    assert len(found) > 3
    assert not [where for where, text in found if not is_silent(text)]


NO_KEYS = [KEY.private + b"\0", DIGITS, "0x" + DIGITS, int(DIGITS, 16)]
TAKERS: list[Callable[[Any], Any]] = [sl.Key, lambda key: authorize(key, KEY.address, chain_id=1, nonce=0)]


@pytest.mark.parametrize(
    ("take", "wrong"),
    [*((take, wrong) for take in TAKERS for wrong in NO_KEYS), *((sl.new_key, text) for text in NO_KEYS[1:3])],
)
def test_no_frame_keeps_what_is_no_key(take: Callable[[Any], Any], wrong: Any) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        take(wrong)
    assert not [where for where, text in frames(error.value) if not is_silent(text)]
