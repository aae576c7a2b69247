"""wallet_requestAccount: which wallet belongs to a signer, before it is deployed and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab import world
from sessionlab.chain.addresses import address_bytes, checksum
from sessionlab.contracts.artifacts import artifact
from sessionlab.errors import InvalidInput
from sessionlab.wallet_api import reading
from sessionlab.wallet_api.records import Account

if TYPE_CHECKING:
    from sessionlab.wallet_api.api import WalletApi

FACTORY_TYPE = "MAv2.0.0-sma-b"
_PROXY = bytes.fromhex("602d3d8160093d39f3") + bytes.fromhex("363d3d373d3d3d363d73")
_PROXY_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")


def request_account(api: WalletApi, params: Any) -> dict[str, Any]:
    """The account of a signer (its default one, or another by salt), or a known account by address or id."""
    request = reading.params_object(params)
    account = _find(api, request)
    answer: dict[str, Any] = {"accountAddress": account.address, "id": account.id}
    if request.get("includeCounterfactualInfo"):
        answer["counterfactualInfo"] = {
            "factoryType": FACTORY_TYPE,
            "factoryAddress": world.FACTORY,
            "factoryData": "0x" + factory_data(account).hex(),
        }
    return answer


def account_of(owner: str, salt: int = 0) -> Account:
    """Where the wallet of ``owner`` with this salt is or will be (CREATE2, EIP-1014)."""
    code = keccak(_PROXY + address_bytes(world.IMPLEMENTATION) + _PROXY_TAIL)
    inner = keccak(bytes(12) + address_bytes(owner) + salt.to_bytes(32, "big"))
    made = keccak(b"\xff" + address_bytes(world.FACTORY) + inner + code)
    return Account(checksum(made[12:]), checksum(address_bytes(owner)), salt)


def factory_data(account: Account) -> bytes:
    """The call of the factory that deploys the account."""
    return artifact("WalletFactory").encode("createSemiModularAccount", account.owner, account.salt)


def _find(api: WalletApi, request: Mapping[str, Any]) -> Account:
    if request.get("accountAddress") is not None:
        return api.records.account(reading.address(request["accountAddress"], "accountAddress"))
    owner = reading.address(reading.required(request, "signerAddress"), "signerAddress")
    if request.get("id") is not None:
        found = api.records.account_by_id(str(request["id"]).lower())
        if found is None or found.owner != owner:
            fix = "leave the id out for the signer's default account."
            raise InvalidInput("This signer has no account with this id.", field="id", asked=request["id"], fix=fix)
        return found
    hint = reading.optional_object(request, "creationHint")
    kind = hint.get("accountType", "sma-b")
    if kind != "sma-b":
        message, fix = f"Accounts of type {reading.shown(kind)} are not made here.", "use sma-b, or leave it out."
        raise InvalidInput(message, field="creationHint.accountType", asked=kind, fix=fix)
    salt = reading.quantity(hint["salt"], "creationHint.salt") if hint.get("salt") is not None else 0
    return api.records.add_account(account_of(owner, salt))
