"""Find the owner of an operation's sender, if it can be known: the sender may be any ERC-4337 account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.evm.records import DELEGATION

if TYPE_CHECKING:
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.prepare_request import PrepareRequest

#: The length of selector, owner and salt.
FACTORY_DATA_BYTES = 4 + 32 + 32


def owner_behind(api: WalletApi, request: PrepareRequest, operation: UserOperation) -> str:
    """Return the owner of one of this lab's wallets, deployed or not; an empty string for any other account."""
    sender = operation.sender
    if not is_lab_wallet(api, request, operation):
        return ""
    if request.overrides.get(sender.lower(), {}).get("code") == _delegation():
        return sender
    if api.chain.code(sender) or api.records.known(sender) is not None:
        return api.owner_of(sender)
    return checksum(operation.factory_data[16:36])


def is_lab_wallet(api: WalletApi, request: PrepareRequest, operation: UserOperation) -> bool:
    """Return whether the sender runs this lab's wallet, or has no code yet and is made or known as one."""
    sender = operation.sender
    code = api.chain.code(sender)
    if code in (_proxy(), _delegation()):
        return True
    if request.overrides.get(sender.lower(), {}).get("code") == _delegation():
        return True
    if code:
        return False
    made = operation.factory_data
    by_factory = operation.factory == deployments.FACTORY and len(made) == FACTORY_DATA_BYTES
    create = artifact("WalletFactory").encode("createSemiModularAccount", sender, 0)[:4]
    return api.records.known(sender) is not None or (by_factory and made[:4] == create)


def _proxy() -> bytes:
    return bytes(deployments.wallet_at(ZERO_ADDRESS, ZERO_ADDRESS)[ZERO_ADDRESS].code)


def _delegation() -> bytes:
    return DELEGATION + address_bytes(deployments.DELEGATE_7702)
