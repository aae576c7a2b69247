"""A bare EVM for contract tests: code and storage are set by hand, calls run without transactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth.vm.message import Message
from eth_utils import to_canonical_address

from sessionlab.core.contracts.artifacts import Artifact

GAS = 1_000_000


@dataclass
class Result:
    """What one call did: ``output`` is what it returned or reverted with."""

    ok: bool
    output: bytes
    gas: int
    logs: list[tuple[bytes, list[bytes], bytes]] = field(default_factory=list)


class Machine:
    """One world state that calls change, unless they fail."""

    def __init__(self) -> None:
        forked = PragueVM.configure(consensus_class=NoProofConsensus)
        chain = MiningChain.configure(vm_configuration=((0, forked),), chain_id=1337)
        genesis = {"difficulty": 0, "gas_limit": 30_000_000, "timestamp": 1_800_000_000}
        self.vm: Any = chain.from_genesis(AtomicDB(), genesis).get_vm()
        self.state = self.vm.state

    def place(self, address: str, code: bytes, storage: dict[int, int] | None = None) -> str:
        raw = to_canonical_address(address)
        self.state.set_code(raw, code)
        for slot, value in (storage or {}).items():
            self.state.set_storage(raw, slot, value)
        self.state.lock_changes()
        return address

    def fund(self, address: str, wei: int) -> None:
        self.state.set_balance(to_canonical_address(address), wei)

    def eth(self, address: str) -> int:
        return int(self.state.get_balance(to_canonical_address(address)))

    def call(self, to: str, data: bytes, *, sender: str = "0x" + "11" * 20, value: int = 0) -> Result:
        raw, target = to_canonical_address(sender), to_canonical_address(to)
        snapshot = self.state.snapshot()
        message = Message(GAS, target, raw, value, data, self.state.get_code(target))
        context = self.state.get_transaction_context_class()(gas_price=0, origin=raw)
        computation = self.state.computation_class.apply_message(self.state, message, context)
        if computation.is_error:
            self.state.revert(snapshot)
            return Result(False, bytes(computation.output), GAS - computation.get_gas_remaining())
        gas = GAS - computation.get_gas_remaining()
        return Result(True, bytes(computation.output), gas, [_log(*entry) for entry in computation.get_log_entries()])

    def deploy(self, contract: Artifact, arguments: bytes = b"") -> bytes:
        """The code that the constructor leaves behind."""
        sender = b"\x22" * 20
        computation = self.vm.execute_bytecode(
            sender, 0, 10 * GAS, b"\x33" * 20, sender, 0, b"", contract.bytecode + arguments, None
        )
        assert computation.is_success, computation.output
        return bytes(computation.output)


def _log(address: bytes, topics: list[int], data: bytes) -> tuple[bytes, list[bytes], bytes]:
    return address, [topic.to_bytes(32, "big") for topic in topics], data
