"""Accounts that are their owner's own address (EIP-7702): delegate, operate, undelegate; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core import deployments
from sessionlab.core.base.errors import RpcError
from sessionlab.core.wallet_api.delegation import delegate_of

SIGNER, STRANGER = sl.new_key("signer"), sl.new_key("stranger")


@pytest.fixture
def lab() -> sl.Lab:
    lab = sl.Lab()
    lab.fund(SIGNER.address, sl.ether(1))
    return lab


def prepare(lab: sl.Lab, calls: list[Any], **capabilities: Any) -> Any:
    request: dict[str, Any] = {"from": SIGNER.address, "chainId": "0x539", "calls": calls}
    if capabilities:
        request["capabilities"] = capabilities
    return lab.provider.request("wallet_prepareCalls", [request])


def sign(element: dict[str, Any], key: sl.Key = SIGNER) -> dict[str, Any]:
    """What the published clients do with each kind of signature request."""
    asked = element["signatureRequest"]
    if asked["type"] == "eip7702Auth":
        signature = key.sign_hash(bytes.fromhex(asked["rawPayload"][2:]))
    else:
        signature = key.sign_message(bytes.fromhex(asked["data"]["raw"][2:]))
    kept = {name: value for name, value in element.items() if name in ("type", "data", "chainId")}
    return kept | {"signature": {"type": "secp256k1", "data": "0x" + signature.hex()}}


def send(lab: sl.Lab, prepared: dict[str, Any], **changes: Any) -> dict[str, Any]:
    if prepared["type"] == "array":
        signed: dict[str, Any] = {"type": "array", "data": [sign(element) for element in prepared["data"]]}
    else:
        signed = sign(prepared)
    return lab.provider.request("wallet_sendPreparedCalls", [signed | changes])


def status(lab: sl.Lab, sent: dict[str, Any]) -> dict[str, Any]:
    return lab.provider.request("wallet_getCallsStatus", [sent["id"]])


@pytest.fixture
def delegated(lab: sl.Lab) -> sl.Lab:
    send(lab, prepare(lab, []))
    return lab


INCREMENT = "0xd09de08a"


def test_the_first_operation_brings_the_authorization(lab: sl.Lab) -> None:
    prepared = prepare(lab, [{"to": lab.counter, "data": INCREMENT}])
    assert [element["type"] for element in prepared["data"]] == ["authorization", "user-operation-v070"]
    assert prepared["data"][0]["data"] == {"address": deployments.DELEGATE_7702, "nonce": "0x0"}
    found = status(lab, send(lab, prepared))
    assert found["status"] == 200
    assert lab.read("Counter", lab.counter, "number") == 1
    assert delegate_of(lab.chain, SIGNER.address) == deployments.DELEGATE_7702


def test_later_operations_need_no_authorization(delegated: sl.Lab) -> None:
    prepared = prepare(delegated, [{"to": delegated.counter, "data": INCREMENT}])
    assert prepared["type"] == "user-operation-v070"
    assert status(delegated, send(delegated, prepared))["status"] == 200


def test_a_session_of_such_an_account_works_from_grant_to_refusal(delegated: sl.Lab) -> None:
    lab, key = delegated, sl.new_key("session")
    request = {
        "chainId": "0x539",
        "key": {"type": "secp256k1", "publicKey": key.address},
        "permissions": [{"type": "contract-access", "data": {"address": lab.counter}}],
        "account": SIGNER.address,
    }
    created = lab.provider.request("wallet_createSession", [request])
    signature = SIGNER.sign_typed_data(created["signatureRequest"]["data"])
    permissions = {"context": "0x00" + created["sessionId"][2:] + signature.hex()}
    prepared = prepare(lab, [{"to": lab.counter, "data": INCREMENT}], permissions=permissions)
    signed = sign(prepared, key) | {"capabilities": {"permissions": permissions}}
    assert status(lab, lab.provider.request("wallet_sendPreparedCalls", [signed]))["status"] == 200
    with pytest.raises(RpcError) as refused:
        prepare(lab, [{"to": lab.counter_2, "data": INCREMENT}], permissions=permissions)
    assert refused.value.data["denial"]["code"] == "AddressNotAllowed"


def test_undelegation_ends_it(delegated: sl.Lab) -> None:
    prepared = prepare(delegated, [], eip7702Auth={"delegation": "0x" + "00" * 20})
    assert [element["type"] for element in prepared["data"]] == ["authorization"]
    sent = send(delegated, prepared)
    assert sent["details"] == {"type": "delegation"}
    assert status(delegated, sent)["status"] == 200
    assert delegated.chain.code(SIGNER.address) == b""


def test_the_same_undelegation_again_is_mined_once(delegated: sl.Lab) -> None:
    prepared = prepare(delegated, [], eip7702Auth={"delegation": "0x" + "00" * 20})
    first, height = send(delegated, prepared), delegated.chain.height
    assert send(delegated, prepared) == first
    assert delegated.chain.height == height


def test_the_same_first_operation_again_is_mined_once(lab: sl.Lab) -> None:
    prepared = prepare(lab, [{"to": lab.counter, "data": INCREMENT}])
    first = send(lab, prepared)
    again = send(lab, prepared)
    assert again.pop("denial")["asked"] == first["id"] and again == first
    assert lab.read("Counter", lab.counter, "number") == 1


def test_account_request_names_the_delegate_and_no_factory(lab: sl.Lab) -> None:
    request = {
        "signerAddress": SIGNER.address,
        "creationHint": {"accountType": "7702"},
        "includeCounterfactualInfo": True,
    }
    answer = lab.provider.request("wallet_requestAccount", [request | {"includeCounterfactualInfo": True}])
    assert (answer["accountAddress"], answer["delegation"]) == (SIGNER.address, deployments.DELEGATE_7702)
    assert "counterfactualInfo" not in answer


def refused(act: Any) -> RpcError:
    with pytest.raises(RpcError) as caught:
        act()
    return caught.value


def test_a_strangers_authorization_is_refused_and_nothing_moves(lab: sl.Lab) -> None:
    prepared = prepare(lab, [])
    before = lab.chain.state_root
    first, second = prepared["data"]
    signed = {"type": "array", "data": [sign(first, STRANGER), sign(second)]}
    error = refused(lambda: lab.provider.request("wallet_sendPreparedCalls", [signed]))
    assert (error.code, error.data["field"]) == (-32602, "data[0].signature")
    assert lab.chain.state_root == before


def test_an_authorization_with_an_old_nonce_is_refused(delegated: sl.Lab) -> None:
    element = {
        "type": "authorization",
        "data": {"address": "0x" + "00" * 20, "nonce": "0x0"},
        "chainId": "0x539",
        "signatureRequest": {"type": "eip7702Auth", "rawPayload": ""},
    }
    from sessionlab.core.evm.signing import authorization_hash

    digest = authorization_hash("0x" + "00" * 20, chain_id=1337, nonce=0)
    element["signatureRequest"] = {"type": "eip7702Auth", "rawPayload": "0x" + digest.hex()}
    error = refused(lambda: send(delegated, element))
    assert (error.code, error.data["field"]) == (-32602, "data.nonce")


def test_before_the_delegation_there_is_no_session(lab: sl.Lab) -> None:
    request = {
        "chainId": "0x539",
        "key": {"type": "secp256k1", "publicKey": STRANGER.address},
        "permissions": [{"type": "root"}],
        "account": SIGNER.address,
    }
    error = refused(lambda: lab.provider.request("wallet_createSession", [request]))
    assert (error.code, error.data["field"]) == (-32602, "account")
    assert "send an operation first" in error.data["fix"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"delegation": "0x" + "22" * 20}, "capabilities.eip7702Auth.delegation"),
        ({"delegation": "0x" + "00" * 20}, "capabilities.eip7702Auth"),  # delegates to nobody yet
        ("yes", "capabilities.eip7702Auth"),
    ],
)
def test_what_cannot_be_delegated_is_refused(lab: sl.Lab, asked: Any, field: str) -> None:
    error = refused(lambda: prepare(lab, [], eip7702Auth=asked))
    assert (error.code, error.data["field"]) == (-32602, field)


@pytest.mark.parametrize("asked", [True, {"delegation": "ModularAccountV2"}, {"delegation": deployments.DELEGATE_7702}])
def test_the_delegate_can_be_asked_for_by_name(lab: sl.Lab, asked: Any) -> None:
    assert prepare(lab, [], eip7702Auth=asked)["type"] == "array"
