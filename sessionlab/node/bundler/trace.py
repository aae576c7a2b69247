"""What the validation of one user operation did, as plain data: what ERC-7562's rules are judged on.

Addresses have their checksum. Nothing here says whether anything is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

FACTORY, ACCOUNT, PAYMASTER, AGGREGATOR = "factory", "account", "paymaster", "aggregator"
#: The entities whose code validation runs, in the EntryPoint's order.
ENTITIES = (FACTORY, ACCOUNT, PAYMASTER)


@dataclass(frozen=True, slots=True)
class OpcodePlace:
    """Where code did something."""

    #: The contract whose code it is, and the account in whose name it runs: another one in a delegatecall.
    contract: str
    account: str
    #: The opcode's position in the code; ``creating``: in a constructor's code, which is on no chain.
    pc: int
    creating: bool
    #: The function that was called: the first four bytes of calldata.
    selector: bytes
    #: 0 in the entity itself, 1 in what it called, and so on.
    depth: int


@dataclass(frozen=True, slots=True)
class OpcodeUse:
    """An opcode that the rules name: one of the environment, of balances, GAS, or one that is unassigned."""

    opcode: str
    place: OpcodePlace


@dataclass(frozen=True, slots=True)
class StorageUse:
    """A slot that was read or written, transient storage included."""

    opcode: str  # SLOAD, SSTORE, TLOAD or TSTORE
    address: str
    slot: int
    place: OpcodePlace

    @property
    def writes(self) -> bool:
        """Whether the slot was written."""
        return self.opcode.endswith("STORE")

    @property
    def transient(self) -> bool:
        """Whether the storage is transient (EIP-1153)."""
        return self.opcode.startswith("T")


@dataclass(frozen=True, slots=True)
class CodeUse:
    """An account whose code was used: by a call, or by EXTCODESIZE, EXTCODECOPY or EXTCODEHASH."""

    opcode: str
    address: str
    #: Bytes of code that it had then; ``delegate``: the contract that it delegates to (EIP-7702), if it does.
    size: int
    delegate: str | None
    place: OpcodePlace
    #: Of EXTCODESIZE: whether the next opcode only asks if there is code at all (ISZERO).
    only_asks: bool = False


@dataclass(frozen=True, slots=True)
class CallUse:
    """A call that was made. ``data``: the first 36 bytes, a selector and one argument; ``size``: of all of it."""

    opcode: str
    to: str
    value: int
    data: bytes
    size: int
    gas: int
    place: OpcodePlace


@dataclass(frozen=True, slots=True)
class Creation:
    """A CREATE or CREATE2. ``made``: the address; None if no contract could be made at all."""

    opcode: str
    made: str | None
    place: OpcodePlace


@dataclass(frozen=True, slots=True)
class OutOfGas:
    """A call that ran out of gas, whether or not its caller survived that."""

    place: OpcodePlace


Event = OpcodeUse | StorageUse | CodeUse | CallUse | Creation | OutOfGas


@dataclass(frozen=True, slots=True)
class Phase:
    """One entity's part: what its code and all that it called did, in order."""

    entity: str
    address: str
    events: tuple[Event, ...]
    #: Gas that it used and was given, what it returned, and why it failed, as py-evm names that (None: it did not).
    gas_used: int
    gas: int
    output: bytes
    halt: str | None

    def uses(self, kind: type[Event]) -> Iterator[Event]:
        """Yield its events of one kind."""
        return (event for event in self.events if isinstance(event, kind))


@dataclass(frozen=True, slots=True)
class ValidationTrace:
    """The validation of one operation."""

    sender: str
    factory: str | None
    paymaster: str | None
    phases: tuple[Phase, ...]
    #: keccak256(address ‖ one word), by address: where a mapping of Solidity keeps what belongs to the address.
    hashes: Mapping[str, frozenset[int]] = field(hash=False, default_factory=dict)
    #: Of each account whose code was used: what is on the chain, as keccak256.
    code_hashes: Mapping[str, bytes] = field(hash=False, default_factory=dict)
    #: Accounts among the operation's entities that delegate to a contract (EIP-7702), and to which.
    delegations: Mapping[str, str] = field(hash=False, default_factory=dict)

    def phase(self, entity: str) -> Phase | None:
        """Return an entity's phase; None if it did not run."""
        return next((phase for phase in self.phases if phase.entity == entity), None)

    def entities(self) -> dict[str, str]:
        """Return the address of each entity that the operation names, by its role."""
        named = {FACTORY: self.factory, ACCOUNT: self.sender, PAYMASTER: self.paymaster}
        return {role: address for role, address in named.items() if address is not None}

    def associated(self, slot: int, address: str) -> bool:
        """Whether a slot is associated with the address: it is the address, or keccak256(address ‖ x) + 0 to 128.

        ``x`` is one word. Solidity keeps ``mapping(address => …)`` there; Vyper hashes in the other order.
        """
        return slot == int(address, 16) or any(0 <= slot - start <= 128 for start in self.hashes.get(address, ()))

    @property
    def touched(self) -> dict[str, dict[int, bool]]:
        """The slots that validation touched, by address, and whether each was written."""
        result: dict[str, dict[int, bool]] = {}
        for phase in self.phases:
            for use in phase.events:
                if isinstance(use, StorageUse):
                    slots = result.setdefault(use.address, {})
                    slots[use.slot] = use.writes or slots.get(use.slot, False)
        return result
