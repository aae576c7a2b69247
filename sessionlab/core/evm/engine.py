"""The chain's engine: blocks in a list, state in one database, execution by py-evm.

This is the only interface to py-evm's execution. A block that this engine builds is correct by construction, so it is
executed once and never validated again; its roots, bloom and hash are real. BlockList, receipts and the transaction
index are plain lists and dicts, so old entries are as fast to find as new ones. State tries are never pruned, so every
past state root stays readable.

Each step commits by one assignment of the head, so an interrupt leaves the engine before or after a step. Steps are
taken in an atomic section (``atomic.py``): until it ends, other threads see the head from before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eth.constants import BLANK_ROOT_HASH
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth_hash.auto import keccak

from sessionlab.core.base.errors import Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.core.evm.block_building import Settings, build_block
from sessionlab.core.evm.execution import Executed, execute
from sessionlab.core.evm.fork import LabState, open_state, write_accounts
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.head import BlockList, Head, wall_clock
from sessionlab.core.evm.records import Block
from sessionlab.core.evm.thread_lock import ThreadLock
from sessionlab.core.evm.transaction_validation import admit

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

LEAD = 60  # seconds from the genesis of a running clock to now: what is set up with it has its blocks there
BLOCKHASH_REACH = 256  # how many ancestors the BLOCKHASH opcode sees
#: Is shown each state before a transaction runs on it, in the thread and task that sets it.
WATCH: ContextVar[Callable[[LabState], None]] = ContextVar("WATCH", default=lambda state: None)
BlockContext = Mapping[str, Any]
"""What code sees of its block in place of what is: number, timestamp, coinbase, mix_hash, gas_limit, base_fee."""


class Engine(Frozen, Stays):
    """Executes transactions and stores blocks and state."""

    def __init__(self, accounts: dict[bytes, GenesisAccount], settings: Settings, begin: int | None) -> None:
        runs, begin = begin is None, wall_clock() - LEAD if begin is None else begin
        self._begin(Head(BlockList(), begin, bytes(BLANK_ROOT_HASH), settings), {})
        with self.lock:
            self.edit(lambda state: write_accounts(state, accounts))
            self._append(None, None)
            if runs:
                self.move(replace(self.head, ahead=0))
            self.publish()

    @classmethod
    def restored(cls, head: Head, nodes: Iterable[bytes]) -> Engine:
        """Recreate an engine from its head and its database values, each stored under its hash."""
        engine = cls.__new__(cls)
        engine._begin(head, {bytes(keccak(node)): node for node in nodes})
        for block in head.blocks:
            engine._index(block)
        return engine

    def _begin(self, head: Head, nodes: dict[bytes, bytes]) -> None:
        self._nodes = nodes
        self.lock = ThreadLock()
        self._published = self._working = head
        self._db = AtomicDB(MemoryDB(nodes))
        # A revert leaves stale entries here; lookups ignore an entry whose block is gone.
        self._numbers: dict[str, int] = {}  # block hash -> number
        self._places: dict[str, tuple[int, ...]] = {}  # transaction hash -> numbers of the blocks that mined it
        self._found: dict[str, bytes] = {}  # block hash -> root of the state that its transaction found

    # -- reading

    @property
    def head(self) -> Head:
        """The head as this thread and task see it: with what their own atomic section did, without those of others."""
        mine = self.lock.owned() and self.lock.of_this_task()
        return self._working if mine else self._published.read()

    def frozen(self) -> Engine:
        """Return an engine that stays at this head. It can be read and not changed."""
        view = object.__new__(type(self))
        vars(view).update(vars(self), lock=ThreadLock(frozen=True))
        view._published = view._working = replace(self.head, ahead=None)
        return view

    @property
    def settings(self) -> Settings:
        """The settings of the next block."""
        return self.head.settings

    @property
    def blocks(self) -> BlockList:
        """All blocks, by number."""
        return self.head.blocks

    @property
    def nodes(self) -> list[bytes]:
        """Every database value, ordered by hash."""
        return [self._nodes[key] for key in sorted(self._nodes)]

    def next_timestamp(self, head: Head) -> int:
        """Return the time that a block mined on this head would get, in Unix seconds."""
        if not head.blocks:
            return head.clock
        return max(head.blocks[-1].timestamp + head.settings.block_seconds, head.clock)

    def number_of(self, block_hash: str, head: Head) -> int | None:
        """Return the number of the block with this hash, or None."""
        number = self._numbers.get(block_hash, -1)
        return number if 0 <= number < len(head.blocks) and head.blocks[number].hash == block_hash else None

    def place_of(self, transaction_hash: str, head: Head) -> tuple[int, int] | None:
        """Return the block number and index of a transaction, or None."""
        for number in self._places.get(transaction_hash, ()):
            if number < len(head.blocks):
                for mined in head.blocks[number].transactions:
                    if mined.hash == transaction_hash:
                        return number, mined.index
        return None

    def pending_state(self, context: BlockContext | None = None) -> LabState:
        """Open the newest state as code in the next block will see it, or in the block that ``context`` describes."""
        head = self.head
        return self._open(head, head.root, len(head.blocks), self.next_timestamp(head), context)

    def state_after(self, number: int, head: Head, context: BlockContext | None = None) -> LabState:
        """Open the state that block ``number`` left, as code in that block would see it."""
        block = head.blocks[number]
        then = replace(head, settings=head.settings.of(block))
        return self._open(then, bytes.fromhex(block.state_root[2:]), number, block.timestamp, context)

    def state_before(self, number: int, head: Head) -> LabState:
        """Open the state that the transaction of block ``number`` found. Edits by hand are lost in a loaded lab."""
        block, parent = head.blocks[number], head.blocks[number - 1]
        root = self._found.get(block.hash) or bytes.fromhex(parent.state_root[2:])
        return self._open(replace(head, settings=head.settings.of(block)), root, number, block.timestamp)

    def _open(self, head: Head, root: bytes, number: int, time: int, context: BlockContext | None = None) -> LabState:
        settings, number = head.settings, (context or {}).get("number", number)
        fields: dict[str, Any] = {"coinbase": settings.coinbase, "base_fee": settings.base_fee, "timestamp": time}
        fields |= {"mix_hash": settings.mix_hash(number), "gas_limit": settings.gas_limit, "number": number}
        fields |= {"chain_id": settings.chain_id, "previous_hashes": _ancestors(head.blocks, number)}
        return open_state(self._db, root, **fields | {**(context or {})})

    # -- writing

    def edit(self, change: Callable[[Any], None]) -> None:
        """Change the newest state outside of any transaction.

        The next block carries the change in its state root.
        """
        head = self.head
        state = self._open(head, head.root, 0, head.clock)
        change(state)
        state.persist()
        self.move(replace(head, root=bytes(state.state_root)))

    def set_clock(self, time: int, *, held: bool = False) -> None:
        """Set the earliest time of the next block, in Unix seconds. ``held``: a clock that runs waits for it."""
        head = self.head
        ahead = None if head.ahead is None else head.ahead + time - head.now
        self.move(replace(head, clock=time, ahead=ahead, held=held))

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let a running clock stand: each block is a second later than its parent, so that set-up takes no time."""
        head = self.head
        if head.ahead is not None and not head.held:
            self.move(replace(head, ahead=None, clock=head.blocks[-1].timestamp))
        yield
        self.move(replace(self.head, ahead=head.ahead, clock=head.clock))

    def mine(self, transaction: SignedTransactionAPI | None = None, *, impersonated: bool = False) -> Block:
        """Mine one block with this transaction, or an empty block. The sender of an impersonated one may be a contract.

        Raises ChainError, and changes nothing, if the transaction is refused.
        """
        if transaction is None:
            return self._append(None, None)
        state = self.pending_state()
        admit(transaction, state, self.settings, impersonated)
        WATCH.get()(state)
        done = execute(state, transaction)
        state.persist()
        return self._append(transaction, done, bytes(state.state_root))

    def _append(
        self, transaction: SignedTransactionAPI | None, done: Executed | None, root: bytes | None = None
    ) -> Block:
        head = self.head
        parent = head.blocks[-1] if head.blocks else None
        block = build_block(head.settings, parent, self.next_timestamp(head), root or head.root, transaction, done)
        self._index(block)
        if transaction:
            self._found[block.hash] = head.root
        self.move(replace(head, blocks=head.blocks.followed_by(block), root=root or head.root, held=False))
        return block

    def _index(self, block: Block) -> None:
        self._numbers[block.hash] = block.number
        for mined in block.transactions:
            numbers = self._places.get(mined.hash, ())
            if block.number not in numbers:
                self._places[mined.hash] = (*numbers, block.number)

    def move(self, head: Head) -> None:
        """Go to a head, earlier or later, in this thread's atomic section. Free, because state is never overwritten."""
        assert self.lock.owned(), "the chain changes in an atomic section only"
        self._working = head

    def publish(self) -> None:
        """Show what this thread's atomic section did to the other threads."""
        self._published = self._working


def _ancestors(blocks: BlockList, number: int) -> Iterator[bytes]:
    for parent in range(number - 1, max(number - 1 - BLOCKHASH_REACH, -1), -1):
        yield bytes.fromhex(blocks[parent].hash[2:]) if parent < len(blocks) else bytes(32)
