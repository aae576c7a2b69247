"""The contracts in every lab's genesis, at fixed addresses.

The EntryPoint, factory, implementation and EIP-7702 delegate have their production addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.contracts.artifacts import Artifact, artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR
from sessionlab.core.evm.genesis import GenesisAccount, contract
from sessionlab.core.permissions.limits import contract_bits
from sessionlab.core.permissions.rulesets import Ruleset

ENTRY_POINT_LARGE = "0x0000000071727DE22E5e9d8baF0EdaC6f37dA033"
ENTRY_POINT_HUGE = "0x0000000071727De22e5E9D8bAF0EDAc6F37da034"
FACTORY = "0x00000000000017c61b5bEe81050EC8eFc9c6fecd"
IMPLEMENTATION = "0x000000000000c5A9089039570Dd36455b5C07383"
#: The code before and after the implementation's address in a minimal proxy (ERC-1167).
PROXY_HEAD, PROXY_TAIL = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
DELEGATE_7702 = "0x69007702764179f14F51cdce752f4f775d74E139"

Accounts = Mapping[str, GenesisAccount]


@dataclass(frozen=True)
class TokenInfo:
    """An ERC-20 token of the lab. One whole token is 10**``decimals`` base units."""

    name: str
    symbol: str
    decimals: int


def entry_point() -> Accounts:
    """Return the lab's EntryPoint and the contract through which it calls factories."""
    creator = _address(SENDER_CREATOR)
    rooms = _address(ENTRY_POINT_LARGE) + _address(ENTRY_POINT_HUGE)
    ordinary = artifact("EntryPoint").runtime_with_immutables(creator + rooms)
    large, huge = (artifact(name).runtime_with_immutables(creator) for name in ("EntryPointLarge", "EntryPointHuge"))
    return {
        ENTRY_POINT: contract(ordinary),
        ENTRY_POINT_LARGE: contract(large),
        ENTRY_POINT_HUGE: contract(huge),
        SENDER_CREATOR: contract(artifact("SenderCreator").runtime),
    }


def wallet_contracts(rules: Ruleset) -> Accounts:
    """Return the SessionWallet's factory, implementation and EIP-7702 delegate under these rules."""
    immutables = contract_bits(rules).to_bytes(32, "big") + _address(FACTORY)
    wallet = contract(artifact("SessionWallet").runtime_with_immutables(immutables))
    factory = contract(artifact("WalletFactory").runtime_with_immutables(_address(IMPLEMENTATION)))
    return {FACTORY: factory, IMPLEMENTATION: wallet, DELEGATE_7702: wallet}


def wallet_at(address: str, owner: str, balance: int = 0) -> Accounts:
    """Return a deployed wallet for ``owner``: the proxy that the factory would deploy, at any address."""
    slot = artifact("SessionWallet").slot("signatures.stored_owner")
    proxy = PROXY_HEAD + address_bytes(IMPLEMENTATION) + PROXY_TAIL
    return {address: contract(proxy, {slot: int.from_bytes(address_bytes(owner), "big")}, balance)}


def sponsor_paymaster(address: str, sponsor: str) -> Accounts:
    """Return a paymaster that pays for operations that ``sponsor`` signs."""
    return {address: contract(artifact("SponsorPaymaster").runtime_with_immutables(_address(sponsor)))}


def plain(name: str, address: str) -> Accounts:
    """Return a contract without immutables and with empty storage."""
    return {address: contract(artifact(name).runtime)}


def token(address: str, info: TokenInfo, holders: Mapping[str, int]) -> Accounts:
    """Return an ERC-20 token with each holder's balance, in base units."""
    made = artifact("Token")
    storage = {made.slot("balanceOf", holder): amount for holder, amount in holders.items()}
    storage[made.slot("totalSupply")] = sum(holders.values())
    storage[made.slot("decimals")] = info.decimals
    storage |= _text(made, "name", info.name) | _text(made, "symbol", info.symbol)
    return {address: contract(made.runtime, storage)}


def _text(made: Artifact, variable: str, text: str) -> dict[int, int]:
    raw = text.encode()
    slot = made.slot(variable)
    return {slot: len(raw), slot + 1: int.from_bytes(raw.ljust(32, b"\0"), "big")}


def _address(address: str) -> bytes:
    return bytes(12) + address_bytes(address)
