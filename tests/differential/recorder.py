"""What an EntryPoint sends out during a transaction, seen from within the EVM: reverted frames included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.fork import LabState
from sessionlab.core.evm.interpreter import LabComputation

#: Precompiles are a contract's own means, not somebody whom it speaks to.
PRECOMPILES = 0x11


@dataclass(frozen=True)
class Sent:
    """One message from the EntryPoint, or from its SenderCreator (``by_creator``). Value in wei."""

    to: str
    data: bytes
    value: int
    gas: int
    by_creator: bool = False

    @property
    def selector(self) -> bytes:
        return self.data[:4]


@dataclass
class Recording:
    """``touched``: every address that ran or was paid. ``bundles``: calls of the EntryPoint from outside."""

    creators: frozenset[bytes]
    sent: list[Sent] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    entered: list[bytes] = field(default_factory=list)

    def note(self, message: MessageAPI) -> None:
        target, sender, entry_point = bytes(message.to), bytes(message.sender), address_bytes(ENTRY_POINT)
        if not _precompile(bytes(message.storage_address)):
            self.touched.add(checksum(bytes(message.storage_address)))
        if message.code_address != target:
            return  # a delegatecall: the contract speaks to itself
        if target == entry_point:
            if sender != entry_point:
                self.entered.append(bytes(message.data[:4]))
        elif sender in {entry_point, *self.creators} and target not in self.creators and not _precompile(target):
            by_creator = sender in self.creators
            self.sent.append(Sent(checksum(target), bytes(message.data), message.value, message.gas, by_creator))


def _precompile(address: bytes) -> bool:
    return int.from_bytes(address, "big") < PRECOMPILES


_open: list[Recording] = []


class RecordedComputation(LabComputation):
    """Notes each message before it runs."""

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        if _open:
            _open[-1].note(message)
        return super().apply_message(state, message, transaction_context, parent_computation)


@contextmanager
def recording(creators: frozenset[bytes]) -> Iterator[Recording]:
    """Record whatever runs meanwhile."""
    real: Any = LabState.computation_class
    _open.append(Recording(creators))
    LabState.computation_class = RecordedComputation
    try:
        yield _open[-1]
    finally:
        LabState.computation_class = real
        _open.pop()
