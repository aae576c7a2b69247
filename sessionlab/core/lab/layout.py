"""A lab's layout, derived from its seed: its keys, its addresses and the accounts in genesis.

>>> from sessionlab.core.permissions import DOCUMENTED
>>> Layout.of(DOCUMENTED, seed=0).addresses["counter"] == Layout.of(DOCUMENTED, seed=0).addresses["counter"]
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from eth_hash.auto import keccak

from sessionlab.core import deployments
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import ether, units
from sessionlab.core.base.errors import ChainError
from sessionlab.core.base.keys import Key, derive_key
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import Ruleset

if TYPE_CHECKING:
    from eth_typing import ChecksumAddress

TOKENS = {
    "token": deployments.TokenInfo("Lab Token", "LAB", 18),
    "dollar": deployments.TokenInfo("Lab Dollar", "LUSD", 6),
    "coin": deployments.TokenInfo("Lab Coin", "LBTC", 8),
}
DEMO_CONTRACTS = {
    "counter": "Counter",
    "counter_2": "Counter",
    "strict": "Strict",
    "vault": "Vault",
    "collectible": "Collectible",
}
FAUCET_ETH = ether(1_000_000)
FAUCET_TOKENS = 1_000_000_000  # whole tokens


def address_of(seed: int, name: str) -> ChecksumAddress:
    """Return the address of ``token``, ``counter``, ``recipient`` or another name in a lab with this seed."""
    return checksum(keccak(f"sessionlab {seed} {name}".encode())[12:])


def send_from_faucet(chain: Chain, faucet: Key, to: str, data: bytes, value: int = 0) -> None:
    """Send a transaction from the faucet, ``value`` in wei. Raises ChainError, and undoes it, if it reverts."""
    with chain.atomic():
        receipt = chain.transact(faucet, to, data, value)
        if receipt.status != 1:
            why, fix = decode_revert(receipt.output), "give less, or to another address."
            raise ChainError(f"The faucet's transaction reverts: {why}.", field="to", asked=to, fix=fix)


@dataclass(frozen=True)
class Layout:
    """A lab's layout. ``addresses`` maps names to tokens, example contracts and the paymaster."""

    rules: Ruleset
    seed: int
    faucet: Key
    bundler: Key
    sponsor: Key
    addresses: dict[str, str]
    recipient: ChecksumAddress
    merchant: ChecksumAddress

    @classmethod
    def of(cls, rules: Ruleset, seed: int) -> Self:
        """Return the layout of a lab with these rules and this seed."""
        faucet, bundler, sponsor = (derive_key(seed, role) for role in ("faucet", "bundler", "sponsor"))
        addresses: dict[str, str] = {name: address_of(seed, name) for name in (*TOKENS, *DEMO_CONTRACTS, "paymaster")}
        recipient, merchant = address_of(seed, "recipient"), address_of(seed, "merchant")
        return cls(rules, seed, faucet, bundler, sponsor, addresses, recipient, merchant)

    def genesis(self, entry_point: deployments.Accounts) -> dict[str, GenesisAccount]:
        """Return the accounts in genesis."""
        accounts: dict[str, GenesisAccount] = {**entry_point, **deployments.wallet_contracts(self.rules)}
        accounts |= deployments.sponsor_paymaster(self.addresses["paymaster"], self.sponsor.address)
        for name, info in TOKENS.items():
            supply: dict[str, int] = {self.faucet.address: units(FAUCET_TOKENS, info.decimals)}
            accounts |= deployments.token(self.addresses[name], info, supply)
        for name, contract_name in DEMO_CONTRACTS.items():
            accounts |= deployments.plain(contract_name, self.addresses[name])
        for key in (self.faucet, self.bundler):
            accounts[key.address] = GenesisAccount(balance=FAUCET_ETH)
        return accounts

    def names(self) -> AddressBook:
        """Return the names that explanations use for addresses, tokens and units."""
        named = {**self.addresses, "recipient": self.recipient, "merchant": self.merchant, "EntryPoint": ENTRY_POINT}
        return AddressBook(
            labels={address_bytes(address): name for name, address in named.items()},
            tokens={
                address_bytes(self.addresses[name]): Token(info.symbol, info.decimals) for name, info in TOKENS.items()
            },
            gas_unit=gas_unit(self.rules),
        )
