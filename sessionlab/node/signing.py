"""wallet_prepareSign and wallet_formatSign: messages that a wallet signs (ERC-1271), even before it is deployed.

The owner signs typed data, a ReplaySafeHash, which binds the signature to one wallet on one chain. An EIP-7702 account
that does not run the wallet's code yet (and needs no factory) signs as a plain account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import InvalidInput, RpcError
from sessionlab.core.base.keys import personal_hash, typed_data_hash
from sessionlab.core.base.rpc_codes import UNAUTHORIZED
from sessionlab.core.contracts.reverts import Revert
from sessionlab.core.denials.denial import Context, deny
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.accounts import factory_data
from sessionlab.core.wallet_api.prepare_request import read_capabilities
from sessionlab.core.wallet_api.sessions import find_granted
from sessionlab.node import erc1271

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.records import Account

#: Suffix of a signature from a wallet that is not deployed yet (ERC-6492).
ERC_6492 = bytes.fromhex("6492" * 16)
WHERE = "signatureRequest"


def prepare_sign(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return what the owner must sign so that the wallet signs a message or typed data."""
    request, signer = _read(api, params, WHERE)
    asked = reading.an_object(reading.required(request, WHERE), WHERE, ("type", "data", "rawPayload"))
    digest = _digest(asked)
    plain = _signs_itself(api, signer)
    return {
        "chainId": hex(api.chain.chain_id),
        "signatureRequest": dict(asked) if plain else _replay_safe(api, signer.address, digest),
    }


def format_sign(api: WalletApi, params: Any) -> dict[str, Any]:
    """Build the wallet's signature from its owner's, for ERC-1271 or, before deployment, ERC-6492."""
    request, signer = _read(api, params, "signature")
    signature = reading.signature(reading.required(request, "signature"))
    if _signs_itself(api, signer):
        return {"signature": "0x" + signature.hex()}
    result = erc1271.message_envelope(signature)
    if not api.chain.code(signer.address):
        from eth_abi.abi import encode

        made = encode(
            ["address", "bytes", "bytes"],
            ["0x" + address_bytes(deployments.FACTORY).hex(), factory_data(signer), result],
        )
        result = made + ERC_6492
    return {"signature": "0x" + result.hex()}


def _read(api: WalletApi, params: Any, content: str) -> tuple[Mapping[str, Any], Account]:
    """Read the request and the signing account. Sessions are refused, because session keys sign only operations."""
    request = reading.params_object(params, ("from", "chainId", "capabilities", content))
    api.check_chain(reading.required(request, "chainId"))
    signer = api.account(reading.address(reading.required(request, "from"), "from"))
    permissions = read_capabilities(request, ("permissions",)).get("permissions")
    if permissions is not None:
        granted = find_granted(api, permissions, signer.address)
        revert = Revert("SignatureValidationInvalid", {"entityId": granted.session.entity_id}, b"")
        denial = deny(revert, "validation", Context(wallet=signer.address, names=api.names, rules=api.rules))
        raise RpcError(UNAUTHORIZED, f"{denial.sentence} {denial.fix}", {"denial": denial.to_json()})
    return request, signer


def _signs_itself(api: WalletApi, signer: Account) -> bool:
    return signer.delegates and not api.chain.code(signer.address)


def _digest(asked: Mapping[str, Any]) -> bytes:
    kind, content = asked.get("type"), reading.required(asked, "data", f"{WHERE}.")
    if kind == "personal_sign":
        return personal_hash(_message(content))
    if kind == "eth_signTypedData_v4":
        return _typed(content)
    fix = "use personal_sign or eth_signTypedData_v4."
    raise InvalidInput(f"{reading.shown(kind)} cannot be signed here.", field=f"{WHERE}.type", asked=kind, fix=fix)


def _message(content: Any) -> bytes:
    if isinstance(content, str):
        try:
            return content.encode()
        except UnicodeEncodeError:
            fix = "send it as {raw: '0x…'}."
            raise InvalidInput("The text is not valid Unicode.", field=f"{WHERE}.data", fix=fix) from None
    raw = reading.an_object(content, f"{WHERE}.data", ("raw",))
    return reading.data(reading.required(raw, "raw", f"{WHERE}.data."), f"{WHERE}.data.raw")


def _typed(content: Any) -> bytes:
    typed = dict(reading.an_object(content, f"{WHERE}.data", ("domain", "types", "primaryType", "message")))
    try:
        return typed_data_hash(typed)
    except Exception as error:  # encoders raise many types for malformed typed data
        message = f"This is not typed data (EIP-712): {str(error)[:120]}"
        fix = "send domain, types, primaryType and message."
        raise InvalidInput(message, field=f"{WHERE}.data", fix=fix) from None


def _replay_safe(api: WalletApi, wallet: str, digest: bytes) -> dict[str, Any]:
    return {
        "type": "eth_signTypedData_v4",
        "data": {
            "domain": {"chainId": api.chain.chain_id, "verifyingContract": wallet},
            "types": {"ReplaySafeHash": [{"name": "hash", "type": "bytes32"}]},
            "primaryType": "ReplaySafeHash",
            "message": {"hash": "0x" + digest.hex()},
        },
    }
