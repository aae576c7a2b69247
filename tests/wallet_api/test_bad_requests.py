"""Malformed requests: the code of WIRE.md section 4, the field and the next step named, and nothing moved."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.wallet_api.sessions import MAX_ROWS

MISSING = object()
OTHER = "0x" + "22" * 20
SUFFIX = "experimental_dataSuffix"
FOREIGN = "0x0000000071727De22E5E9d8BAf0edAc6f37da032"  # a contract that is no account
BAD_CHECKSUM = "0x" + "22" * 19 + "aB"
SERVICE, GAS = "capabilities.paymasterService", "capabilities.gasParamsOverride"
UUID = "1b4bde82-7646-4036-aafa-e450a9ff0176"


def spoil(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with the member at ``a.b.0.c`` replaced, or taken out."""
    spoiled = copy.deepcopy(request)
    *way, last = path.split(".")
    place: Any = spoiled
    for step in way:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is MISSING:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return spoiled


def refusal(lab: sl.Lab, method: str, params: Any) -> RpcError:
    """The error, after making sure that nothing moved."""
    before = (lab.chain.state_root, lab.chain.height)
    with pytest.raises(RpcError) as caught:
        lab.api.handle(method, params)
    assert (lab.chain.state_root, lab.chain.height) == before
    return caught.value


def check(error: RpcError, field: str, code: int = -32602) -> None:
    assert (error.code, error.data["field"]) == (code, field)
    assert error.data["fix"]
    assert str(error).strip()


CREATE: list[tuple[str, Any, str, int]] = [
    ("chainId", MISSING, "chainId", -32602),
    ("chainId", None, "chainId", -32602),
    ("chainId", 1337, "chainId", -32602),
    ("chainId", "1337", "chainId", -32602),
    ("chainId", "0x1", "chainId", 5710),
    ("account", MISSING, "account", -32602),
    ("account", OTHER, "account", -32602),
    ("account", FOREIGN, "account", -32602),
    ("account", BAD_CHECKSUM, "account", -32602),
    ("account", "0x22", "account", -32602),
    ("account", ["0x22"], "account", -32602),
    ("key", MISSING, "key", -32602),
    ("key", "0x" + "11" * 20, "key", -32602),
    ("key.type", "rsa", "key.type", -32602),
    ("key.type", "contract", "key.type", -32602),
    ("key.type", MISSING, "key.type", -32602),
    ("key.type", [], "key.type", -32602),
    ("key.publicKey", MISSING, "key.publicKey", -32602),
    ("key.publicKey", "0x" + "02" * 33, "key.publicKey", -32602),
    ("key.publicKey", "0x" + "00" * 20, "key.publicKey", -32602),
    ("key.publicKey", BAD_CHECKSUM, "key.publicKey", -32602),
    ("expirySec", 1_800_003_600_000, "expirySec", -32602),
    ("expirySec", -1, "expirySec", -32602),
    ("expirySec", 1.5, "expirySec", -32602),
    ("expirySec", True, "expirySec", -32602),
    ("expirySec", "0x6b49d200", "expirySec", -32602),
    ("permissions", MISSING, "permissions", -32602),
    ("permissions", {}, "permissions", -32602),
    ("permissions", [], "permissions", -32602),
    ("permissions.0", "root", "permissions[0]", -32602),
    ("permissions.0.type", "everything", "permissions[0].type", -32602),
    ("permissions.0.extra", 1, "permissions[0].extra", -32602),
    ("permissions.0.data.extra", 1, "permissions[0].data.extra", -32602),
    ("permissions.0.data.allowance", MISSING, "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", None, "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", 100, "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", 1.5, "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", True, "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", "100", "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", "0x", "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", "0xzz", "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", "-0x1", "permissions[0].data.allowance", -32602),
    ("permissions.0.data.allowance", "0x1" + "00" * 32, "permissions[0].data.allowance", -32602),
    ("permissions.0", {"type": "root", "data": {}}, "permissions[0].data", -32602),
    (
        "permissions.0",
        {"type": "account-functions", "data": {"functions": []}},
        "permissions[0].data.functions",
        -32602,
    ),
    (
        "permissions.0",
        {"type": "account-functions", "data": {"functions": ["0xaabbcc"]}},
        "permissions[0].data.functions[0]",
        -32602,
    ),
    (
        "permissions.0",
        {"type": "functions-on-all-contracts", "data": {"functions": ["0x" + "aa" * 32]}},
        "permissions[0].data.functions[0]",
        -32602,
    ),
    (
        "permissions.0",
        {"type": "contract-access", "data": {"address": BAD_CHECKSUM}},
        "permissions[0].data.address",
        -32602,
    ),
]


