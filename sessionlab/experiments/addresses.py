"""Where things stand in every experiment: the addresses of ``Lab(seed=0)`` and of its first wallet, without a lab."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sessionlab.core.base.amounts import ether
from sessionlab.core.base.keys import derive_key
from sessionlab.core.erc4337.gas import FIXED

SEED = 0
#: Unix seconds at which a session is granted and can begin.
START = 1_800_001_000
#: Wei of the wallet, beside what it has in the EntryPoint for its gas; of each token it has 1,000.
WALLET_BALANCE = ether(100)
GAS_DEPOSIT = ether(1_000)
#: The fixed gas limits of an operation, added up: what one of them takes from a gas limit, whatever it uses.
OPERATION_GAS = sum(FIXED[name] for name in ("call_gas_limit", "verification_gas_limit", "pre_verification_gas"))


class Places(NamedTuple):
    """Addresses, by the names that they have in a lab."""

    wallet: str
    token: str
    dollar: str
    coin: str
    counter: str
    counter_2: str
    strict: str
    vault: str
    collectible: str
    recipient: str
    merchant: str


@cache
def places() -> Places:
    """The addresses. Plain text, so functions that use them can be sent to other processes."""
    from sessionlab.core.lab.layout import address_of
    from sessionlab.core.wallet_api.accounts import account_of

    wallet = account_of(derive_key(SEED, "owner 0").address).address
    return Places(wallet, *(address_of(SEED, name) for name in Places._fields[1:]))
