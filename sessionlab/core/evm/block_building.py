"""Build a block from an executed transaction.

The result has a header with real roots, its hash, and the records of the transaction and receipt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from eth_hash.auto import keccak

from sessionlab.core.base.addresses import ZERO_HASH, checksum
from sessionlab.core.evm import encoding
from sessionlab.core.evm.conversion import record_receipt, record_transaction
from sessionlab.core.evm.execution import Executed
from sessionlab.core.evm.records import Block

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI


@dataclass(frozen=True)
class Settings:
    """Settings of a chain's blocks."""

    chain_id: int
    gas_limit: int  # per block
    base_fee: int  # wei per gas, constant, so that a lesson's costs do not depend on earlier blocks
    seed: int
    block_seconds: int = 1  # seconds between a block and its parent, without time travel
    miner: bytes | None = None  # who gets the tips; None: an address that follows from the seed

    @cached_property
    def coinbase(self) -> bytes:
        """The recipient of tips: by default an address derived from the seed, without a key."""
        return self.miner or self.draw("coinbase")[12:]

    @cached_property
    def extra_data(self) -> bytes:
        """The extra data of every header, so that chains with different seeds have different hashes."""
        return b"sessionlab" + self.draw("world")[:8]

    def of(self, block: Block) -> Settings:
        """Return the settings that an earlier block had."""
        return replace(self, base_fee=block.base_fee_per_gas, miner=bytes.fromhex(block.miner[2:]))

    def mix_hash(self, number: int) -> bytes:
        """Return the PREVRANDAO value of a block."""
        return self.draw(f"randao/{number}")

    def draw(self, what: str) -> bytes:
        """Derive 32 bytes for a purpose from the seed."""
        return _draw(f"sessionlab/{self.seed}/{what}")


@lru_cache(1_024)
def _draw(what: str) -> bytes:
    return bytes(keccak(what.encode()))


@lru_cache(16)
def _shown(root: bytes) -> str:  # blocks with the same root share its text
    return "0x" + root.hex()


def build_block(
    settings: Settings,
    parent: Block | None,
    timestamp: int,
    state_root: bytes,
    transaction: SignedTransactionAPI | None = None,
    done: Executed | None = None,
) -> Block:
    """Build the block after ``parent`` (None for genesis), with one executed transaction or none."""
    number, parent_hash = (parent.number + 1, parent.hash) if parent else (0, ZERO_HASH)
    gas_used, bloom = (done.gas_used, done.bloom) if done else (0, 0)
    encoded = [transaction.encode()] if transaction else []
    receipts = [encoding.receipt_bytes(done.kind, done.status, gas_used, bloom, done.logs)] if done else []
    transactions_root, receipts_root = encoding.trie_root(encoded), encoding.trie_root(receipts)
    mix_hash = settings.mix_hash(number)
    header = encoding.header_bytes(
        parent_hash=bytes.fromhex(parent_hash[2:]),
        coinbase=settings.coinbase,
        state_root=state_root,
        transactions_root=transactions_root,
        receipts_root=receipts_root,
        bloom=bloom,
        block_number=number,
        gas_limit=settings.gas_limit,
        gas_used=gas_used,
        timestamp=timestamp,
        extra_data=settings.extra_data,
        mix_hash=mix_hash,
        base_fee=settings.base_fee,
    )
    block_hash = "0x" + keccak(header).hex()
    mined = []
    if transaction and done:
        mined = [record_transaction(transaction, done, encoded[0], number, block_hash, settings.chain_id)]
    return Block(
        number=number,
        hash=block_hash,
        parent_hash=parent_hash,
        state_root=_shown(state_root),
        transactions_root=_shown(transactions_root),
        receipts_root=_shown(receipts_root),
        logs_bloom=bloom,
        miner=checksum(settings.coinbase),
        gas_limit=settings.gas_limit,
        gas_used=gas_used,
        timestamp=timestamp,
        extra_data=settings.extra_data,
        mix_hash="0x" + mix_hash.hex(),
        base_fee_per_gas=settings.base_fee,
        size=encoding.block_size(header, encoded),
        transactions=tuple(mined),
        receipts=tuple(record_receipt(m, done) for m in mined if done),
    )
