"""wallet_prepareSign and wallet_formatSign: signatures that verify on the chain, ERC-1271 and ERC-6492."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.keys import personal_hash, typed_data_hash
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.node.signing import ERC_6492

MAGIC = "0x1626ba7e"
MAIL = {
    "domain": {"name": "Mail", "chainId": 1337},
    "types": {"Mail": [{"name": "text", "type": "string"}, {"name": "stamp", "type": "uint256"}]},
    "primaryType": "Mail",
    "message": {"text": "hello", "stamp": "0x10"},
}
REQUESTS = [
    ({"type": "personal_sign", "data": "hello"}, personal_hash(b"hello")),
    ({"type": "personal_sign", "data": {"raw": "0x1234"}}, personal_hash(b"\x12\x34")),
    (
        {"type": "eth_signTypedData_v4", "data": MAIL},
        typed_data_hash({**MAIL, "message": {"text": "hello", "stamp": 16}}),
    ),
]


def signature_of(lab: sl.Lab, address: str, key: sl.Key, asked: dict[str, Any]) -> str:
    common = {"from": address, "chainId": "0x539"}
    prepared = lab.provider.request("wallet_prepareSign", [common | {"signatureRequest": asked}])["signatureRequest"]
    if prepared["type"] == "eth_signTypedData_v4":
        raw = key.sign_typed_data(prepared["data"])
    else:
        raw = key.sign_message(prepared["data"].encode())
    signed = {"type": "ecdsa", "data": "0x" + raw.hex()}
    return lab.provider.request("wallet_formatSign", [common | {"signature": signed}])["signature"]


def verifies(lab: sl.Lab, wallet: str, digest: bytes, signature: bytes) -> bool:
    contract = artifact("SessionWallet")
    answer = lab.chain.call(wallet, contract.encode("isValidSignature", digest, signature))
    return answer.success and "0x" + answer.output[:4].hex() == MAGIC


@pytest.mark.parametrize(("asked", "digest"), REQUESTS)
def test_a_deployed_wallets_signature_verifies(asked: dict[str, Any], digest: bytes) -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    signature = bytes.fromhex(signature_of(lab, wallet.address, wallet.owner, asked)[2:])
    assert verifies(lab, wallet.address, digest, signature)
    assert not verifies(lab, wallet.address, personal_hash(b"else"), signature)
    assert not verifies(lab, lab.wallet().address, digest, signature)


@pytest.mark.parametrize(("asked", "digest"), REQUESTS[:1])
def test_before_deployment_it_tells_how_to_deploy_and_verifies_then(asked: dict[str, Any], digest: bytes) -> None:
    lab = sl.Lab()
    wallet = lab.wallet(deployed=False)
    signature = bytes.fromhex(signature_of(lab, wallet.address, wallet.owner, asked)[2:])
    assert signature.endswith(ERC_6492)
    factory, data, inner = decode(["address", "bytes", "bytes"], signature[:-32])
    state = lab.chain.overlay()
    assert state.call(factory, data).success
    answer = state.call(wallet.address, artifact("SessionWallet").encode("isValidSignature", digest, inner))
    assert "0x" + answer.output[:4].hex() == MAGIC


def test_an_account_that_does_not_delegate_yet_signs_as_itself() -> None:
    lab, key = sl.Lab(), sl.new_key("signer")
    signature = signature_of(lab, key.address, key, {"type": "personal_sign", "data": "hello"})
    assert signature == "0x" + key.sign_message(b"hello").hex()


def test_a_session_cannot_sign_messages() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    request = {
        "from": wallet.address,
        "chainId": "0x539",
        "signatureRequest": {"type": "personal_sign", "data": "hello"},
        "capabilities": {"permissions": {"context": session.context}},
    }
    with pytest.raises(RpcError) as refused:
        lab.provider.request("wallet_prepareSign", [request])
    assert (refused.value.code, refused.value.data["denial"]["code"]) == (4100, "SignatureValidationInvalid")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"type": "eth_sign", "data": "x"}, "signatureRequest.type"),
        ({"type": "personal_sign"}, "signatureRequest.data"),
        ({"type": "personal_sign", "data": 5}, "signatureRequest.data"),
        ({"type": "personal_sign", "data": {"raw": "12"}}, "signatureRequest.data.raw"),
        ({"type": "eth_signTypedData_v4", "data": {"types": {}}}, "signatureRequest.data"),
        (None, "signatureRequest"),
    ],
)
def test_what_cannot_be_signed_is_refused(asked: Any, field: str) -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    with pytest.raises(RpcError) as refused:
        request = {"from": wallet.address, "chainId": "0x539", "signatureRequest": asked}
        lab.provider.request("wallet_prepareSign", [request])
    assert (refused.value.code, refused.value.data["field"]) == (-32602, field)
