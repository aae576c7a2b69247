"""The chain's engine: blocks in a list, state in one database, execution by py-evm.

This is the only interface to py-evm's execution. A block that this engine builds is correct by construction, so it is
executed once and never validated again; its roots, bloom and hash are real. Blocks, receipts and the transaction
index are plain lists and dicts, so old entries are as fast to find as new ones. State tries are never pruned, so every
past state root stays readable.

Each step commits with a single assignment or append, so an interrupt leaves the engine before or after a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth_hash.auto import keccak

from sessionlab.core.base.errors import Stays
from sessionlab.core.evm.block_building import Settings, build_block
from sessionlab.core.evm.execution import Executed, execute
from sessionlab.core.evm.fork import LabState, open_state, write_accounts
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.records import Block
from sessionlab.core.evm.transaction_validation import admit

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

BLOCKHASH_REACH = 256  # how many ancestors the BLOCKHASH opcode sees


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the chain. Appending a block moves it and makes the pending edit part of that block's state."""

    blocks: list[Block]
    clock: int  # earliest time of the next block, in Unix seconds
    edited: tuple[int, bytes] = (-1, b"")  # the number of blocks at the last edit, and the resulting root

    @property
    def root(self) -> bytes:
        """The state that the next block builds on."""
        length, root = self.edited
        return root if length == len(self.blocks) else bytes.fromhex(self.blocks[-1].state_root[2:])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is needed to return: the head and the number of blocks at capture time."""

    head: Head
    length: int


class Engine(Stays):
    """Executes transactions and stores blocks and state."""

    def __init__(self, accounts: dict[bytes, GenesisAccount], settings: Settings, time: int) -> None:
        self._begin(settings, Head([], time, (0, bytes(BLANK_ROOT_HASH))), {})
        self.edit(lambda state: write_accounts(state, accounts))
        self._append(None, None)

    @classmethod
    def restored(cls, settings: Settings, head: Head, nodes: Iterable[bytes]) -> Engine:
        """Recreate an engine from its head and its database values, each stored under its hash."""
        engine = cls.__new__(cls)
        engine._begin(settings, head, {bytes(keccak(node)): node for node in nodes})
        for block in head.blocks:
            engine._index(block)
        return engine

    def _begin(self, settings: Settings, head: Head, nodes: dict[bytes, bytes]) -> None:
        self.settings, self._head, self._nodes = settings, head, nodes
        self._db = AtomicDB(MemoryDB(nodes))
        # A revert may leave stale entries here; lookups ignore an entry whose block is gone.
        self._numbers: dict[str, int] = {}  # block hash -> number
        self._places: dict[str, tuple[int, int]] = {}  # transaction hash -> block number, index

    # -- reading

    @property
    def blocks(self) -> list[Block]:
        """All blocks, by number."""
        return self._head.blocks

    @property
    def clock(self) -> int:
        """The earliest time of the next block."""
        return self._head.clock

    @clock.setter
    def clock(self, time: int) -> None:
        self._head = replace(self._head, clock=time)

    @property
    def root(self) -> bytes:
        """The state that the next block builds on."""
        return self._head.root

    @property
    def nodes(self) -> list[bytes]:
        """Every database value, ordered by hash."""
        return [self._nodes[key] for key in sorted(self._nodes)]

    @property
    def next_timestamp(self) -> int:
        """Return the time that a block mined now would get."""
        return max(self.blocks[-1].timestamp + self.settings.block_seconds, self.clock) if self.blocks else self.clock

    def number_of(self, block_hash: str) -> int | None:
        """Return the number of the block with this hash, or None."""
        number = self._numbers.get(block_hash, -1)
        return number if self._is_at(number, block_hash) else None

    def place_of(self, transaction_hash: str) -> tuple[int, int] | None:
        """Return the block number and index of a transaction, or None."""
        number, index = self._places.get(transaction_hash, (-1, 0))
        if not 0 <= number < len(self.blocks):
            return None
        mined = self.blocks[number].transactions[index : index + 1]
        return (number, index) if mined and mined[0].hash == transaction_hash else None

    def _is_at(self, number: int, block_hash: str) -> bool:
        return 0 <= number < len(self.blocks) and self.blocks[number].hash == block_hash

    def pending_state(self, timestamp: int | None = None) -> LabState:
        """Open the newest state as code in the next block will see it."""
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
        self._head = replace(self._head, edited=(len(self.blocks), bytes(state.state_root)))

    def mine(self, transaction: SignedTransactionAPI | None = None) -> Block:
        """Mine one block with this transaction, or an empty block.

        Raises ChainError, and changes nothing, if the transaction is refused.
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
        return self._append(transaction, done, bytes(state.state_root))

    def _append(
        self, transaction: SignedTransactionAPI | None, done: Executed | None, root: bytes | None = None
    ) -> Block:
        parent = self.blocks[-1] if self.blocks else None
        block = build_block(self.settings, parent, self.next_timestamp, root or self.root, transaction, done)
        self._index(block)
        self.blocks.append(block)
        return block

    def _index(self, block: Block) -> None:
        self._numbers[block.hash] = block.number
        for mined in block.transactions:
            self._places[mined.hash] = (block.number, mined.index)

    # -- going back

    def capture(self) -> Snapshot:
        """Capture the current state. Free, because state is never overwritten."""
        return Snapshot(self._head, len(self.blocks))

    def restore(self, to: Snapshot) -> None:
        """Return to a captured state, earlier or later, dropping later blocks and their transactions.

        Nothing is re-executed.
        """
        now, then = self.blocks, to.head.blocks
        if to.length < len(then):
            then = then[: to.length]
        for number in range(to.length - 1, -1, -1):  # captured blocks that are currently missing
            if number < len(now) and now[number] is then[number]:
                break
            self._index(then[number])
        self._head = replace(to.head, blocks=then)
