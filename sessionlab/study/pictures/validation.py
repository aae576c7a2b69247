"""What the validation of a user operation touched: each entity's gas, storage, calls and opcodes, and the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, GREEN, INK, RED
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.erc4337.user_operation import FIELDS, UserOperation, from_json
from sessionlab.core.erc4337.wallet_encoding import DUMMY_SIGNATURE, entity_of
from sessionlab.core.wallet_api.prepare import signature_of
from sessionlab.core.wallet_api.sessions import find_granted
from sessionlab.node.bundler.rules import RuleViolation
from sessionlab.node.bundler.strict import headline
from sessionlab.node.bundler.trace import Phase, ValidationTrace
from sessionlab.node.bundler.validation import UNSIGNED, Validation, mined_validation, validate
from sessionlab.study.doors import LAB, VALIDATED
from sessionlab.study.frames import frame_of
from sessionlab.study.listing import folded
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.call_tree import Namer
from sessionlab.study.pictures.validation_steps import FOREIGN, OF_ACCOUNT, OF_ENTITY, OWN, ValidationStep, steps
from sessionlab.study.tables import NO, YES
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped]

    from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab as Lab

#: In drawing units: a line, and a slot's square. Rows of squares that are drawn of one contract.
LINE, SQUARE, MOST_ROWS = 21, 13, 4
WHERE = "trace.rows"
COLOURS = {OWN: BLUE, OF_ACCOUNT: GREEN, OF_ENTITY: GREEN, FOREIGN: svg.SOFT}


@dataclass(frozen=True, repr=False)
class ValidationPicture(Plot):
    """What an operation's validation touched. ``rows``: everything in order; ``violations``: what breaks a rule."""

    validation: Validation
    rows: tuple[ValidationStep, ...]
    #: The entities' names by role.
    names: Mapping[str, str] = field(hash=False)

    @property
    def ok(self) -> bool:
        """Whether a strict bundler takes the operation, once it is signed."""
        return not self.violations and self._refused is None

    @property
    def _refused(self) -> str | None:
        """Why the EntryPoint refuses it; not its word on signatures: prepared calls have none yet."""
        code = None if self.validation.rejection is None else self.validation.rejection.code or "no reason"
        return None if code is None or code.startswith(UNSIGNED) else code

    @property
    def violations(self) -> tuple[RuleViolation, ...]:
        """The rules that are broken, in order."""
        return self.validation.violations

    @property
    def trace(self) -> ValidationTrace:
        """The same as plain data."""
        return self.validation.trace

    @property
    def alternative_text(self) -> str:
        """Name the entities, what they touched, and what breaks a rule."""
        phases = self.trace.phases
        who = ", ".join(f"the {self._title(phase)} for {phase.gas_used:,} gas" for phase in phases)
        slots = len({(row.target, row.slot) for row in self.rows if row.kind == "storage"})
        calls = sum(row.kind == "call" for row in self.rows)
        end = "no rule of ERC-7562 is broken" if not self.violations else self._broken()
        end += "" if self._refused is None else f"; the EntryPoint refuses it ({self._refused})"
        return f"Validation by {who or 'nobody'}: {count(slots, 'slot')}, {count(calls, 'call')}; {end}."

    def _title(self, phase: Phase) -> str:
        name = self.names[phase.entity]
        return name if name.startswith(phase.entity) else f"{phase.entity} {name}"

    def _broken(self) -> str:
        return f"{count(len(self.violations), 'violation')}, first {headline(self.violations[0])}"

    def text(self) -> str:
        """Return one line per step."""
        rows = folded_rows(self.rows, self._line, WHERE, lambda row: row.rule or "")
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows))])

    @staticmethod
    def _line(row: ValidationStep) -> tuple[str, ...]:
        at = "" if row.slot is None else f"slot {_short(row.slot)}, {row.associated}"
        return f"{row.sign} {row.entity}", row.opcode, row.target, at or row.what, row.line or "", row.rule or ""

    def to_frame(self) -> pandas.DataFrame:
        """Return the steps as a frame. Needs the extra ``experiments``."""
        return frame_of(_COLUMNS, [[getattr(row, name) for name in _COLUMNS] for row in self.rows])

    def to_json(self) -> dict[str, Any]:
        """Return JSON, slots in hex."""
        steps = [{name: getattr(row, name) for name in _COLUMNS} for row in self.rows]
        for step in steps:
            step["slot"] = None if step["slot"] is None else hex(step["slot"])
        gas = {phase.entity: {"used": phase.gas_used, "given": phase.gas} for phase in self.trace.phases}
        broken = [headline(violation) for violation in self.violations]
        return {"ok": self.ok, "entities": dict(self.names), "gas": gas, "steps": steps, "violations": broken}

    # -- drawing

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "What validation touched"

    @property
    def colour(self) -> str:
        """Red if a rule is broken."""
        return RED if self.violations else BLUE

    def draw(self, width: float) -> svg.Drawing:
        """Draw each entity: its gas, a square for each slot, and its calls and opcodes."""
        page = _Page(width)
        for phase in self.trace.phases:
            self._phase(phase, page)
            page.space(12)
        _legend(self.rows, page)
        return svg.Drawing(page.y, page.parts)

    def _phase(self, phase: Phase, page: _Page) -> None:
        rows = [row for row in self.rows if row.entity == phase.entity]
        sign, colour = (NO, svg.WARNING) if any(row.rule for row in rows) else (YES, INK)
        page.write(f"{sign} {self._title(phase)}", 4, colour=colour, bold=True)
        bar, share = page.width * 0.35, min(phase.gas_used / max(phase.gas, 1), 1)
        page.add(svg.rect(20, page.y + 5, bar, 9, "none", stroke=svg.LINE))
        page.add(svg.rect(20, page.y + 5, bar * share, 9, BLUE, opacity=0.55))
        page.write(f"{phase.gas_used:,} of {phase.gas:,} gas", 28 + bar, colour=svg.SOFT)
        _storage(rows, page)
        others = [row for row in rows if row.kind != "storage"]
        for row in folded(others, lambda row: row, str, WHERE, lambda row: row.rule or "", ends=6):
            if isinstance(row, str):
                page.write(row, 20, colour=svg.SOFT)
                continue
            words = f"{row.sign} {row.opcode} {row.target}".rstrip() + (f": {row.what}" if row.what else "")
            broken = f" ({row.rule}{', ' + row.line if row.line else ''})" if row.rule else ""
            page.write(words + broken, 20, colour=svg.WARNING if row.rule else INK)


