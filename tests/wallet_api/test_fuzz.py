"""Whatever comes in, a method answers with a result or with an RpcError: never with another exception."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.chain.rpc import RpcError
from sessionlab.wallet_api.api import METHODS

PRODUCTION = "0x0000000071727De22E5E9d8BAf0edAc6f37da032"
REPEATED = (-32603, -32005, -32007, 429, -1)  # codes that clients take for a reason to try again
LIKELY = [
    "0x", "0x0", "0x1", "0x539", "0xzz", "1", "", "root", "gas-limit", "secp256k1", "latest", None, 0, -1, 1.5, True,
    2**256, float("inf"), "0x" + "00" * 20, "0x" + "22" * 20, PRODUCTION, "0x" + "ff" * 32, "0x" + "ab" * 65,
    "0x00" + "ab" * 81, "1b4bde82-7646-4036-aafa-e450a9ff0176", {}, [], [{}], {"context": "0x00"}, {"multiplier": 1.2},
    {"multiplier": float("nan")}, "\ud800", "0x" + "٣" * 4,
]  # fmt: skip
values = st.recursive(
    st.sampled_from(LIKELY) | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def good(lab: sl.Lab) -> dict[str, list[Any]]:
    """A good request for each method."""
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=1_000)], key=sl.new_key(1))
    permissions = {"context": session.context}
    signed = session.sign_prepared_calls(session.prepare_calls([sl.Call(to=lab.recipient, value=1)]))
    outcome = session.send_calls([sl.Call(to=lab.recipient, value=1)])
    signer = {"signerAddress": wallet.owner.address, "includeCounterfactualInfo": True}
    return {
        "wallet_requestAccount": [{**signer, "creationHint": {"salt": "0x0", "accountType": "sma-b"}, "id": None}],
        "wallet_createSession": [
            {
                "chainId": "0x539",
                "expirySec": 1_800_003_600,
                "key": {"type": "secp256k1", "publicKey": sl.new_key(2).address},
                "permissions": [
                    {"type": "erc20-token-transfer", "data": {"address": lab.token, "allowance": "0x64"}},
                    {"type": "functions-on-contract", "data": {"address": lab.counter, "functions": ["0xd09de08a"]}},
                ],
                "account": wallet.address,
            }
        ],
        "wallet_prepareCalls": [
            {
                "calls": [{"to": lab.recipient, "value": "0x1", "data": "0x"}],
                "from": wallet.address,
                "chainId": "0x539",
                "capabilities": {
                    "permissions": permissions,
                    "paymasterService": {"policyId": lab.policy_id},
                    "nonceOverride": {"nonceKey": "0x2"},
                    "gasParamsOverride": {"callGasLimit": {"multiplier": 1.1}},
                },
            }
        ],
        "wallet_sendPreparedCalls": [{**signed, "capabilities": {"permissions": permissions}}],
        "wallet_getCallsStatus": [outcome.call_id],
        "evm_snapshot": [],
        "evm_revert": ["0x999"],
    }


def test_there_is_a_good_request_for_every_method(good: dict[str, list[Any]]) -> None:
    assert good.keys() == METHODS.keys()


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))


def _mutate(draw: Any, params: Any) -> Any:
    """Good parameters with up to three members replaced, taken out or added."""
    params = copy.deepcopy(params)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(_places(params))))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(values)
            continue
        place = params
        for step in path[:-1]:
            place = place[step]
        how = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
        if how == "replace":
            place[path[-1]] = copy.deepcopy(draw(values))
        elif how == "remove":
            del place[path[-1]]
        elif isinstance(place, dict):
            place[draw(st.text(max_size=6))] = copy.deepcopy(draw(values))
    return params


@pytest.mark.parametrize("method", [name for name in METHODS if name != "evm_snapshot"])
@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_method_answers_or_refuses(lab: sl.Lab, good: dict[str, list[Any]], method: str, data: st.DataObject) -> None:
    params = _mutate(data.draw, good[method])
    before = lab.chain.state_root
    moment = lab.chain.snapshot()
    try:
        json.dumps(lab.api.handle(method, params))
    except RpcError as error:
        assert error.code not in REPEATED
        assert str(error)
        json.dumps(error.as_json())
        if error.code in (-32602, 5700, 5710, 5730):
            assert error.data["field"]
            assert error.data["fix"]
        assert lab.chain.state_root == before
    finally:
        lab.chain.revert(moment)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(method=st.sampled_from(list(METHODS)) | st.text(max_size=12), params=values)
def test_any_json_is_answered_or_refused(lab: sl.Lab, method: str, params: Any) -> None:
    try:
        lab.api.handle(method, params)
    except RpcError as error:
        assert error.code not in REPEATED
