"""What an operation's validation did, step by step: each with the rule of ERC-7562 that it breaks, if it breaks one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.node.bundler.rules import RuleViolation
from sessionlab.node.bundler.strict import headline
from sessionlab.node.bundler.trace import (
    ACCOUNT,
    AGGREGATOR,
    CallUse,
    CodeUse,
    Creation,
    Event,
    OpcodeUse,
    OutOfGas,
    Phase,
    StorageUse,
    ValidationTrace,
)
from sessionlab.node.bundler.validation import Validation
from sessionlab.study.pictures.call_tree import Namer, known_functions
from sessionlab.study.tables import NO, YES

if TYPE_CHECKING:
    from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab as Lab

OWN, OF_ACCOUNT, OF_ENTITY, FOREIGN = "its own", "the account's", "the entity's", "foreign"


@dataclass(frozen=True, slots=True)
class ValidationStep:
    """One thing that validation did."""

    #: Whose validation it is: factory, account or paymaster.
    entity: str
    #: ``storage``, ``call``, ``code``, ``opcode``, ``creation`` or ``gas``, and the opcode; ``entity``, without an
    #: opcode, for a rule that the entity breaks by what it is or answers.
    kind: str
    opcode: str
    #: What it was done to: the account, by its name.
    target: str
    #: Of storage: the slot, and what it is associated to.
    slot: int | None
    associated: str | None
    #: The function that was called, or what else there is to say.
    what: str
    #: The contract whose code did it, and its source line if that is known.
    contract: str
    line: str | None
    #: The rule of ERC-7562 that it breaks; None if it breaks none.
    rule: str | None

    @property
    def sign(self) -> str:
        """``✓`` or ``✗``."""
        return YES if self.rule is None else NO


def steps(validation: Validation, lab: Lab, namer: Namer) -> Iterator[ValidationStep]:
    """Yield what validation did, entity by entity, in order."""
    trace = validation.trace
    rules: dict[tuple[Any, ...], str] = {}
    for broken in validation.violations:
        rules.setdefault((broken.entity, broken.opcode, broken.slot, broken.target, broken.place), broken.rule)
    for phase in trace.phases:
        for event in phase.events:
            told = _told(event, phase, trace, lab, namer)
            if told is None:
                continue
            kind, opcode, target, what, slot, of = told
            spot, out = event.place, isinstance(event, OutOfGas)
            line = None if spot.creating or out else lab.bundler.source_line(spot.contract, spot.pc)
            rule = rules.get((phase.entity, None if out else opcode, slot, _target(event), spot))
            where, at = namer.name(spot.contract), None if line is None else str(line)
            yield ValidationStep(phase.entity, kind, opcode, target, slot, of, what, where, at, rule)
        for broken in validation.violations:
            if broken.place is None and _answers_for(broken.entity) == phase.entity:
                yield _of_entity(broken, phase.entity, namer)


def _target(event: Event) -> str | None:
    """Return the account that an event is about, as a violation names it."""
    match event:
        case StorageUse() | CodeUse():
            return event.address
        case CallUse():
            return event.to
        case Creation():
            return event.made
    return None


def _answers_for(entity: str) -> str:
    """Return the entity in whose validation a violation shows: an aggregator is named by the account."""
    return ACCOUNT if entity == AGGREGATOR else entity


def _of_entity(broken: RuleViolation, entity: str, namer: Namer) -> ValidationStep:
    """Return the step for a rule that no opcode breaks: what an entity is, or what it answers."""
    target = namer.name(broken.target or broken.address)
    words = headline(broken).removeprefix(f"{broken.rule} ")
    return ValidationStep(
        entity, "entity", "", target, None, None, words, namer.name(broken.address), None, broken.rule
    )


def _told(
    event: Event, phase: Phase, trace: ValidationTrace, lab: Lab, namer: Namer
) -> tuple[str, str, str, str, int | None, str | None] | None:
    """Return an event's kind, opcode, target, words, slot and association; None for what another event tells."""
    match event:
        case StorageUse():
            of = _association(event, phase, trace)
            return "storage", event.opcode, namer.name(event.address), "", event.slot, of
        case CallUse():
            return "call", event.opcode, namer.name(event.to), _function(event, lab), None, None
        case CodeUse():  # a call has told of its code
            if "CALL" in event.opcode:
                return None
            return "code", event.opcode, namer.name(event.address), f"{event.size:,} bytes", None, None
        case OpcodeUse():
            return "opcode", event.opcode, "", "", None, None
        case Creation():
            return "creation", event.opcode, namer.name(event.made) if event.made else "nothing", "", None, None
        case OutOfGas():
            return "gas", "out of gas", namer.name(event.place.contract), "", None, None


def _association(use: StorageUse, phase: Phase, trace: ValidationTrace) -> str:
    if use.address == phase.address:
        return OWN
    if use.address == trace.sender or trace.associated(use.slot, trace.sender):
        return OF_ACCOUNT
    return OF_ENTITY if phase.entity != ACCOUNT and trace.associated(use.slot, phase.address) else FOREIGN


def _function(call: CallUse, lab: Lab) -> str:
    if call.size < 4 or 0 < int(call.to, 16) < 0x1000:
        return f"{call.size:,} bytes" if call.size else "a payment" if call.value else "no data"
    if call.to == ENTRY_POINT and call.value:
        return f"{lab.names.function(call.data[:4])}, with {call.value:,} wei"
    known = known_functions().get(call.data[:4]) or lab.names.function(call.data[:4])
    return known.partition("(")[0] + "(…)"