@pytest.mark.parametrize(("path", "value", "field", "code"), CREATE)
def test_create_session_refuses(
    lab: sl.Lab, create: dict[str, Any], path: str, value: Any, field: str, code: int
) -> None:
    check(refusal(lab, "wallet_createSession", [spoil(create, path, value)]), field, code)


def test_create_session_refuses_more_rows_than_a_wallet_takes(lab: sl.Lab, create: dict[str, Any]) -> None:
    functions = [f"0x{number:08x}" for number in range(1, MAX_ROWS + 2)]
    permission = {"type": "functions-on-contract", "data": {"address": lab.counter, "functions": functions}}
    error = refusal(lab, "wallet_createSession", [spoil(create, "permissions", [permission])])
    check(error, "permissions")
    assert (error.data["asked"], error.data["left"]) == (MAX_ROWS + 1, MAX_ROWS)
    permission["data"]["functions"] = functions[:-1]
    assert lab.api.handle("wallet_createSession", [spoil(create, "permissions", [permission])])["sessionId"]


def test_a_refused_grant_leaves_no_session(lab: sl.Lab, create: dict[str, Any]) -> None:
    refusal(lab, "wallet_createSession", [spoil(create, "permissions.0.data.allowance", "100")])
    assert lab.api.records.sessions(create["account"]) == []


