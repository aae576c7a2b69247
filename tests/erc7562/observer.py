"""Watch validation in a bundle as ERC-7562 asks bundlers to: each opcode of factory, wallet and paymaster.

    with observing() as found:
        chain.transact(key, ENTRY_POINT, handle_ops(…))
    found.violations            # what breaks a rule, in order

Of the rules, those about one operation are here: opcodes (OP), storage (STO). Reputation, mempool limits and rules
between operations of one bundle are the bundler's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.exceptions import OutOfGas
from eth_abi.abi import decode

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, HANDLE_OPS
from sessionlab.core.evm import interpreter
from sessionlab.core.evm.fork import LabState
from sessionlab.core.evm.interpreter import LabComputation
from tests.erc7562 import rules
from tests.erc7562.rules import Violation

VALIDATE_USER_OP, VALIDATE_PAYMASTER = bytes.fromhex("19822f7c"), bytes.fromhex("52b7512c")
CREATE_SENDER = bytes.fromhex("570e1a36")
OPERATIONS = ("(address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes)[]", "address")
ENTRY = address_bytes(ENTRY_POINT)


@dataclass
class Phase:
    """One entity's part of one operation's validation. Addresses are bytes."""

    entity: str  # factory, wallet or paymaster
    address: bytes
    sender: bytes
    factory: bytes
    staked: frozenset[bytes]
    #: Digests of the sender's address, and of the entity's, with something behind it.
    associated: dict[bytes, set[int]] = field(default_factory=dict)
    creations: int = 0

    @property
    def is_staked(self) -> bool:
        return self.address in self.staked

    def is_associated(self, slot: int, address: bytes) -> bool:
        """Whether a slot is ``address`` itself, or lies up to 128 slots behind keccak256(address ‖ x)."""
        starts = self.associated.get(address, set())
        return slot == int.from_bytes(address, "big") or any(0 <= slot - start <= 128 for start in starts)


@dataclass
class Watch:
    """What was found so far. ``watched``: entity and number of opcodes looked at, to show that something was."""

    staked: frozenset[bytes]
    violations: list[Violation] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    phase: Phase | None = None
    operations: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)

    def enter(self, message: MessageAPI) -> Phase | None:
        """The phase that a message begins, if it does."""
        to, data = bytes(message.to), bytes(message.data)
        if to == ENTRY and data[:4] == HANDLE_OPS and message.sender != ENTRY:
            self._read(data)
        if self.phase is not None or not self.operations or message.code_address != to:
            return None
        if message.sender == ENTRY and data[:4] == VALIDATE_USER_OP:
            return self._begin("wallet", to, to)
        if message.sender == ENTRY and data[:4] == VALIDATE_PAYMASTER:
            return self._begin("paymaster", to, data[4 + 96 + 12 : 4 + 96 + 32] if _plain(data) else _sender(data))
        for sender, (init_code, _) in self.operations.items():
            if init_code and (to, data) == (init_code[:20], init_code[20:]) and message.sender != ENTRY:
                return self._begin("factory", to, sender)
        return None

    def break_(self, rule: str, where: bytes, what: str) -> None:
        assert self.phase is not None
        self.violations.append(Violation(rule, self.phase.entity, "0x" + where.hex(), what))

    def _begin(self, entity: str, address: bytes, sender: bytes) -> Phase:
        self.phases.append(entity)
        init_code = self.operations.get(sender, (b"", b""))[0]
        return Phase(entity, address, sender, init_code[:20], self.staked)

    def _read(self, data: bytes) -> None:
        operations, _ = decode(OPERATIONS, data[4:])
        self.operations |= {address_bytes(one[0]): (one[2], one[7]) for one in operations}


def _plain(data: bytes) -> bool:
    return int.from_bytes(data[4:36], "big") == 96


def _sender(data: bytes) -> bytes:
    start = 4 + int.from_bytes(data[4:36], "big")
    return data[start + 12 : start + 32]


_watches: list[Watch] = []


class ObservedComputation(LabComputation):
    """Tells the watch when a message begins and ends, and what its opcodes do."""

    @classmethod
    def apply_message(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        watch = _watches[-1]
        begun = watch.enter(message)
        if begun is not None:
            watch.phase = begun
        try:
            frame = super().apply_message(state, message, transaction_context, parent_computation)
            if watch.phase is not None and frame.is_error and isinstance(frame.error, OutOfGas):
                watch.break_("OP-020", bytes(message.code_address), "runs out of gas")
            return frame
        finally:
            if begun is not None:
                watch.phase = None


def _watched(op: int, real: Callable[..., Any]) -> Callable[..., Any]:
    def run(computation: Any) -> Any:
        watch = _watches[-1]
        inside = watch.phase is not None and computation.msg.code_address != ENTRY
        if not inside:
            return real(computation=computation)
        after = rules.judge(op, computation, watch)
        answer = real(computation=computation)
        if after is not None:
            after()
        return answer

    return run


class _Opcodes(dict[int, Any]):
    """All opcodes, the unassigned ones too."""

    def get(self, op: int, default: Any = None) -> Any:
        found = super().get(op)
        return found if found is not None else _watched(op, interpreter.InvalidOpcode(op))


@contextmanager
def observing(*staked: str) -> Iterator[Watch]:
    """Watch every bundle that is mined meanwhile. ``staked``: entities whose stake the bundler accepts."""
    watch = Watch(frozenset(address_bytes(one) for one in staked))
    table = _Opcodes({op: _watched(op, real) for op, real in LabComputation.opcodes.items()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ObservedComputation, "opcodes", table, raising=False)
        patch.setattr(LabState, "computation_class", ObservedComputation)
        # The interpreter runs some opcodes itself; GAS has to come through the table.
        patch.setattr(interpreter, "CONTEXT_OPCODES", interpreter.CONTEXT_OPCODES - {rules.GAS})
        _watches.append(watch)
        try:
            yield watch
        finally:
            _watches.pop()
