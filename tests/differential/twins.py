"""Two chains that are alike but for the EntryPoint, and what one transaction does on both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.keys import Key
from sessionlab.core.deployments import Accounts
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR, UserOperation
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.overlay import StateOverlay
from sessionlab.core.evm.records import Receipt
from tests.differential.assembly import BURNER, INVALID
from tests.differential.observed import Observed, State, deposit_of, events_of, next_nonce, states
from tests.differential.recorder import Recording, recording

NOW = 1_800_000_000
BUNDLE_GAS = 40_000_000


@dataclass(frozen=True)
class Transaction:
    """``parties``: whose deposits are compared; ``keys``: whose nonces; ``operations``: what a bundle holds."""

    sender: Key
    data: bytes
    to: str | None = ENTRY_POINT
    value: int = 0
    gas: int = BUNDLE_GAS
    parties: frozenset[str] = frozenset()
    keys: frozenset[tuple[str, int]] = frozenset()
    operations: tuple[UserOperation, ...] = ()


class Side:
    """One of the two chains. It goes back to its first moment before each case."""

    def __init__(self, name: str, entry_point: Accounts, genesis: Mapping[str, GenesisAccount]) -> None:
        self.name = name
        self.creators = frozenset(address_bytes(who) for who in {SENDER_CREATOR, *entry_point}) - {
            address_bytes(ENTRY_POINT)
        }
        accounts = {**genesis, BURNER: GenesisAccount(code=INVALID, nonce=1), **entry_point}
        self.chain = Chain(accounts, time=NOW, block_seconds=0)
        self._start = self.chain.checkpoint()

    def keep(self) -> None:
        """Make now the moment to go back to."""
        self._start = self.chain.checkpoint()

    def reset(self) -> None:
        self.chain.restore(self._start)

    def run(self, made: Transaction) -> Receipt:
        """Mine it, without watching."""
        return self.chain.transact(made.sender.private, made.to, made.data, made.value, gas=made.gas)

    def observe(self, made: Transaction) -> Observed:
        """Mine it and see what it does."""
        before = self.chain.overlay()
        with recording(self.creators) as recorded:
            receipt = self.run(made)
        return self._observed(made, receipt, recorded, before)

    def _observed(self, made: Transaction, receipt: Receipt, seen: Recording, before: StateOverlay) -> Observed:
        chain, origin = self.chain, made.sender.address
        own = {ENTRY_POINT, *(checksum(creator) for creator in self.creators)}
        touched = seen.touched - own
        old: Any = before._state
        balances = {
            who: chain.balance(who) - old.get_balance(address_bytes(who))
            for who in {*touched, *made.parties, ENTRY_POINT} - {origin}
        }
        other = tuple((log.address, log.topics, log.data) for log in receipt.logs if log.address != ENTRY_POINT)
        lost = old.get_balance(address_bytes(origin)) - chain.balance(origin)
        return Observed(
            status=receipt.status,
            output=receipt.output,
            events=events_of(receipt),
            other_logs=other,
            sent=tuple(seen.sent),
            entered=tuple(seen.entered),
            touched=frozenset(touched),
            balances=balances,
            deposits={who: deposit_of(chain, who) - _deposit_before(before, who) for who in made.parties},
            nonces={key: next_nonce(chain, *key) for key in made.keys},
            state=_changed(states(old, touched - {origin}), states(chain.engine.pending_state(), touched - {origin})),
            value_taken=lost - receipt.gas_used * receipt.effective_gas_price,
            gas_used=receipt.gas_used,
        )


def _changed(before: Mapping[str, State], after: Mapping[str, State]) -> dict[str, State]:
    return {who: kept for who, kept in after.items() if kept != before[who]}


def _deposit_before(before: StateOverlay, account: str) -> int:
    answer = before.call(ENTRY_POINT, bytes.fromhex("70a08231") + bytes(12) + address_bytes(account))
    return int.from_bytes(answer.output[:32], "big")


@dataclass
class Twins:
    """``left`` is under test, ``right`` is the published one."""

    left: Side
    right: Side
    #: Contracts that were placed since the last reset.
    _placed: dict[str, bytes] = field(default_factory=dict)

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.left, self.right

    def reset(self) -> None:
        self._placed = {}
        for side in self.sides:
            side.reset()

    def keep(self) -> None:
        for side in self.sides:
            side.keep()

    def place(self, code: bytes, name: str = "", *, balance: int = 10**18, deposit: int = 0) -> str:
        """Put a contract on both chains, and return its address, which follows from code and name."""
        from sessionlab.attacks.attack_lab import address

        where = address(f"{name} {code.hex()}")
        if where not in self._placed:
            self._placed[where] = code
            for side in self.sides:
                side.chain.set_account(where, GenesisAccount(balance=balance, nonce=1, code=code))
        if deposit:
            self.deposit(where, deposit)
        return where

    def deposit(self, account: str, wei: int) -> None:
        from tests.differential.cast import BANK

        data = bytes.fromhex("b760faf9") + bytes(12) + address_bytes(account)
        self.prepare(Transaction(BANK, data, value=wei))

    def prepare(self, made: Transaction) -> None:
        """Mine a transaction that both sides have to take."""
        for side in self.sides:
            receipt = side.run(made)
            assert receipt.status == 1, (side.name, receipt.output.hex())

    def observe(self, made: Transaction) -> tuple[Observed, Observed]:
        return self.left.observe(made), self.right.observe(made)


def twins(left: tuple[str, Accounts], right: tuple[str, Accounts], genesis: Mapping[str, GenesisAccount]) -> Twins:
    """Two chains with this genesis and these EntryPoints."""
    return Twins(Side(*left, genesis), Side(*right, genesis))


def parties(*accounts: str | Iterable[str]) -> frozenset[str]:
    """Addresses, checksummed."""
    flat = [one for given in accounts for one in ([given] if isinstance(given, str) else given)]
    return frozenset(checksum(address_bytes(one)) for one in flat)
