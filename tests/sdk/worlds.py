"""Wallets for the published clients: their owner's key is in the script's hands, and they hold some ether."""

from __future__ import annotations

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.core.wallet_api.accounts import account_of
from tests.sdk.serving import Served

FUNDS = sl.ether(5)


def environment(served: Served, **more: str) -> dict[str, str]:
    """What a script is told of the lab."""
    addresses = {name.upper(): address for name, address in served.lab.addresses.items()}
    return {"URL": served.url, "RECIPIENT": served.lab.recipient, **addresses, **more}


def funded_owner(served: Served, name: str = "owner", wei: int = FUNDS) -> tuple[Key, str]:
    """An owner and the address of the wallet that will be theirs, which has money and no code yet."""
    owner = sl.new_key(name)
    wallet = account_of(owner.address).address
    served.lab.fund(wallet, wei)
    return owner, wallet


def secret(key: Key) -> str:
    """A key of the lab as the scripts take it: worth nothing anywhere."""
    return "0x" + key.private.hex()