PREPARE: list[tuple[str, Any, str, int]] = [
    ("chainId", "0x1", "chainId", 5710),
    ("chainId", MISSING, "chainId", -32602),
    ("from", MISSING, "from", -32602),
    ("from", FOREIGN, "account", -32602),
    ("from", BAD_CHECKSUM, "from", -32602),
    ("calls", {}, "calls", -32602),
    ("calls", "0x", "calls", -32602),
    ("calls.0", "0x", "calls[0]", -32602),
    ("calls.0.to", MISSING, "calls[0].to", -32602),
    ("calls.0.to", BAD_CHECKSUM, "calls[0].to", -32602),
    ("calls.0.to", 5, "calls[0].to", -32602),
    ("calls.0.value", 1, "calls[0].value", -32602),
    ("calls.0.value", 1.5, "calls[0].value", -32602),
    ("calls.0.value", True, "calls[0].value", -32602),
    ("calls.0.value", "1", "calls[0].value", -32602),
    ("calls.0.value", "0x", "calls[0].value", -32602),
    ("calls.0.value", "0x_1", "calls[0].value", -32602),
    ("calls.0.value", "0x-1", "calls[0].value", -32602),
    ("calls.0.value", "0x1" + "00" * 32, "calls[0].value", -32602),
    ("calls.0.data", "0x123", "calls[0].data", -32602),
    ("calls.0.data", "0xzz", "calls[0].data", -32602),
    ("calls.0.data", "1234", "calls[0].data", -32602),
    ("calls.0.data", 5, "calls[0].data", -32602),
    ("capabilities", [], "capabilities", -32602),
    ("capabilities", "permissions", "capabilities", -32602),
    ("capabilities", {"eip7702Auth": True}, "capabilities.eip7702Auth", -32602),
    ("capabilities", {"stateOverride": []}, "capabilities.stateOverride", -32602),
    ("capabilities", {"stateOverride": {OTHER: {"balance": 1}}}, "capabilities.stateOverride.balance", -32602),
    ("capabilities", {SUFFIX: "0x12"}, f"capabilities.{SUFFIX}", -32602),
    (
        "capabilities",
        {"experimental_dataSuffix": {"value": "12"}},
        "capabilities.experimental_dataSuffix.value",
        -32602,
    ),
    ("capabilities", {"paymaster": {"policyId": UUID}}, "capabilities.paymaster", 5700),
    ("capabilities.permissions", "0x00", "capabilities.permissions", -32602),
    ("capabilities.permissions", {}, "capabilities.permissions.sessionId", -32602),
    ("capabilities.permissions.context", "0x00", "capabilities.permissions.context", -32602),
    ("capabilities.permissions.context", "0x02" + "00" * 81, "capabilities.permissions.context", -32602),
    ("capabilities.permissions.context", 5, "capabilities.permissions.context", -32602),
    ("capabilities.permissions.context", "0x00" + "ab" * 81, "capabilities.permissions", -32602),
    (
        "capabilities.permissions",
        {"sessionId": "0x" + "ab" * 15, "signature": "0x" + "00" * 65},
        "capabilities.permissions.sessionId",
        -32602,
    ),
    (
        "capabilities.permissions",
        {"sessionId": "0x" + "ab" * 16, "signature": "0x" + "00" * 64},
        "capabilities.permissions.signature",
        -32602,
    ),
    (
        "capabilities.permissions",
        {"sessionId": "0x" + "ab" * 16, "signature": "0x" + "00" * 65},
        "capabilities.permissions",
        -32602,
    ),
    (SERVICE, "x", SERVICE, -32602),
    (SERVICE, {}, f"{SERVICE}.policyId", -32602),
    (SERVICE, {"policyId": 5}, f"{SERVICE}.policyId", -32602),
    (SERVICE, {"policyIds": UUID}, f"{SERVICE}.policyId", -32602),
    (SERVICE, {"policyId": UUID}, "policyId", -32602),
    (SERVICE, {"policyId": UUID.replace("-4", "-1", 1)}, "policyId", -32602),
    (SERVICE, {"policyId": UUID, "policyIds": [UUID]}, f"{SERVICE}.policyId", -32602),
    (SERVICE, {"policyIds": [UUID, UUID]}, f"{SERVICE}.policyId", -32602),
    (SERVICE, {"policyId": UUID, "onlyEstimation": "yes"}, f"{SERVICE}.onlyEstimation", -32602),
    ("capabilities.preflight", {"whenSent": 1}, "capabilities.preflight.whenSent", -32602),
    ("capabilities.nonceOverride", "0x1", "capabilities.nonceOverride", -32602),
    ("capabilities.nonceOverride", {"nonceKey": 1}, "capabilities.nonceOverride.nonceKey", -32602),
    ("capabilities.nonceOverride", {"nonceKey": hex(2**152)}, "capabilities.nonceOverride.nonceKey", -32602),
    (GAS, [], GAS, -32602),
    (GAS, {"gas": "0x1"}, f"{GAS}.gas", -32602),
    (GAS, {"callGasLimit": hex(2**120)}, f"{GAS}.callGasLimit", -32602),
    (GAS, {"callGasLimit": {"multiplier": 0}}, f"{GAS}.callGasLimit.multiplier", -32602),
    (GAS, {"callGasLimit": {"multiplier": "2"}}, f"{GAS}.callGasLimit.multiplier", -32602),
]


@pytest.mark.parametrize(("path", "value", "field", "code"), PREPARE)
def test_prepare_calls_refuses(
    lab: sl.Lab, prepare: dict[str, Any], path: str, value: Any, field: str, code: int
) -> None:
    check(refusal(lab, "wallet_prepareCalls", [spoil(prepare, path, value)]), field, code)


def test_prepare_calls_refuses_an_altered_context(lab: sl.Lab, prepare: dict[str, Any], session: sl.Session) -> None:
    altered = session.context[:-4] + ("00" if session.context[-4:-2] != "00" else "01") + session.context[-2:]
    error = refusal(lab, "wallet_prepareCalls", [spoil(prepare, "capabilities.permissions.context", altered)])
    check(error, "capabilities.permissions")
    assert "not signed by the wallet's owner" in str(error)


def test_prepare_calls_refuses_a_context_that_the_session_key_signed(
    lab: sl.Lab, create: dict[str, Any], prepare: dict[str, Any]
) -> None:
    made = lab.api.handle("wallet_createSession", [create])
    signature = sl.new_key("session").sign_typed_data(made["signatureRequest"]["data"])
    context = "0x00" + made["sessionId"][2:] + signature.hex()
    error = refusal(lab, "wallet_prepareCalls", [spoil(prepare, "capabilities.permissions.context", context)])
    check(error, "capabilities.permissions")


