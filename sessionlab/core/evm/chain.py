"""The chain: the one object through which everything else in sessionlab touches the EVM.

Time stands still until somebody moves it: a block is one second younger than the next, unless ``travel``
says more. Every transaction is mined at once in a block of its own. The same genesis, seed and steps give
the same hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.base.participant import Participant
from sessionlab.core.base.rpc_values import check_bytes, check_number
from sessionlab.core.evm.atomic import AtomicSection, Checkpoint
from sessionlab.core.evm.caches import enable_caches
from sessionlab.core.evm.genesis import Genesis, GenesisAccount, canonical
from sessionlab.core.evm.log_filter import TopicFilter, find, log_filter
from sessionlab.core.evm.lookup import BlockId, block_number, place_of, state_at
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.core.evm.overrides import Overrides, apply_overrides
from sessionlab.core.evm.records import Authorization, Block, CallFailed, CallResult, Log, Receipt, Transaction

if TYPE_CHECKING:
    from sessionlab.core.evm.engine import Engine

DEFAULT_GAS = 8_000_000
BLOCK_GAS_LIMIT = 60_000_000
GWEI = 10**9
MAX_GAS = 2**64 - 1
MAX_TIME = 2**64 - 1  # seconds
CALL_STIPEND = 2_300  # gas that must be left for a storage write to be tried at all (EIP-2200)


class Chain:
    """An EVM (Prague) with blocks, a clock and snapshots, in this process."""

    def __init__(
        self,
        genesis: Genesis,
        *,
        chain_id: int = 1337,
        time: int = 1_800_000_000,
        seed: int = 0,
        gas_limit: int = BLOCK_GAS_LIMIT,
        base_fee: int = GWEI,
        block_seconds: int = 1,
    ) -> None:
        from sessionlab.core.evm.block_building import Settings
        from sessionlab.core.evm.engine import Engine

        self._run(Engine(canonical(genesis), Settings(chain_id, gas_limit, base_fee, seed, block_seconds), time))

    @classmethod
    def on(cls, engine: Engine) -> Chain:
        """A chain on an engine that is there already, without snapshots and participants."""
        chain = cls.__new__(cls)
        chain._run(engine)
        return chain

    def _run(self, engine: Engine) -> None:
        enable_caches()
        self.engine = engine
        self._snapshots: dict[int, Checkpoint] = {}
        self._next_snapshot = 1
        self._participants: list[Participant] = []

    def load_snapshots(self, snapshots: Mapping[int, Checkpoint], next_snapshot: int) -> None:
        """Have these snapshots in the place of what there is, and give the next one this number."""
        self._snapshots, self._next_snapshot = dict(snapshots), next_snapshot

    def __repr__(self) -> str:
        return f"<Chain {self.chain_id}, block {self.height}, time {self.now}>"

    # -- where and when

    @property
    def chain_id(self) -> int:
        """The number that transactions are signed for and that the CHAINID opcode answers."""
        return self.engine.settings.chain_id

    @property
    def height(self) -> int:
        """The number of the newest block."""
        return len(self.engine.blocks) - 1

    @property
    def now(self) -> int:
        """Unix seconds: the newest block's, or the time that was travelled to since."""
        return max(self.engine.blocks[-1].timestamp, self.engine.clock)

    @property
    def next_timestamp(self) -> int:
        """Unix seconds that the next block, and a call until then, will see."""
        return self.engine.next_timestamp

    @property
    def state_root(self) -> str:
        """The root of the newest state, edits included."""
        return "0x" + self.engine.root.hex()

    @property
    def base_fee(self) -> int:
        """Wei per gas. Held constant, unlike EIP-1559's, so that costs do not depend on the blocks before."""
        return self.engine.settings.base_fee

    @property
    def gas_limit(self) -> int:
        """The gas that one block, and so one transaction, can use."""
        return self.engine.settings.gas_limit

    def travel(self, seconds: int) -> int:
        """Move the clock forward; the next block carries the new time.

        Returns it. Raises ChainError on going back.
        """
        return self.travel_to(self.now + seconds)

    def travel_to(self, timestamp: int) -> int:
        """Set the clock to a time that is not before now. Raises ChainError."""
        if timestamp < self.now:
            raise ChainError(
                f"It is {self.now}, and time does not run back to {timestamp}.",
                field="timestamp",
                asked=timestamp,
                left=self.now,
                fix="take a snapshot before travelling, and revert to it.",
            )
        check_number(timestamp, "timestamp", MAX_TIME)
        self.engine.clock = timestamp
        return timestamp

    def mine(self, blocks: int = 1) -> Block:
        """Mine empty blocks, one second apart. Returns the last."""
        if blocks < 1:
            raise InvalidInput("At least one block is mined.", field="blocks", asked=blocks)
        with self.atomic():
            for _ in range(blocks):
                self.engine.mine()
        return self.engine.blocks[-1]

    # -- changing the state by transactions

    def send_raw(self, raw: bytes) -> str:
        """Mine a signed transaction in a block of its own; returns its hash.

        Raises InvalidInput or ChainError.
        """
        from sessionlab.core.evm.transaction_validation import decode

        return self.engine.mine(decode(raw)).transactions[0].hash

    def transact(
        self,
        key: bytes,
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
        """Sign with ``key`` and mine. ``to=None`` deploys. A reverted transaction is mined too: look at
        ``status``.

        Raises ChainError when no block can hold the transaction; nothing moves then.
        """
        from sessionlab.core.evm.signing import address_of, open_key, sign_transaction

        _check_message(data, value, gas)
        check_number(max_priority_fee, "maxPriorityFeePerGas")
        for request, field in ((max_fee, "maxFeePerGas"), (nonce, "nonce")):
            check_number(request or 0, field)
        signer = open_key(key)
        if authorization_list and to is None:
            raise InvalidInput("A transaction with authorizations calls somebody (EIP-7702).", field="to")
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
        """Run a message on a copy of the state and throw the copy away. Never raises because the call fails.

        On "latest" the code sees the block that would be mined next, its number and its time, so that a call
        tells what a transaction would do; on an older block it sees that block. Gas costs nothing and starts
        at the block's limit. ``timestamp`` pretends another time.
        """
        _check_message(data, value, 0 if gas is None else gas)
        overlay = self.overlay(block=block, overrides=overrides, timestamp=timestamp)
        return overlay.call(to, data, sender=sender, value=value, gas=gas)

    def overlay(
        self,
        *,
        block: BlockId = "latest",
        overrides: Overrides | None = None,
        timestamp: int | None = None,
    ) -> StateOverlay:
        """Open a copy of the state for several calls, each of which sees what the ones before it did."""
        check_number(timestamp or 0, "timestamp", MAX_TIME)
        state = state_at(self.engine, block, timestamp)
        if overrides:
            apply_overrides(state, overrides)
        return StateOverlay(state, self.gas_limit)

    def estimate_gas(
        self,
        to: Address | None,
        data: bytes = b"",
        *,
        sender: Address | None = None,
        value: int = 0,
        block: BlockId = "latest",
        overrides: Overrides | None = None,
        authorizations: int = 0,
    ) -> int:
        """Simulate once and return a gas limit that is enough, not the least that is.

        A 64th stays behind at each depth of calls (EIP-150), and a storage write wants some gas left; both
        are added. Raises CallFailed, with the revert data, when the call does not go through.
        """
        from sessionlab.core.evm.transaction_validation import floor_gas, intrinsic_gas

        result = self.call(to, data, sender=sender, value=value, block=block, overrides=overrides)
        if not result.success:
            raise CallFailed(f"The call does not go through: {result.halt}.", result)
        execution = result.gas_used
        for _ in range(result.depth):
            execution += execution // 63 + 1
        intrinsic = intrinsic_gas(data, creates=to is None, authorizations=[None] * authorizations)
        stipend = CALL_STIPEND if execution else 0
        return min(self.gas_limit, max(intrinsic + execution + stipend, floor_gas(data)))

    def balance(self, address: Address, block: BlockId = "latest") -> int:
        """Return the wei of an account."""
        return int(state_at(self.engine, block).get_balance(address_bytes(address)))

    def nonce(self, address: Address, block: BlockId = "latest") -> int:
        """Return how many transactions an account has sent, or contracts it has created."""
        return int(state_at(self.engine, block).get_nonce(address_bytes(address)))

    def code(self, address: Address, block: BlockId = "latest") -> bytes:
        """Return the runtime bytecode of an account; empty if it has none."""
        return bytes(state_at(self.engine, block).get_code(address_bytes(address)))

    def storage(self, address: Address, slot: int, block: BlockId = "latest") -> int:
        """Return the word in one storage slot."""
        check_number(slot, "slot")
        return int(state_at(self.engine, block).get_storage(address_bytes(address), slot))

    # -- looking back

    def block(self, which: BlockId = "latest") -> Block:
        """Return a block by number, tag or hash. Raises ChainError if this chain has none such."""
        return self.engine.blocks[block_number(self.engine, which)]

    def transaction(self, transaction_hash: str | bytes) -> Transaction:
        """Return a mined transaction. Raises ChainError if it is unknown."""
        number, index = place_of(self.engine, transaction_hash)
        return self.engine.blocks[number].transactions[index]

    def receipt(self, transaction_hash: str | bytes) -> Receipt:
        """Return the receipt of a mined transaction. Raises ChainError if it is unknown."""
        number, index = place_of(self.engine, transaction_hash)
        return self.engine.blocks[number].receipts[index]

    def logs(
        self,
        address: Address | Sequence[Address] | None = None,
        topics: TopicFilter = (),
        from_block: BlockId = 0,
        to_block: BlockId = "latest",
    ) -> list[Log]:
        """Return the matching logs, oldest first. Both ends are included."""
        first, last = block_number(self.engine, from_block), block_number(self.engine, to_block)
        return list(find(self.engine.blocks[first : last + 1], log_filter(address, topics)))

    # -- going back

    def snapshot(self) -> int:
        """Remember this moment, clock included. Returns its number for ``revert``; none is given out twice."""
        now = self.checkpoint()
        self._next_snapshot = now.before + 1
        self._snapshots[now.before] = now
        return now.before

    def revert(self, snapshot: int) -> None:
        """Return to a snapshot, and forget it and the later ones.

        Raises ChainError if it is unknown or used up. If a participant's ``restore`` raises, all else is restored.
        """
        checkpoint = self._snapshots.get(snapshot) if isinstance(snapshot, int) else None
        if checkpoint is None:
            raise ChainError(
                f"There is no snapshot {snapshot}.",
                field="snapshot",
                asked=snapshot,
                left=list(self._snapshots),
                fix="take one with snapshot(); each serves one revert.",
            )
        with self.atomic():
            failures = self.restore(checkpoint)
        if failures:
            raise failures[0]

    def register_participant(self, participant: Participant) -> None:
        """Register state that is captured at snapshots and atomic sections, and restored with the chain."""
        self._participants.append(participant)

    def atomic(self) -> AtomicSection:
        """Within ``with``: what was done to the chain and its participants is undone if it ends in an exception."""
        return AtomicSection(self)

    def checkpoint(self) -> Checkpoint:
        """Return this moment of the chain and its participants, to ``restore``. Costs next to nothing."""
        captured = [participant.capture() for participant in self._participants]
        return Checkpoint(self.engine.capture(), captured, self._snapshots, self._next_snapshot)

    def restore(self, checkpoint: Checkpoint) -> list[Exception]:
        """Return to a checkpoint. If a participant raises, the others are restored; returns what was raised.

        A participant that was registered after the checkpoint stays as it is.
        """
        self.engine.restore(checkpoint.engine)
        self._snapshots = checkpoint.live()
        failures = []
        for participant, captured in zip(self._participants, checkpoint.captured, strict=False):
            try:
                participant.restore(captured)
            except Exception as error:
                failures.append(error)
        return failures

    # -- changing the state by hand

    def set_balance(self, address: Address, wei: int) -> None:
        """Give an account a balance.

        No block is mined: like every edit, it is in the state that the next one builds on.
        """
        self._edit(address, {"balance": wei})

    def set_nonce(self, address: Address, nonce: int) -> None:
        """Pretend that an account sent so many transactions. Going back may bring a transaction's hash again."""
        self._edit(address, {"nonce": nonce})

    def set_code(self, address: Address, code: bytes) -> None:
        """Give an account code."""
        self._edit(address, {"code": code})

    def set_storage(self, address: Address, slot: int, word: int) -> None:
        """Set one storage slot."""
        self._edit(address, {"stateDiff": {slot: word}})

    def set_account(self, address: Address, account: GenesisAccount) -> None:
        """Replace an account whole, as if genesis had put it there."""
        whole = {
            "balance": account.balance,
            "nonce": account.nonce,
            "code": account.code,
            "state": account.storage,
        }
        self._edit(address, whole)

    def _edit(self, address: Address, change: dict[str, Any]) -> None:
        self.engine.edit(lambda state: apply_overrides(state, {address: change}))


def _check_message(data: bytes, value: int, gas: int) -> None:
    check_bytes(data, "data")
    check_number(value, "value")
    check_number(gas, "gas", MAX_GAS)