class _Page:
    """What is drawn, from top to bottom."""

    def __init__(self, width: float) -> None:
        self.width, self.y, self.parts = width, 4.0, list[str]()

    def add(self, part: str) -> None:
        self.parts.append(part)

    def space(self, height: float) -> None:
        self.y += height

    def write(self, text: str, x: float, *, colour: str = INK, bold: bool = False) -> None:
        """Write a text from here on, wrapped to the page's width."""
        for index, line in enumerate(svg.fitted(text, self.width - x - 14, bold=bold)):
            self.add(svg.write(x + 14 * bool(index), self.y + 14, line, colour=colour, bold=bold))
            self.space(LINE)


def _storage(rows: Sequence[ValidationStep], page: _Page) -> None:
    """Draw the slots of each contract."""
    by_target: dict[str, dict[int, list[ValidationStep]]] = {}
    for row in rows:
        if row.kind == "storage" and row.slot is not None:
            by_target.setdefault(row.target, {}).setdefault(row.slot, []).append(row)
    for target, slots in by_target.items():
        wrote = sum(any(row.opcode.endswith("STORE") for row in uses) for uses in slots.values())
        page.write(f"storage of {target}: {count(len(slots), 'slot')}, {wrote:,} written", 20)
        in_a_row = int((page.width - 20) // (SQUARE + 3))
        shown = list(slots.items())[: MOST_ROWS * in_a_row]
        for index, (slot, uses) in enumerate(shown):
            x, y = 20 + (SQUARE + 3) * (index % in_a_row), page.y + 2 + (SQUARE + 3) * (index // in_a_row)
            page.add(_square(x, y, slot, uses))
        page.space((SQUARE + 3) * (1 + (len(shown) - 1) // in_a_row) + 4)
        if rules := sorted({row.rule for uses in slots.values() for row in uses if row.rule}):
            page.write(f"{NO} {', '.join(rules)}", 20, colour=svg.WARNING)


_COLUMNS = ("entity", "kind", "opcode", "target", "slot", "associated", "what", "contract", "line", "rule")


def _square(x: float, y: float, slot: int, uses: Sequence[ValidationStep]) -> str:
    """A slot: filled if it was written, with a cross if a rule forbids it."""
    rules = ", ".join(sorted({row.rule for row in uses if row.rule}))
    colour = RED if rules else COLOURS[uses[0].associated or FOREIGN]
    written = any(row.opcode.endswith("STORE") for row in uses)
    title = f"{', '.join(dict.fromkeys(row.opcode for row in uses))} slot {hex(slot)}: {uses[0].associated}"
    parts = [_box(x, y, colour, written=written)]
    if rules:
        way = f"M{x:.1f} {y:.1f}l{SQUARE} {SQUARE}m0 -{SQUARE}l-{SQUARE} {SQUARE}"
        parts.append(svg.path(way, colour=RED, width=2))
    return svg.titled(title + (f", {rules}" if rules else ""), *parts)


def _box(x: float, y: float, colour: str, *, written: bool = False) -> str:
    filled = svg.rect(x, y, SQUARE, SQUARE, colour, opacity=0.55) if written else ""
    return filled + svg.path(f"M{x:.1f} {y:.1f}h{SQUARE}v{SQUARE}h-{SQUARE}z", colour=colour, width=1.8)


def _legend(rows: Sequence[ValidationStep], page: _Page) -> None:
    """Say what the squares mean, as far as there are any."""
    kinds = [kind for kind in COLOURS if any(row.associated == kind for row in rows)]
    if not kinds:
        return
    page.write("A square is a slot; filled: written; crossed: forbidden.", 4, colour=svg.SOFT)
    x = 4.0
    for kind in kinds:
        page.add(_box(x, page.y + 3, COLOURS[kind]))
        page.add(svg.write(x + SQUARE + 6, page.y + 14, kind))
        x += SQUARE + 20 + svg.text_width(kind)
    page.space(LINE)


@reads(what=VALIDATED, lab=LAB)
def validation_trace(what: Outcome | UserOperation | Mapping[str, Any] | str, lab: Lab) -> ValidationPicture:
    """Return what the validation of an operation touched, entity by entity, and which rules of ERC-7562 that breaks.

    ``what``: an outcome or the hash of a transaction, for what happened in its block; or prepared calls, or an
    operation as bundlers take it, for what would happen now. Shows a table as text and a picture in a notebook.

    Raises InvalidInput for an outcome that never got into a block, and ChainError for an unknown transaction.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    >>> outcome = session.send_calls([sl.Call(to=lab.recipient, value=5)])
    >>> seen = validation_trace(outcome, lab)
    >>> seen.ok, [phase.entity for phase in seen.trace.phases]
    (True, ['account'])
    """
    validation = _validation(what, lab)
    namer = Namer(lab)
    names = {role: namer.name(address) for role, address in validation.entities.items()}
    return ValidationPicture(validation, tuple(steps(validation, lab, namer)), names)


def _validation(what: Any, lab: Lab) -> Validation:
    if isinstance(what, UserOperation):
        return validate(lab.chain, what, minimum=lab.bundler.minimum)
    if isinstance(what, Mapping):
        return validate(lab.chain, _operation_of(what, lab), minimum=lab.bundler.minimum)
    if isinstance(what, Outcome) and what.receipt is None:
        fix = "give session.prepare_calls(…), or look at outcome.denial."
        raise InvalidInput("This operation never got into a block.", field="what", fix=fix)
    digest = what if isinstance(what, str) else str(what.tx_hash)
    lab.chain.transaction(digest)
    mined = [item for item in lab.bundler.included() if item.receipt.transaction_hash == digest]
    if not mined:
        fix = "give the outcome or the transaction of an operation that this lab's bundler sent."
        raise InvalidInput("This transaction includes no operation.", field="what", asked=digest, fix=fix)
    index = 0
    if isinstance(what, Outcome):
        hashes = [item.included.operation_hash.hex() for item in mined]
        index = next((number for number, each in enumerate(hashes) if (what.call_id or "").endswith(each)), 0)
    return mined_validation(lab.chain, digest, [item.operation for item in mined], index, minimum=lab.bundler.minimum)


def _operation_of(what: Mapping[str, Any], lab: Lab) -> UserOperation:
    """Return an operation as bundlers take it, or that prepared calls become with the session's install."""
    data = what.get("data", what)
    if not isinstance(data, Mapping):
        fix = "give what prepare_calls returned, or an operation as eth_sendUserOperation takes it."
        raise InvalidInput("These are no prepared calls.", field="what", fix=fix)
    operation = from_json({name: value for name, value in data.items() if name in FIELDS}, "what")
    if operation.signature:
        return operation
    sessions = [session for wallet in lab.wallets() for session in wallet.sessions()]
    for session in sessions:
        if session.wallet == operation.sender and session._api.permissions is not None:
            granted = find_granted(lab.api, session._api.permissions, operation.sender)
            if granted is not None and granted.session.entity_id == entity_of(operation.nonce):
                return operation.signed(signature_of(granted, DUMMY_SIGNATURE[2:]))
    return operation.signed(DUMMY_SIGNATURE)


def _short(slot: int) -> str:
    text = hex(slot)
    return text if len(text) <= 12 else f"{text[:8]}…{text[-4:]}"
