"""The genesis state as plain data, independent of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.base.doors import BYTES, integer
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import MAX_NONCE


@dataclass(frozen=True, slots=True)
class GenesisAccount:
    """One genesis account. A slot that holds 0 is equivalent to an absent slot."""

    balance: int = 0  # wei
    nonce: int = 0  # transactions sent, or contracts created; a contract starts at 1 (EIP-161)
    code: bytes = b""  # runtime bytecode
    storage: Mapping[int, int] = field(default_factory=dict)  # slot -> word


Genesis = Mapping[str, GenesisAccount] | Mapping[bytes, GenesisAccount] | Mapping[str | bytes, GenesisAccount]


def funded(addresses: Iterable[Address], balance: int) -> dict[Address, GenesisAccount]:
    """Return an account with ``balance`` wei for each address."""
    return {address: GenesisAccount(balance=balance) for address in addresses}


def contract(code: bytes, storage: Mapping[int, int] | None = None, balance: int = 0) -> GenesisAccount:
    """Return a genesis contract. Its nonce is 1, as if it had been deployed."""
    return GenesisAccount(balance=balance, nonce=1, code=code, storage=storage or {})


def canonical(genesis: Genesis) -> dict[bytes, GenesisAccount]:
    """Return the accounts keyed by 20-byte address, with every number checked.

    Raises InvalidInput for the first invalid one.
    """
    accounts: dict[bytes, GenesisAccount] = {}
    for address, account in genesis.items():
        key = address_bytes(address, "genesis")
        if key in accounts:
            raise InvalidInput(f"The genesis names 0x{key.hex()} twice.", field="genesis", asked=address)
        _check(account, f"genesis[0x{key.hex()}]")
        accounts[key] = account
    return accounts


def _check(account: GenesisAccount, where: str) -> None:
    integer(account.balance, f"{where}.balance")
    integer(account.nonce, f"{where}.nonce", most=MAX_NONCE)
    BYTES(account.code, f"{where}.code")
    for slot, word in account.storage.items():
        integer(slot, f"{where}.storage")
        integer(word, f"{where}.storage[{slot}]")
