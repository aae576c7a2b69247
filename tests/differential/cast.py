"""Everybody who is on both chains from the first: lab wallets with sessions, tokens, counters, paymasters, keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from sessionlab.attacks.attack_lab import address
from sessionlab.core import deployments
from sessionlab.core.base.keys import Key, derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.deployments import Accounts
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import SENDER_CREATOR
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.permissions import (
    DOCUMENTED,
    ContractAccess,
    Erc20TokenTransfer,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Ruleset,
    rows,
)
from sessionlab.core.wallet_api.accounts import account_of
from tests.differential.twins import Transaction, Twins, twins

WALLETS = 40
ETHER, GWEI = 10**18, 10**9
BANK, BUNDLER, SPONSOR = (derive_key("differential", role) for role in ("bank", "bundler", "sponsor"))
TOKEN, OPEN_PAYMASTER, SPONSOR_PAYMASTER, BENEFICIARY = (
    address(f"differential {name}") for name in ("token", "open paymaster", "sponsor paymaster", "beneficiary")
)
INCREMENT = artifact("Counter").encode("increment")
RULES: Ruleset = DOCUMENTED


def owner(number: int) -> Key:
    return derive_key("differential", f"owner {number}")


def session_key(number: int) -> Key:
    return derive_key("differential", f"session {number}")


def wallet(number: int) -> str:
    return address(f"differential wallet {number}")


def new_wallet(number: int) -> str:
    """Where the factory deploys the wallet of this owner. It has ETH, and no code yet."""
    return account_of(owner(number).address).address


def recipient(number: int) -> str:
    return address(f"differential recipient {number}")


def counter(number: int) -> str:
    """Each wallet's session has its own: operations of several wallets share no state."""
    return address(f"differential counter {number}")


#: What the sessions of the wallets may do, in turn, and what they do with it.
GRANTS: tuple[tuple[str, Callable[[int], list[Permission]], Callable[[int], Call]], ...] = (
    (
        "native",
        lambda number: [NativeTokenTransfer(allowance=ETHER), GasLimit(limit=30_000_000)],
        lambda number: Call(recipient(number), value=5),
    ),
    (
        "erc20",
        lambda number: [Erc20TokenTransfer(address=TOKEN, allowance=10**6)],
        lambda number: Call(TOKEN, data=artifact("Token").encode("transfer", recipient(number), 7)),
    ),
    (
        "contract",
        lambda number: [ContractAccess(address=counter(number))],
        lambda number: Call(counter(number), data=INCREMENT),
    ),
    (
        "contract and gas",
        lambda number: [ContractAccess(address=counter(number)), GasLimit(limit=30_000_000)],
        lambda number: Call(counter(number), data=INCREMENT),
    ),
)


def grant_of(number: int) -> tuple[str, list[Permission], Call]:
    """Name, permissions and call of a wallet's session."""
    name, permissions, call = GRANTS[number % len(GRANTS)]
    return name, permissions(number), call(number)


def genesis() -> dict[str, GenesisAccount]:
    accounts: dict[str, GenesisAccount] = {}
    holders = {wallet(number): 10**9 for number in range(WALLETS)}
    accounts |= deployments.token(TOKEN, deployments.TokenInfo("Test", "T", 18), holders)
    accounts |= deployments.wallet_contracts(RULES)
    accounts |= deployments.plain("OpenPaymaster", OPEN_PAYMASTER)
    accounts |= deployments.sponsor_paymaster(SPONSOR_PAYMASTER, SPONSOR.address)
    for number in range(WALLETS):
        accounts |= deployments.wallet_at(wallet(number), owner(number).address, 100 * ETHER)
        accounts |= deployments.plain("Counter", counter(number))
        accounts[new_wallet(number)] = GenesisAccount(balance=ETHER)
        accounts[owner(number).address] = GenesisAccount(balance=ETHER)
    # The lab's estimate asks it, whichever the EntryPoint has made for itself.
    accounts[SENDER_CREATOR] = deployments.entry_point()[SENDER_CREATOR]
    for key in (BANK, BUNDLER):
        accounts[key.address] = GenesisAccount(balance=10**36)
    return accounts


def install(number: int) -> Transaction:
    """The owner's own transaction that installs the wallet's session 1."""
    _, permissions, _ = grant_of(number)
    call = wallet_encoding.install_call(entity_id=1, key=session_key(number).address, rows=rows(permissions))
    return Transaction(owner(number), call, to=wallet(number), gas=2_000_000)


def fresh_twins(left: tuple[str, Accounts], right: tuple[str, Accounts]) -> Twins:
    """Both chains with sessions installed. Two wallets in three have a deposit; the third pays as it is asked."""
    pair = twins(left, right, genesis())
    for number in range(WALLETS):
        pair.prepare(install(number))
        if number % 3:
            pair.deposit(wallet(number), 10 * ETHER)
    for paymaster in (OPEN_PAYMASTER, SPONSOR_PAYMASTER):
        pair.deposit(paymaster, 1_000 * ETHER)
    pair.keep()
    return pair


@cache
def cached_twins(left: str, right: str) -> Twins:
    """Those of these names; whoever uses them resets them first."""
    from tests.canonical import canonical_entry_point
    from tests.conftest import OURS

    known = {"ours": lambda: OURS, "canonical": canonical_entry_point}
    return fresh_twins((left, known[left]()), (right, known[right]()))