def test_prepare_calls_refuses_the_session_of_another_wallet(lab: sl.Lab, prepare: dict[str, Any]) -> None:
    other = lab.wallet()
    error = refusal(lab, "wallet_prepareCalls", [spoil(prepare, "from", other.address)])
    check(error, "capabilities.permissions")
    assert error.data["asked"] == other.address


@pytest.mark.parametrize(
    ("calls", "code", "asked", "left"),
    [
        ([{"value": "0x1"}] * 33, "TooManyCalls", 33, 32),
        ([{"data": "0x" + "ab" * 4_097}], "CallDataTooLarge", 4_097, 4_096),
    ],
)
def test_prepare_calls_refuses_what_is_over_the_bounds(
    lab: sl.Lab, prepare: dict[str, Any], calls: list[dict[str, str]], code: str, asked: int, left: int
) -> None:
    wanted = [{"to": lab.counter, **call} for call in calls]
    error = refusal(lab, "wallet_prepareCalls", [spoil(prepare, "calls", wanted)])
    denial = error.data["denial"]
    assert (error.code, denial["code"], denial["asked"], denial["left"]) == (-32500, code, str(asked), str(left))


SEND: list[tuple[str, Any, str, int]] = [
    ("type", MISSING, "type", -32602),
    ("type", "user-operation-v060", "type", -32602),
    ("chainId", "0x1", "chainId", 5710),
    ("data", MISSING, "data", -32602),
    ("data", [], "data", -32602),
    ("data.sender", MISSING, "data.sender", -32602),
    ("data.sender", FOREIGN, "account", -32602),
    ("data.sender", 5, "data.sender", -32602),
    ("data.nonce", 5, "data.nonce", -32602),
    ("data.nonce", hex(2**256), "data.nonce", -32602),
    ("data.callData", "0x1", "data.callData", -32602),
    ("data.callGasLimit", hex(2**128), "data.callGasLimit", -32602),
    ("data.callGasLimit", "0x_1", "data.callGasLimit", -32602),
    ("data.maxFeePerGas", None, "data.maxFeePerGas", -32602),
    ("data.factory", OTHER[:-1], "data.factory", -32602),
    ("signature", MISSING, "signature", -32602),
    ("signature", "0x", "signature", -32602),
    ("signature.type", "schnorr", "signature.type", -32602),
    ("signature.data", "0x" + "00" * 64, "signature.data", -32602),
    ("signature.data", {"r": "0x1"}, "signature.data.s", -32602),
    ("signature.data", {"r": "0x1", "s": "0x1", "yParity": "0x2"}, "signature.data.yParity", -32602),
    ("signature.data", {"r": 1, "s": "0x1", "v": "0x1b"}, "signature.data.r", -32602),
    ("capabilities", [], "capabilities", -32602),
    ("capabilities.permissions", "x", "capabilities.permissions", -32602),
]


@pytest.mark.parametrize(("path", "value", "field", "code"), SEND)
def test_send_prepared_calls_refuses(
    lab: sl.Lab, send: dict[str, Any], path: str, value: Any, field: str, code: int
) -> None:
    check(refusal(lab, "wallet_sendPreparedCalls", [spoil(send, path, value)]), field, code)


def test_send_prepared_calls_refuses_a_wrong_signature(lab: sl.Lab, send: dict[str, Any]) -> None:
    wrong = "0x" + sl.new_key("stranger").sign_message(bytes(32)).hex()
    error = refusal(lab, "wallet_sendPreparedCalls", [spoil(send, "signature.data", wrong)])
    assert (error.code, error.data["denial"]["code"]) == (-32507, "AA24 signature error")


def test_send_prepared_calls_refuses_an_altered_operation(lab: sl.Lab, send: dict[str, Any]) -> None:
    altered = send["data"]["callData"].replace(lab.recipient[2:].lower(), lab.merchant[2:].lower())
    assert altered != send["data"]["callData"]
    error = refusal(lab, "wallet_sendPreparedCalls", [spoil(send, "data.callData", altered)])
    assert (error.code, error.data["denial"]["code"]) == (-32507, "AA24 signature error")


