"""The addresses in every experiment: those of ``Lab(seed=0)`` and its first wallet, without creating a lab."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sessionlab.core.base.amounts import ether, gwei
from sessionlab.core.base.keys import derive_key
from sessionlab.core.erc4337.gas import Gas, without_simulation

SEED = 0
#: Unix seconds at which a session is granted and may start.
START = 1_800_001_000
#: The wallet's balance in wei, from which it pays for gas too. It also has 1,000 of each token.
WALLET_BALANCE = ether(100)
#: The base fee, in wei per gas, where a point names no ``gas_price``.
GAS_PRICE = gwei(1)
#: Gas limits that are ample for one call, without a simulation: for ``Planned(calls, gas=OPERATION_LIMITS)``.
OPERATION_LIMITS: Gas = without_simulation([])
#: Their sum. An operation with these limits takes this much of a gas limit, whatever it actually uses.
OPERATION_GAS: int = OPERATION_LIMITS.total or 0


class Places(NamedTuple):
    """Addresses by their names in a lab."""

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
    """Return the addresses as plain text, so that functions that use them can be sent to other processes."""
    from sessionlab.core.lab.layout import address_of
    from sessionlab.core.wallet_api.accounts import account_of

    wallet = account_of(derive_key(SEED, "owner 0").address).address
    return Places(wallet, *(address_of(SEED, name) for name in Places._fields[1:]))
