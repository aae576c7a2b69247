"""The chain: the only object through which the rest of sessionlab accesses the EVM.

Each block is one second later than its parent, unless ``travel`` moves the clock or the chain begins "now": it runs.
Every transaction is mined immediately in its own block. The same genesis, seed and steps produce the same hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sessionlab.core.base import doors
from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.base.amounts import check_seconds
from sessionlab.core.base.doors import ADDRESS, AMOUNT, BYTES, NUMBER, integer, maybe, reads
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.work import GO_ON
from sessionlab.core.evm.caches import enable_caches
from sessionlab.core.evm.edits import NONCE, BaseEditableChain
from sessionlab.core.evm.genesis import Genesis, canonical
from sessionlab.core.evm.log_filter import TopicFilter, find, log_filter
from sessionlab.core.evm.lookup import BlockId, block_number, place_of, state_at
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.core.evm.overrides import Overrides, apply_overrides
from sessionlab.core.evm.records import Authorization, Block, CallResult, Log, Receipt, Transaction

if TYPE_CHECKING:
    from sessionlab.core.base.keys import Key
    from sessionlab.core.evm.engine import BlockContext, Engine
    from sessionlab.core.evm.head import Head

DEFAULT_GAS = 8_000_000
BLOCK_GAS_LIMIT = 60_000_000
GWEI = 10**9
MAX_GAS = 2**64 - 1
MAX_TIME = 2**64 - 1  # seconds
START = 1_800_000_000  # when a chain begins, in Unix seconds
KEPT_VIEWS = 256
MAX_BLOCKS = 100_000  # mined at once
_TIME = partial(integer, most=MAX_TIME)
_GAS = partial(integer, most=MAX_GAS)
_MESSAGE: dict[str, doors.Reader] = {"to": maybe(ADDRESS), "data": BYTES, "value": AMOUNT}
_AUTHORIZED = {"authorization_list": doors.each(doors.kind(Authorization, "an authorization", "sign one (EIP-7702)."))}
_SEEN: dict[str, doors.Reader] = {"sender": maybe(ADDRESS), "overrides": maybe(doors.MAPPING)}
CALL_STIPEND = 2_300  # a storage write needs more gas than this left (EIP-2200)


def _signer(key: Any, field: str) -> Any:
    from sessionlab.core.evm.signing import open_key

    return open_key(key, field)


class Chain(BaseEditableChain):
    """An in-process EVM (Prague) with blocks, a clock and snapshots. ``time``: its beginning, or "now"."""

    def __init__(
        self,
        genesis: Genesis,
        *,
        chain_id: int = 1337,
        time: int | str = START,
        seed: int = 0,
        gas_limit: int = BLOCK_GAS_LIMIT,
        base_fee: int = GWEI,
        block_seconds: int = 1,
    ) -> None:
        from sessionlab.core.evm.block_building import Settings
        from sessionlab.core.evm.engine import Engine

        begin = None if time == "now" else _TIME(time, "time", fix='give seconds since 1970, or "now".')
        settings = Settings(chain_id, gas_limit, base_fee, seed, block_seconds)
        self._run(Engine(canonical(genesis), settings, begin and check_seconds(begin, "time", START)))

    @classmethod
    def on(cls, engine: Engine) -> Chain:
        """Create a chain on an existing engine, without snapshots or participants."""
        chain = cls.__new__(cls)
        chain._run(engine)
        return chain

    def _run(self, engine: Engine) -> None:
        enable_caches()
        self.engine, self.edited = engine, set()
        self._snapshots, self._next_snapshot, self._participants = {}, 1, []
        self._views: tuple[Head | None, dict[tuple[Address, bytes], CallResult]] = (None, {})

    def __repr__(self) -> str:
        return f"<Chain {self.chain_id}, block {self.height}, time {self.now}>"

    # -- where and when

    @property
    def chain_id(self) -> int:
        """The chain id that transactions are signed for and that the CHAINID opcode returns."""
        return self.engine.settings.chain_id

    @property
    def height(self) -> int:
        """The number of the newest block."""
        return len(self.engine.head.blocks) - 1

    @property
    def now(self) -> int:
        """The current time in Unix seconds: the newest block's, or later after time travel or if the clock runs."""
        return self.engine.head.now

    @property
    def runs(self) -> bool:
        """Whether the clock runs: it is the wall clock plus what was travelled."""
        return self.engine.head.ahead is not None

    @property
    def next_timestamp(self) -> int:
        """The time, in Unix seconds, of the next block and of calls made until then."""
        return self.engine.next_timestamp(self.engine.head)

    @property
    def state_root(self) -> str:
        """The root of the newest state, including edits."""
        return "0x" + self.engine.head.root.hex()

    @property
    def base_fee(self) -> int:
        """The base fee, in wei per gas. Unlike EIP-1559's, it stays, so costs do not depend on how full blocks are."""
        return self.engine.settings.base_fee

    @property
    def gas_limit(self) -> int:
        """The gas limit of a block, and therefore of a transaction."""
        return self.engine.settings.gas_limit

    @reads(seconds=doors.ANY_NUMBER)
    def travel(self, seconds: int) -> int:
        """Move the clock forward and return the new time. Raises ChainError for less than 0 seconds."""
        with self.atomic():
            now = self.now
            return self._set_clock(now + check_seconds(seconds, "seconds", now), "seconds")

    @reads(timestamp=doors.ANY_NUMBER)
    def travel_to(self, timestamp: int) -> int:
        """Set the clock, in Unix seconds: one that runs waits for the next block. Raises ChainError for the past."""
        with self.atomic():
            return self._set_clock(check_seconds(timestamp, "timestamp", self.now), "timestamp", held=True)

    def _set_clock(self, timestamp: int, field: str, *, held: bool = False) -> int:
        if timestamp < self.now:
            fix = f"revert to a snapshot from before you travelled, or make Lab(time={timestamp})."
            message = f"It is {self.now}, and time does not run back to {timestamp}."
            raise ChainError(message, field=field, asked=timestamp, left=self.now, fix=fix)
        self.engine.set_clock(_TIME(timestamp, field), held=held)
        return timestamp

    @reads(blocks=partial(integer, least=1, most=MAX_BLOCKS))
    def mine(self, blocks: int = 1) -> Block:
        """Mine empty blocks, one second apart, and return the last."""
        with self.atomic():
            for _ in range(blocks):
                GO_ON.get()(0)
                block = self.engine.mine()
        return block

    # -- changing the state by transactions

    @reads(raw=BYTES)
    def send_raw(self, raw: bytes) -> str:
        """Mine a signed transaction in its own block and return its hash.

        Raises InvalidInput for malformed bytes and ChainError if no block can hold the transaction.
        """
        from sessionlab.core.evm.transaction_validation import decode

        transaction = decode(raw)
        with self.atomic():
            return self.engine.mine(transaction).transactions[0].hash

    @reads(
        key=_signer,
        **_MESSAGE,
        gas=_GAS,
        max_fee=maybe(NUMBER),
        max_priority_fee=NUMBER,
        nonce=maybe(NONCE),
        **_AUTHORIZED,
    )
    def transact(
        self,
        key: Key | bytes,
        to: Address | None,
        data: bytes = b"",
        value: int = 0,
        *,
        gas: int = DEFAULT_GAS,
        max_fee: int | None = None,
        max_priority_fee: int = 0,
        nonce: int | None = None,
        authorization_list: Sequence[Authorization] = (),
    ) -> Receipt:
        """Sign a transaction with ``key``, mine it and return its receipt. ``to=None`` deploys a contract.

        A reverted transaction is mined too; check ``status``. Raises ChainError, and changes nothing, if no block can
        hold the transaction.
        """
        from sessionlab.core.evm.signing import address_of, open_key, sign_transaction

        signer = open_key(key)
        if authorization_list and to is None:
            raise InvalidInput("A transaction with authorizations calls somebody (EIP-7702).", field="to")
        with self.atomic():  # nobody else may use the nonce in between
            transaction = sign_transaction(
                signer,
                chain_id=self.chain_id,
                nonce=self.nonce(address_of(signer)) if nonce is None else nonce,
                max_fee=self.base_fee + max_priority_fee if max_fee is None else max_fee,
                max_priority_fee=max_priority_fee,
                gas=gas,
                to=None if to is None else address_bytes(to, "to"),
                value=value,
                data=data,
                authorizations=authorization_list,
            )
            return self.engine.mine(transaction).receipts[0]

    # -- asking without changing

    @reads(**_MESSAGE, **_SEEN, gas=maybe(_GAS), timestamp=maybe(_TIME))
    def call(
        self,
        to: Address | None,
        data: bytes = b"",
        *,
        sender: Address | None = None,
        value: int = 0,
        gas: int | None = None,
        block: BlockId = "latest",
        overrides: Overrides | None = None,
        timestamp: int | None = None,
    ) -> CallResult:
        """Run a message on a temporary copy of the state. A failing call does not raise.

        On "latest", the code sees the number and time of the block that would be mined next, so that a call shows
        what a transaction would do; on an older block, it sees that block. Gas is free and defaults to the block
        limit. ``timestamp`` overrides the time.
        """
        overlay = self.overlay(block=block, overrides=overrides, timestamp=timestamp)
        return overlay.call(to, data, sender=sender, value=value, gas=gas)

    def view(self, to: Address, data: bytes) -> CallResult:
        """Return what a view function answers now. It is asked once while the chain stays as it is."""
        memo, head = self._views, self.engine.head
        if memo[0] != head or len(memo[1]) >= KEPT_VIEWS:
            memo = self._views = (head, {})
        if (to, data) not in memo[1]:
            memo[1][to, data] = self.call(to, data)
        return memo[1][to, data]

    @reads(overrides=maybe(doors.MAPPING), timestamp=maybe(_TIME))
    def overlay(
        self,
        *,
        block: BlockId = "latest",
        overrides: Overrides | None = None,
        timestamp: int | None = None,
        context: BlockContext | None = None,
    ) -> StateOverlay:
        """Open a copy of the state for several calls. Each call sees the effects of the previous ones.

        ``context`` replaces what code sees of its block; ``timestamp`` is short for one with that time.
        """
        given = context if timestamp is None else {**(context or {}), "timestamp": timestamp}
        state = state_at(self.engine, block, given)
        if overrides:
            apply_overrides(state, overrides)
        return StateOverlay(state, state.gas_limit)

    def balance(self, address: Address, block: BlockId = "latest") -> int:
        """Return an account's balance, in wei."""
        return int(state_at(self.engine, block).get_balance(address_bytes(address)))

    def nonce(self, address: Address, block: BlockId = "latest") -> int:
        """Return an account's nonce: the transactions it has sent, or the contracts it has created."""
        return int(state_at(self.engine, block).get_nonce(address_bytes(address)))

    def code(self, address: Address, block: BlockId = "latest") -> bytes:
        """Return an account's runtime bytecode; empty if it has none."""
        return bytes(state_at(self.engine, block).get_code(address_bytes(address)))

    @reads(slot=NUMBER)
    def storage(self, address: Address, slot: int, block: BlockId = "latest") -> int:
        """Return the word in one storage slot."""
        return int(state_at(self.engine, block).get_storage(address_bytes(address), slot))

    # -- looking back

    def block(self, which: BlockId = "latest") -> Block:
        """Return a block by number, tag or hash. Raises ChainError if there is no such block."""
        head = self.engine.head
        return head.blocks[block_number(self.engine, which, head)]

    def transaction(self, transaction_hash: str | bytes) -> Transaction:
        """Return a mined transaction. Raises ChainError if it is unknown."""
        head = self.engine.head
        number, index = place_of(self.engine, transaction_hash, head)
        return head.blocks[number].transactions[index]

    def receipt(self, transaction_hash: str | bytes) -> Receipt:
        """Return the receipt of a mined transaction. Raises ChainError if it is unknown."""
        head = self.engine.head
        number, index = place_of(self.engine, transaction_hash, head)
        return head.blocks[number].receipts[index]

    def logs(
        self,
        address: Address | Sequence[Address] | None = None,
        topics: TopicFilter = (),
        from_block: BlockId = 0,
        to_block: BlockId = "latest",
    ) -> list[Log]:
        """Return the matching logs, oldest first, from ``from_block`` to ``to_block`` inclusive."""
        head = self.engine.head
        first, last = (block_number(self.engine, which, head) for which in (from_block, to_block))
        return list(find(head.blocks[first : last + 1], log_filter(address, topics)))

    def frozen(self) -> Chain:
        """Return the chain as it is now, for several reads that belong together. It cannot be changed."""
        view = object.__new__(type(self))
        vars(view).update(vars(self), engine=self.engine.frozen())
        return view