@pytest.mark.parametrize(
    ("given", "reason", "code"),
    [
        ({"verificationGasLimit": "0x1"}, "OutOfGas", -32500),
        ({"verificationGasLimit": hex(2**120)}, "AA94 gas values overflow", -32500),
        ({"callGasLimit": "0x1"}, "AA24 signature error", -32507),
        ({"maxFeePerGas": hex(10**15)}, "AA21 didn't pay prefund", -32500),
    ],
)
def test_send_prepared_calls_refuses_gas_that_cannot_be(
    lab: sl.Lab, send: dict[str, Any], given: dict[str, str], reason: str, code: int
) -> None:
    error = refusal(lab, "wallet_sendPreparedCalls", [{**send, "data": {**send["data"], **given}}])
    assert (error.code, error.data["denial"]["code"]) == (code, reason)


@pytest.mark.parametrize("name", ["gasParamsOverride", "nonceOverride", "stateOverride", "eip7702Auth"])
def test_a_capability_that_comes_too_late_is_refused_by_name(lab: sl.Lab, send: dict[str, Any], name: str) -> None:
    error = refusal(lab, "wallet_sendPreparedCalls", [spoil(send, f"capabilities.{name}", {})])
    check(error, f"capabilities.{name}", 5700)
    assert "Next step" in error.message
    misspelt = spoil(send, "capabilities.paymasterService", {"polcyId": UUID})
    check(refusal(lab, "wallet_sendPreparedCalls", [misspelt]), "capabilities.paymasterService.polcyId")


ACCOUNT: list[tuple[dict[str, Any], str]] = [
    ({}, "signerAddress"),
    ({"signerAddress": "0x12"}, "signerAddress"),
    ({"signerAddress": BAD_CHECKSUM}, "signerAddress"),
    ({"accountAddress": FOREIGN}, "account"),
    ({"signerAddress": OTHER, "creationHint": "sma-b"}, "creationHint"),
    ({"signerAddress": OTHER, "creationHint": {"accountType": "la-v2"}}, "creationHint.accountType"),
    ({"signerAddress": FOREIGN, "creationHint": {"accountType": "7702"}}, "signerAddress"),
    ({"signerAddress": OTHER, "creationHint": {"salt": 7}}, "creationHint.salt"),
    ({"signerAddress": OTHER, "id": UUID}, "id"),
    ({"signerAddress": OTHER, "id": UUID, "creationHint": {"salt": "0x1"}}, "creationHint"),
    ({"signerAddress": OTHER, "accountAddress": OTHER}, "signerAddress"),
    ({"accountAddress": OTHER, "creationHint": {"salt": "0x1"}}, "creationHint"),
    ({"signerAddress": OTHER, "includeCounterfactualInfo": "no"}, "includeCounterfactualInfo"),
    ({"signerAddress": OTHER, "creationHint": {"createAdditional": "yes"}}, "creationHint.createAdditional"),
]


@pytest.mark.parametrize(("request_", "field"), ACCOUNT)
def test_request_account_refuses(lab: sl.Lab, request_: dict[str, Any], field: str) -> None:
    check(refusal(lab, "wallet_requestAccount", [request_]), field)


@pytest.mark.parametrize("params", [None, [], {}, "x", [1], [None], [{}, {}], [["0x"]]])
@pytest.mark.parametrize(
    "method", ["wallet_requestAccount", "wallet_createSession", "wallet_prepareCalls", "wallet_sendPreparedCalls"]
)
def test_every_method_takes_one_object(lab: sl.Lab, method: str, params: Any) -> None:
    check(refusal(lab, method, params), "params")


@pytest.mark.parametrize("params", [None, [], ["0x1", "0x2"], [5], [None], {"id": "0x"}])
def test_get_calls_status_takes_one_id(lab: sl.Lab, params: Any) -> None:
    check(refusal(lab, "wallet_getCallsStatus", params), "params")


def test_get_calls_status_refuses_what_is_no_hex(lab: sl.Lab) -> None:
    check(refusal(lab, "wallet_getCallsStatus", ["0x123"]), "id")


@pytest.mark.parametrize("call_id", ["0x", "0x" + "00" * 64, "0x" + f"{1337:064x}" + "ab" * 32, "0x" + "57" * 32])
def test_get_calls_status_does_not_know(lab: sl.Lab, call_id: str) -> None:
    check(refusal(lab, "wallet_getCallsStatus", [call_id]), "id", 5730)


def test_an_unknown_method_does_not_exist(lab: sl.Lab) -> None:
    assert refusal(lab, "wallet_revokeEverything", []).code == -32601
