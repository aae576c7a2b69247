"""Accounts at their owner's own address that run a wallet's code by delegation (EIP-7702).

Such an account needs no factory: its owner signs an authorization, which is sent with the first operation. An
authorization of the zero address ends the delegation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import MAX_NONCE
from sessionlab.core.evm.overrides import Overrides
from sessionlab.core.evm.records import DELEGATION, Authorization
from sessionlab.core.evm.signing import authorization_hash
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.records import Account
from sessionlab.core.wallet_api.sessions import recover

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.wallet_api.api import WalletApi

FIELD = "capabilities.eip7702Auth"
#: Gas for an authorization in a transaction (EIP-7702, PER_EMPTY_ACCOUNT_COST).
AUTHORIZATION_GAS = 25_000
#: The published clients' name for the only wallet that accounts can delegate to here.
DELEGATE_NAME = "ModularAccountV2"


def delegate_of(chain: Chain, address: str) -> str | None:
    """Return the contract that an account delegates to; None if it does not delegate."""
    code = chain.code(address)
    return checksum(code[3:]) if code[:3] == DELEGATION and len(code) == 23 else None


def own_account(chain: Chain, address: str) -> Account | None:
    """Return the address as its own account if it has no code or delegates to the lab's wallet; otherwise None."""
    if chain.code(address) and delegate_of(chain, address) != checksum(address_bytes(deployments.DELEGATE_7702)):
        return None
    return Account(address, address, 0, delegates=True)


def missing_delegation(api: WalletApi, account: Account, request: Any) -> str | None:
    """Return the delegate to authorize first: the wallet's code, the zero address to end it, or None."""
    wanted = _wanted(request, account)
    if not account.delegates:
        return None
    now = delegate_of(api.chain, account.address)
    if wanted == ZERO_ADDRESS and now is None:
        message, fix = f"{account.address} delegates to nobody.", "leave eip7702Auth out."
        raise InvalidInput(message, field=FIELD, fix=fix)
    return None if now == wanted else wanted


def overrides(delegate: str | None, account: str) -> Overrides:
    """Return the state override that simulates the account as if it were already authorized."""
    if delegate is None:
        return {}
    return {account: {"code": DELEGATION + address_bytes(delegate)}}


def request_of(api: WalletApi, account: str, delegate: str) -> dict[str, Any]:
    """Return the authorization to sign, as wallet_prepareCalls returns it."""
    nonce = api.chain.nonce(account)
    digest = authorization_hash(delegate, chain_id=api.chain.chain_id, nonce=nonce)
    return {
        "type": "authorization",
        "data": {"address": delegate, "nonce": hex(nonce)},
        "chainId": hex(api.chain.chain_id),
        "signatureRequest": {"type": "eip7702Auth", "rawPayload": "0x" + digest.hex()},
    }


def read_signed(api: WalletApi, element: Mapping[str, Any], where: str) -> tuple[str, Authorization]:
    """Return an authorization and its signer. Raises InvalidInput unless it would take effect."""
    api.check_chain(reading.required(element, "chainId", where))
    data = reading.an_object(reading.required(element, "data", where), f"{where}data", ("address", "nonce"))
    target = reading.address(reading.required(data, "address", f"{where}data."), f"{where}data.address")
    nonce = reading.quantity(reading.required(data, "nonce", f"{where}data."), f"{where}data.nonce", MAX_NONCE)
    field = f"{where}signature"
    signature = reading.signature(reading.required(element, "signature", where), field)
    digest = authorization_hash(target, chain_id=api.chain.chain_id, nonce=nonce)
    signer = recover(digest, signature)
    if signer is None:
        raise InvalidInput("No key can have signed this.", field=field, fix="sign the rawPayload as eip7702Auth.")
    r, s, parity = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64] - 27
    return signer, Authorization(api.chain.chain_id, target, nonce, parity, r, s)


def check_nonce(api: WalletApi, signer: str, authorization: Authorization, where: str) -> None:
    """Refuse an authorization that the chain would skip because of its nonce."""
    now = api.chain.nonce(signer)
    if authorization.nonce != now:
        message = f"The authorization has nonce {authorization.nonce}, and {signer} is at {now}."
        facts = {"field": f"{where}data.nonce", "asked": authorization.nonce, "left": now}
        raise InvalidInput(message, **facts, fix="prepare the calls again.")


def _wanted(request: Any, account: Account) -> str:
    wallet = checksum(address_bytes(deployments.DELEGATE_7702))
    given = {} if request is None or request is True else reading.an_object(request, FIELD, ("account", "delegation"))
    asked = given.get("delegation")
    if given.get("account") is not None and reading.address(given["account"], f"{FIELD}.account") != account.address:
        message = "Only the account that the calls are from is delegated."
        raise InvalidInput(message, field=f"{FIELD}.account", asked=given["account"], left=account.address)
    if request is not None and not account.delegates:
        message = f"{account.address} is a contract of its own and delegates to nobody."
        raise InvalidInput(message, field=FIELD, asked=account.address, fix="leave eip7702Auth out.")
    if asked is None or asked == DELEGATE_NAME:
        return wallet
    target = reading.address(asked, f"{FIELD}.delegation")
    if target not in (wallet, ZERO_ADDRESS):
        message = f"{target} is not a wallet that an account can delegate to here."
        fix = f"use {DELEGATE_NAME}, {wallet}, or the zero address to end the delegation."
        raise InvalidInput(message, field=f"{FIELD}.delegation", asked=target, fix=fix)
    return target
