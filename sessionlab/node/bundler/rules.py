"""ERC-7562's rules about validation, by their ids, judged on a trace. A pure function: no chain, no clock.

Where bundlers differ from the text, the text is followed; ``docs`` of each function say where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.node.bundler.stakes import StakeInfo
from sessionlab.node.bundler.trace import (
    ACCOUNT,
    AGGREGATOR,
    FACTORY,
    PAYMASTER,
    CallUse,
    CodeUse,
    Creation,
    OpcodePlace,
    OpcodeUse,
    OutOfGas,
    Phase,
    StorageUse,
    ValidationTrace,
)

#: OP-011, but for CREATE, which some may.
BLOCKED = (
    "ORIGIN",
    "GASPRICE",
    "BLOCKHASH",
    "COINBASE",
    "TIMESTAMP",
    "NUMBER",
    "PREVRANDAO",
    "GASLIMIT",
    "BASEFEE",
    "BLOBHASH",
    "BLOBBASEFEE",
    "INVALID",
    "SELFDESTRUCT",
)
BALANCES = ("BALANCE", "SELFBALANCE")
#: OP-062: what knows nothing of the chain. 0x100 is P256VERIFY (EIP-7951).
PRECOMPILES = frozenset((*range(1, 0x12), 0x100))
DEPOSIT_TO, INCREMENT_NONCE = bytes.fromhex("b760faf9"), bytes.fromhex("0bd28e3b")
SIGNATURE_FAILED = 1


@dataclass(frozen=True, slots=True)
class RuleViolation:
    """A rule that an operation's validation breaks."""

    #: The rule's id, as ``OP-011``.
    rule: str
    #: Whose validation it is, factory, account, paymaster or aggregator, and its address.
    entity: str
    address: str
    #: The opcode; None where no opcode breaks the rule. For storage, the slot, and the contract that has it.
    opcode: str | None = None
    slot: int | None = None
    #: The account that the opcode is about: the one called or asked for, or whose storage it is.
    target: str | None = None
    #: Where the opcode stands; None where no opcode breaks the rule.
    place: OpcodePlace | None = None


Stakes = Mapping[str, StakeInfo]


def judge(trace: ValidationTrace, stakes: Stakes) -> tuple[RuleViolation, ...]:
    """Return what the validation breaks, in the order in which it did, each opcode of a place once.

    ``stakes``: by role; an entity that is not named is not staked.
    """
    judge_of = _Judge(trace, frozenset(role for role, info in stakes.items() if info.is_staked))
    return tuple(dict.fromkeys(judge_of.violations()))


