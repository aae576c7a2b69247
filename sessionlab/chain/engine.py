"""The chain's machinery: blocks in a list, state in one database, py-evm for the execution.

This is the one narrow seam to py-evm. A block that this engine builds is right by construction, so it is
executed once and never validated again; its roots, bloom and hash are the real ones. Blocks, receipts and
the index of transactions are plain lists and dicts: finding the oldest costs what finding the newest costs,
and going back to a snapshot drops the tail of a list. State tries are never pruned, so any state root that
was current stays readable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB

from sessionlab.chain.admission import admit
from sessionlab.chain.evm import LabState, open_state, write_accounts
from sessionlab.chain.execution import Executed, execute
from sessionlab.chain.genesis import GenesisAccount
from sessionlab.chain.records import Block
from sessionlab.chain.remembered import remember
from sessionlab.chain.sealing import Settings, seal

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

BLOCKHASH_REACH = 256  # how many ancestors the BLOCKHASH opcode sees


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Enough to come back: how many blocks there were, the tip of the state, the clock."""

    length: int
    root: bytes
    clock: int


class Engine:
    """Executes and remembers.

    ``root`` is the state that the next block builds on; ``clock`` its earliest time.
    """

    def __init__(self, accounts: dict[bytes, GenesisAccount], settings: Settings, time: int) -> None:
        remember()
        self.settings, self.clock, self.root = settings, time, bytes(BLANK_ROOT_HASH)
        self.blocks: list[Block] = []
        self._db = AtomicDB()
        self._numbers: dict[str, int] = {}  # block hash -> number
        self._places: dict[str, tuple[int, int]] = {}  # transaction hash -> block number, index
        self.edit(lambda state: write_accounts(state, accounts))
        self._append(None, None)

    # -- reading

    @property
    def next_timestamp(self) -> int:
        """The time of the block that would be mined now."""
        return max(self.blocks[-1].timestamp + self.settings.block_seconds, self.clock) if self.blocks else self.clock

    def number_of(self, block_hash: str) -> int | None:
        """Return the number of the block with this hash, or None."""
        return self._numbers.get(block_hash)

    def place_of(self, transaction_hash: str) -> tuple[int, int] | None:
        """Return the block number and index of a transaction, or None."""
        return self._places.get(transaction_hash)

    def pending_state(self, timestamp: int | None = None) -> LabState:
        """Open the newest state as code in the next block would see it."""
        time = self.next_timestamp if timestamp is None else timestamp
        return self._open(self.root, len(self.blocks), time)

    def state_after(self, number: int) -> LabState:
        """Open the state that block ``number`` left, as code in that block would see it."""
        block = self.blocks[number]
        return self._open(bytes.fromhex(block.state_root[2:]), number, block.timestamp)

    def _open(self, root: bytes, number: int, timestamp: int) -> LabState:
        return open_state(
            self._db,
            root,
            chain_id=self.settings.chain_id,
            number=number,
            timestamp=timestamp,
            coinbase=self.settings.coinbase,
            mix_hash=self.settings.mix_hash(number),
            gas_limit=self.settings.gas_limit,
            base_fee=self.settings.base_fee,
            previous_hashes=self._ancestors(number),
        )

    def _ancestors(self, number: int) -> Iterator[bytes]:
        for parent in range(number - 1, max(number - 1 - BLOCKHASH_REACH, -1), -1):
            yield bytes.fromhex(self.blocks[parent].hash[2:])

    # -- writing

    def edit(self, change: Callable[[Any], None]) -> None:
        """Change the newest state outside of any transaction.

        The next block carries the change in its state root.
        """
        state = self._open(self.root, 0, self.clock)
        change(state)
        state.persist()
        self.root = bytes(state.state_root)

    def mine(self, transaction: SignedTransactionAPI | None = None) -> Block:
        """Mine one block with this transaction or with none.

        Raises ChainError, and moves nothing, if it is refused.
        """
        if transaction is None:
            return self._append(None, None)
        state, settings = self.pending_state(), self.settings
        admit(
            transaction,
            state=state,
            chain_id=settings.chain_id,
            base_fee=settings.base_fee,
            gas_limit=settings.gas_limit,
        )
        done = execute(state, transaction)
        state.persist()
        self.root = bytes(state.state_root)
        return self._append(transaction, done)

    def _append(self, transaction: SignedTransactionAPI | None, done: Executed | None) -> Block:
        parent = self.blocks[-1] if self.blocks else None
        block = seal(self.settings, parent, self.next_timestamp, self.root, transaction, done)
        self.blocks.append(block)
        self._numbers[block.hash] = block.number
        for mined in block.transactions:
            self._places[mined.hash] = (block.number, mined.index)
        return block

    # -- going back

    def snapshot(self) -> Snapshot:
        """Remember this moment. Costs nothing: state is never overwritten."""
        return Snapshot(len(self.blocks), self.root, self.clock)

    def revert(self, to: Snapshot) -> None:
        """Return to a moment: later blocks and their transactions are forgotten.

        Nothing is executed again.
        """
        for block in self.blocks[to.length :]:
            del self._numbers[block.hash]
            for transaction in block.transactions:
                del self._places[transaction.hash]
        del self.blocks[to.length :]
        self.root, self.clock = to.root, to.clock
