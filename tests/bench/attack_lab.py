"""What is measured: one wallet, one session, one counter, and operations through them.

The same genesis, the same setup and the same bytes go to the chain in this process and to its peer, so that
a ratio compares machines and not operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sessionlab.core import deployments
from sessionlab.core.base.keys import Key, derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, operation_hash
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.permissions import DEPLOYED, ContractAccess, Permission, Ruleset, rows

CHAIN_ID = 1337
GWEI, ETHER = 10**9, 10**18
BUNDLE_GAS = 30_000_000
WALLET, COUNTER, TOKEN, RECIPIENT = ("0x" + byte * 20 for byte in ("5e", "c0", "70", "4e"))
OWNER, SESSION, BUNDLER = (derive_key("bench", role) for role in ("owner", "session", "bundler"))

ENTITY = 1  # the session that increments
INCREMENT = Call(COUNTER, 0, artifact("Counter").encode("increment"))


class Transaction(NamedTuple):
    """A transaction before it is signed."""

    key: Key
    to: str
    data: bytes
    value: int = 0  # wei
    gas: int = BUNDLE_GAS


def genesis(rules: Ruleset = DEPLOYED) -> dict[str, GenesisAccount]:
    """Build the accounts of the first block: EntryPoint, wallet, counter, token, and three who exist."""
    accounts: dict[str, GenesisAccount] = dict(deployments.entry_point())
    accounts |= deployments.wallet_contracts(rules)
    accounts |= deployments.wallet_at(WALLET, OWNER.address, 100 * ETHER)
    accounts |= deployments.plain("Counter", COUNTER)
    accounts |= deployments.token(TOKEN, deployments.TokenInfo("Token", "TOK", 18), {WALLET: 10**12, RECIPIENT: 1})
    for address in (OWNER.address, BUNDLER.address, RECIPIENT):
        accounts[address] = GenesisAccount(balance=1_000 * ETHER)
    return accounts


def deposit() -> Transaction:
    """Pay for the wallet's gas in advance, as production wallets do that were measured."""
    data = artifact("EntryPoint").encode("depositTo", WALLET)
    return Transaction(BUNDLER, ENTRY_POINT, data, 100 * ETHER)


def install(
    permissions: Sequence[Permission] = (ContractAccess(address=COUNTER),),
    *,
    entity: int = ENTITY,
    expiry: int = 0,
) -> bytes:
    """Encode the wallet's call that installs a session."""
    return account.install_call(entity_id=entity, key=SESSION.address, rows=rows(permissions), valid_until=expiry)


def preparation() -> list[Transaction]:
    """Everything that happens before the first measured operation."""
    return [deposit(), Transaction(OWNER, WALLET, install())]


def operation(
    sequence: int,
    call_data: bytes,
    *,
    nonce_key: int = account.nonce_key_of(ENTITY, is_global=False),
    signer: Key = SESSION,
    call_gas: int = 200_000,
    verification_gas: int = 300_000,
) -> UserOperation:
    """Build, hash and sign the operation number ``sequence`` of a nonce key."""
    built = UserOperation(
        sender=WALLET,
        nonce=nonce_key << 64 | sequence,
        call_data=call_data,
        call_gas_limit=call_gas,
        verification_gas_limit=verification_gas,
        pre_verification_gas=50_000,
        max_fee_per_gas=GWEI,
        max_priority_fee_per_gas=GWEI,
    )
    return built.signed(account.signature_envelope(signer.sign_message(digest(built))))


def digest(built: UserOperation) -> bytes:
    """Hash an operation for this chain."""
    return operation_hash(built, CHAIN_ID)


def increment(sequence: int) -> UserOperation:
    """Build, hash and sign one operation through the session: the counter goes up by one."""
    return operation(sequence, account.execute(INCREMENT, wrapped=False))