@dataclass(frozen=True, slots=True)
class _Judge:
    trace: ValidationTrace
    staked: frozenset[str]

    def violations(self) -> Iterator[RuleViolation]:
        yield from self._delegated_entities()
        for phase in self.trace.phases:
            yield from self._of_phase(phase)
            yield from self._of_answer(phase)

    def _of_phase(self, phase: Phase) -> Iterator[RuleViolation]:
        made = 0
        for event in phase.events:
            rule, opcode, target = None, None, None
            if isinstance(event, OpcodeUse):
                rule, opcode = self._opcode(event, phase), event.opcode
            elif isinstance(event, StorageUse):
                rule, opcode, target = self._storage(event, phase), event.opcode, event.address
            elif isinstance(event, CodeUse):
                rule, opcode, target = self._code(event), event.opcode, event.address
            elif isinstance(event, CallUse):
                rule, opcode, target = self._call(event), event.opcode, event.to
            elif isinstance(event, Creation):
                made += event.made == self.trace.sender and event.opcode == "CREATE2"
                rule, opcode, target = self._creation(event, phase, made), event.opcode, event.made
            elif isinstance(event, OutOfGas):
                rule = "OP-020"
            if rule is not None:
                slot = event.slot if isinstance(event, StorageUse) else None
                yield RuleViolation(rule, phase.entity, phase.address, opcode, slot, target, event.place)

    def _opcode(self, event: OpcodeUse, phase: Phase) -> str | None:
        if event.opcode in BLOCKED:
            return "OP-011"
        if event.opcode in BALANCES:
            return None if phase.entity in self.staked else "OP-080"
        return "OP-012" if event.opcode == "GAS" else "OP-013"

    def _storage(self, use: StorageUse, phase: Phase) -> str | None:
        """Judge one slot (STO-010 to STO-033; OP-070 makes transient storage the same).

        The text allows associated storage "in an external contract that is not an entity". Published bundlers do not
        look whether it is one.
        """
        trace, staked = self.trace, phase.entity in self.staked
        if use.address == trace.sender:
            return None
        if use.address == phase.address:
            return None if staked else "STO-031"
        of_entity = use.address in trace.entities().values()
        if trace.associated(use.slot, trace.sender) and not of_entity:
            reads_with_stake = staked and not use.writes  # STO-033
            return None if trace.factory is None or FACTORY in self.staked or reads_with_stake else "STO-022"
        if trace.associated(use.slot, phase.address) and not of_entity:
            return None if staked else "STO-032"
        if use.writes:
            return "STO-021"
        return None if staked and not of_entity else "STO-033"

    def _code(self, use: CodeUse) -> str | None:
        """Judge whose code is used: of an account without any (OP-041), of the EntryPoint, of a delegated account."""
        if use.address == ENTRY_POINT:
            is_call = "CALL" in use.opcode
            return None if is_call or use.only_asks else "OP-054"
        if use.address == self.trace.sender:
            return None
        if use.delegate is not None:
            return "AUTH-030"
        number = int(use.address, 16)
        if use.size or number in PRECOMPILES:
            return None
        return "OP-062" if 0 < number < 0x1000 else "OP-041"

    def _call(self, call: CallUse) -> str | None:
        if call.to == ENTRY_POINT:
            return None if self._asked_of_entry_point(call) else "OP-054"
        return "OP-061" if call.value else None

    def _asked_of_entry_point(self, call: CallUse) -> bool:
        """Whether it is deposited for the sender, by itself or its factory, or the sender asks for a nonce to skip."""
        caller, sender = call.place.account, self.trace.sender
        if call.opcode != "CALL":
            return False
        if call.data[:4] == DEPOSIT_TO:
            account = int.from_bytes(call.data[4:36].ljust(32, b"\0"), "big")
            return account == int(sender, 16) and caller in (sender, self.trace.factory)
        return caller == sender and (call.size == 0 or call.data[:4] == INCREMENT_NONCE)

    def _creation(self, event: Creation, phase: Phase, made: int) -> str | None:
        """Judge a creation: the factory makes the sender, once; see OP-032, EREP-060 and EREP-061 for the others."""
        trace, creator = self.trace, event.place.account
        if event.opcode == "CREATE2" and phase.entity == FACTORY and event.made == trace.sender and made == 1:
            return None
        if FACTORY in self.staked and creator in (trace.factory, trace.sender):
            return None
        if event.opcode == "CREATE2":
            return "OP-031"
        if trace.factory is not None and creator == trace.sender:
            return None
        return None if FACTORY in self.staked and phase.entity == FACTORY else "OP-011"

    def _of_answer(self, phase: Phase) -> Iterator[RuleViolation]:
        """Judge what validation returned: an aggregator, and a paymaster's context."""
        if phase.halt is not None:
            return
        at = 32 if phase.entity == PAYMASTER else 0
        aggregator = int.from_bytes(phase.output[at : at + 32], "big") % 2**160
        if phase.entity == ACCOUNT and aggregator > SIGNATURE_FAILED:
            yield RuleViolation("EREP-040", AGGREGATOR, _address(aggregator))
        if phase.entity == PAYMASTER and PAYMASTER not in self.staked and context_of(phase):
            yield RuleViolation("EREP-050", PAYMASTER, phase.address)

    def _delegated_entities(self) -> Iterator[RuleViolation]:
        for role, address in self.trace.entities().items():
            if role != ACCOUNT and address in self.trace.delegations:
                yield RuleViolation("AUTH-020", role, address, target=self.trace.delegations[address])


def context_of(phase: Phase) -> bytes:
    """Return the context that a paymaster's validation returned, which postOp is handed."""
    start = int.from_bytes(phase.output[:32], "big")
    size = int.from_bytes(phase.output[start : start + 32], "big")
    return phase.output[start + 32 : start + 32 + size]


def _address(number: int) -> str:
    from sessionlab.core.base.addresses import checksum

    return checksum(number.to_bytes(20, "big"))
