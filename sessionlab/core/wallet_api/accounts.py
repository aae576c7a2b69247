"""wallet_requestAccount: find the wallet that belongs to a signer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eth_hash.auto import keccak

from sessionlab.core import deployments
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.delegation import own_account
from sessionlab.core.wallet_api.records import Account

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

FIELDS = ("signerAddress", "accountAddress", "id", "creationHint", "includeCounterfactualInfo")
#: How an account is asked for, and with what that does not go. (The clients send an empty creationHint.)
WAYS = {"accountAddress": ("signerAddress", "id", "creationHint"), "id": ("creationHint",)}
FACTORY_TYPE = "MAv2.0.0-sma-b"
_PROXY = bytes.fromhex("602d3d8160093d39f3") + deployments.PROXY_HEAD


def request_account(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return a signer's account (the default, or another by salt), or a known account by address or id."""
    request = reading.params_object(params, FIELDS)
    account = _find(api, request)
    answer: dict[str, Any] = {"accountAddress": account.address, "id": account.id}
    if account.delegates:
        return answer | {"delegation": deployments.DELEGATE_7702}
    if reading.flag(request.get("includeCounterfactualInfo"), "includeCounterfactualInfo"):
        answer["counterfactualInfo"] = {
            "factoryType": FACTORY_TYPE,
            "factoryAddress": deployments.FACTORY,
            "factoryData": "0x" + factory_data(account).hex(),
        }
    return answer


def account_of(owner: str, salt: int = 0) -> Account:
    """Return the deployed or future wallet of ``owner`` with this salt (CREATE2, EIP-1014)."""
    code = keccak(_PROXY + address_bytes(deployments.IMPLEMENTATION) + deployments.PROXY_TAIL)
    inner = keccak(bytes(12) + address_bytes(owner) + salt.to_bytes(32, "big"))
    made = keccak(b"\xff" + address_bytes(deployments.FACTORY) + inner + code)
    return Account(checksum(made[12:]), checksum(address_bytes(owner)), salt)


def factory_data(account: Account) -> bytes:
    """Return the factory call that deploys the account."""
    return artifact("WalletFactory").encode("createSemiModularAccount", account.owner, account.salt)


def _find(api: WalletApi, request: Mapping[str, Any]) -> Account:
    by = next(filter(request.get, WAYS), "")
    for name in filter(request.get, WAYS.get(by, ())):
        raise InvalidInput(f"This asks by {by} and by {name}.", field=name, fix=f"leave out {name}.")
    if request.get("accountAddress") is not None:
        return api.account(reading.address(request["accountAddress"], "accountAddress"))
    owner = reading.address(reading.required(request, "signerAddress"), "signerAddress")
    if request.get("id") is not None:
        result = api.records.account_by_id(str(request["id"]).lower())
        if result is None or result.owner != owner:
            fix = "leave the id out for the signer's default account."
            raise InvalidInput("This signer has no account with this id.", field="id", asked=request["id"], fix=fix)
        return result
    hint = reading.optional_object(request, "creationHint", ("accountType", "salt", "createAdditional"))
    kind = hint.get("accountType", "sma-b")
    if kind == "7702":
        return _own(api, owner)
    if kind != "sma-b":
        message = f"Accounts of type {reading.shown(kind)} are not made here."
        fix = "use sma-b or 7702, or leave it out."
        raise InvalidInput(message, field="creationHint.accountType", asked=kind, fix=fix)
    if hint.get("salt") is not None:
        salt = reading.quantity(hint["salt"], "creationHint.salt")
    elif reading.flag(hint.get("createAdditional"), "creationHint.createAdditional"):
        salt = 1 + max((known.salt for known in api.records.accounts_of(owner)), default=-1)
    else:
        salt = 0
    return api.records.add_account(account_of(owner, salt))


def _own(api: WalletApi, owner: str) -> Account:
    account = own_account(api.chain, owner)
    if account is None:
        message = f"{owner} has code of its own, so it cannot delegate to a wallet."
        raise InvalidInput(message, field="signerAddress", asked=owner, fix="use a signer that is a plain account.")
    return api.records.add_account(account)
