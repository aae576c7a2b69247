"""Whatever comes in, a method answers with a result or with an RpcError: never with another exception."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.erc4337.wallet_encoding import execute
from tests.bending import bent

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
    owned = wallet.sign_prepared_calls(wallet.prepare_calls([sl.Call(to=lab.recipient, value=1)]))
    operation = owned["data"] | {"signature": "0xff00" + owned["signature"]["data"][2:]}
    operation_hash = "0x" + outcome.call_id[66:]
    return {
        "eth_supportedEntryPoints": [],
        "eth_estimateUserOperationGas": [operation, ENTRY_POINT, {wallet.address: {"balance": "0x1"}}],
        "eth_sendUserOperation": [operation, ENTRY_POINT],
        "eth_getUserOperationReceipt": [operation_hash],
        "eth_getUserOperationByHash": [operation_hash],
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
        "wallet_listAccounts": [{"signerAddress": wallet.owner.address, "limit": 10, "after": "MA"}],
        "wallet_getCapabilities": [wallet.address, ["0x539"]],
        "wallet_prepareSign": [
            {
                "from": wallet.address,
                "chainId": "0x539",
                "signatureRequest": {
                    "type": "eth_signTypedData_v4",
                    "data": {
                        "domain": {"chainId": 1337},
                        "types": {"Mail": [{"name": "text", "type": "string"}]},
                        "primaryType": "Mail",
                        "message": {"text": "hello"},
                    },
                },
            }
        ],
        "wallet_formatSign": [
            {"from": wallet.address, "chainId": "0x539", "signature": {"type": "ecdsa", "data": "0x" + "11" * 65}}
        ],
        "pm_getPaymasterStubData": [operation, ENTRY_POINT, "0x539", {"policyId": lab.policy_id}],
        "pm_getPaymasterData": [
            {**operation, "paymasterVerificationGasLimit": "0x20000"},
            ENTRY_POINT,
            "0x539",
            {"policyId": lab.policy_id},
        ],
        "pimlico_getUserOperationGasPrice": [],
        "rundler_maxPriorityFeePerGas": [],
        "lab_describe": [],
        "lab_describeSessions": [{"sessionIds": [session.id]}],
        "lab_findSession": [{"context": session.context}],
        "lab_fund": [{"to": wallet.address, "amount": "0x1", "token": lab.token}],
        "lab_status": [],
        "lab_knownSessions": [{"account": wallet.address, "sessionIds": [session.id]}],
        "lab_sessionsOfKey": [{"key": wallet.owner.address}],
        "lab_validateStrictly": [{"data": signed["data"], "capabilities": {"permissions": permissions}}],
        "lab_tryOperation": [
            {
                "from": wallet.address,
                "rows": [{"kind": 4, "target": lab.counter, "selector": "0x00000000", "amount": "0x0"}],
                "callData": "0x" + execute(Call(lab.counter), wrapped=False).hex(),
                "time": "0x7fffffff",
                "validAfter": "0x0",
                "validUntil": "0x0",
                "entityId": "0x1",
                "installed": False,
                "byOwner": False,
                "sponsored": True,
            }
        ],
    }


def test_there_is_a_good_request_for_every_method(good: dict[str, list[Any]]) -> None:
    assert good.keys() == sl.Lab._api_methods.keys()


@pytest.mark.parametrize("method", list(sl.Lab._api_methods))
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_method_answers_or_refuses(lab: sl.Lab, good: dict[str, list[Any]], method: str, data: st.DataObject) -> None:
    params = bent(data.draw, good[method], values, least=1)
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
@given(method=st.sampled_from(list(sl.Lab._api_methods)) | st.text(max_size=12), params=values)
def test_any_json_is_answered_or_refused(lab: sl.Lab, method: str, params: Any) -> None:
    try:
        lab.api.handle(method, params)
    except RpcError as error:
        assert error.code not in REPEATED
