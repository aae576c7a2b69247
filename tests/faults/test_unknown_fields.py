"""A field of a request that nobody knows is refused by name: dropped, it takes an expiry or an amount with it."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl

from .steps import refusal


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def session(wallet: sl.SmartWalletClient) -> dict[str, Any]:
    """A request for a session that the lab takes."""
    return {
        "chainId": "0x539",
        "key": {"type": "secp256k1", "publicKey": sl.new_key(1).address},
        "permissions": [{"type": "native-token-transfer", "data": {"allowance": "0x5"}}],
        "account": wallet.address,
    }


def refused(lab: sl.Lab, method: str, request: dict[str, Any]) -> sl.RpcError:
    """The error of a request, after which nothing has moved."""
    before = lab.chain.state_root, lab.chain.height
    error = refusal(lambda: lab.provider.request(method, [request]))
    assert (lab.chain.state_root, lab.chain.height) == before
    assert isinstance(error, sl.RpcError)
    return error


@pytest.mark.parametrize("field", ["expiry", "expirySeconds", "validUntil"])
def test_a_misspelt_expiry_is_refused(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: dict[str, Any], field: str
) -> None:
    error = refused(lab, "wallet_createSession", session | {field: lab.now + 100})
    assert (error.code, error.data["field"]) == (-32602, field)
    assert not lab.api.records.sessions(wallet.address)


CALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "calls[0].amount": ({"amount": "0x1"}, {}),
    "calls[0].input": ({"input": "0xd09de08a"}, {}),
    "capabilities.nonceOverride.key": ({}, {"capabilities": {"nonceOverride": {"key": "0x1"}}}),
}


@pytest.mark.parametrize("field", CALLS)
def test_a_misspelt_field_of_an_operation_is_refused(lab: sl.Lab, wallet: sl.SmartWalletClient, field: str) -> None:
    call, more = CALLS[field]
    request = {"from": wallet.address, "chainId": "0x539", "calls": [{"to": lab.counter, **call}], **more}
    error = refused(lab, "wallet_prepareCalls", request)
    assert (error.code, error.data["field"]) == (-32602, field)


def test_the_fields_that_are_known_are_taken(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: dict[str, Any]
) -> None:
    answer = lab.provider.request("wallet_createSession", [session | {"expirySec": lab.now + 100}])
    assert answer["signatureRequest"]["data"]["message"]["deadline"] == lab.now + 100
    call = {"to": lab.recipient, "value": "0x1", "data": "0x"}
    request = {"from": wallet.address, "chainId": "0x539", "calls": [call]}
    prepared = lab.provider.request("wallet_prepareCalls", [request])
    assert prepared["details"]["data"]["calls"] == [call]
