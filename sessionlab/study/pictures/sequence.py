"""Who signs, who pays: one operation from its signer to its target, as a picture of messages.

signer → bundler → EntryPoint → wallet → target
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_ether, short_address
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, INK, RED
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.client.session import BaseSession
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP
from sessionlab.core.permissions.operation import plain_call
from sessionlab.study.doors import LAB, OUTCOME_OR_TRANSACTION, SESSION_OR_WALLET
from sessionlab.study.explain.decoding import describe
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.recording.charged_operations import ChargedOperation, mined_in
from sessionlab.study.text import aligned

if TYPE_CHECKING:
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.evm.records import Receipt
    from sessionlab.core.lab.lab import BaseLab

SIGNER, BUNDLER, ENTRY_POINT, PAYMASTER, WALLET, TARGET = (
    "signer",
    "bundler",
    "EntryPoint",
    "paymaster",
    "wallet",
    "target",
)
SHOWN_CALLS = 4
_ENTRIES = {EXECUTE_USER_OP: "executeUserOp", EXECUTE: "execute", EXECUTE_BATCH: "executeBatch"}
#: In drawing units: the least width of an actor's box, and the room of an arrow below its words.
BOX, ARROW = 118, 16


@dataclass(frozen=True, slots=True)
class Message:
    """One participant's message to another."""

    sender: str
    receiver: str
    words: str
    refused: bool = False


@dataclass(frozen=True, repr=False)
class Sequence(Plot):
    """The path of an operation or a plain transaction."""

    #: Role and name, from left to right.
    actors: tuple[tuple[str, str], ...]
    messages: tuple[Message, ...]
    #: Who signed, who paid the gas, and which msg.sender the target sees; None: nobody.
    signer: str
    payer: str | None
    msg_sender: str | None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Who signed, who paid, and whom the target sees."""
        return (
            ("who signed", self.signer),
            ("who paid the gas", self.payer or "nobody: it never got into a block"),
            ("msg.sender of the target", self.msg_sender or "none: the target was not called"),
        )

    @property
    def alternative_text(self) -> str:
        """Describe the path and the three facts in words."""
        way = " to ".join(role for role, _ in self.actors)
        return f"From {way}: {'; '.join(f'{name}: {who}' for name, who in self.facts)}."

    def text(self) -> str:
        """Return the three facts, then the messages."""
        rows = [(f"{number}.", f"{m.sender} → {m.receiver}", m.words) for number, m in enumerate(self.messages, 1)]
        return "\n".join([*aligned([(f"{name}:", who) for name, who in self.facts]), *aligned(rows)])

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "Who signs, who pays, whom the target sees"

    @property
    def colour(self) -> str:
        """Red for a refusal."""
        return RED if any(message.refused for message in self.messages) else BLUE

    def _below(self) -> str:
        facts = "".join(f"<div><b>{name}</b>: {escape(who)}</div>" for name, who in self.facts)
        return f"<div style='margin-top:6px'>{facts}</div>"

    def draw(self, width: float) -> svg.Drawing:
        """Draw lifelines, and an arrow for each message below its words."""
        pitch = width / len(self.actors)
        middle = {role: pitch * (index + 0.5) for index, (role, _) in enumerate(self.actors)}
        top, heads = self._heads(pitch, middle, width)
        y, messages = top, list[str]()
        for number, message in enumerate(self.messages, 1):
            y, drawn = _message(number, message, middle, y, width)
            messages.append(drawn)
        lines = [svg.line(x, top, x, y + 6, dash="4 4") for x in middle.values()]
        return svg.Drawing(y + 8, [*lines, *heads, *messages])

    def _heads(self, pitch: float, middle: dict[str, float], width: float) -> tuple[float, list[str]]:
        """Draw a box for each actor; if there is no room, its role alone, every second one a row lower."""
        if pitch >= BOX:
            told = [(role, *(svg.cut(line, pitch - 16) for line in n.split("\n"))) for role, n in self.actors]
            high = 12 + svg.LEAD * max(map(len, told))
            boxes = [svg.box(middle[lines[0]] - pitch / 2 + 5, 4, pitch - 10, high, lines, bold=1) for lines in told]
            return high + 4, boxes
        roles, drawn = list(middle), list[str]()
        for index, role in enumerate(roles):
            half = svg.text_width(role, bold=True) / 2
            x, y = min(max(middle[role], half), width - half), 15 + svg.LEAD * (index % 2)
            drawn.append(svg.write(x, y, role, anchor="middle", bold=True))
            if not index % 2:
                drawn.append(svg.line(middle[role], y + 4, middle[role], 20 + svg.LEAD, dash="4 4"))
        return 20 + svg.LEAD, drawn


@reads(what=OUTCOME_OR_TRANSACTION, lab=LAB, by=maybe(SESSION_OR_WALLET))
def sequence(what: Outcome | Receipt | str, lab: BaseLab, by: BaseSession | BaseClient | None = None) -> Sequence:
    """Show one operation of ``lab`` from signer to target; of a bundle with several, the first.

    ``what``: an outcome, or a mined transaction (receipt or hash), including one from an externally owned account.
    An outcome that never reached the chain does not know its signer: pass the session or wallet as ``by``.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    >>> outcome = session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    >>> dict(sequence(outcome, lab).facts)["who signed"]
    'the session key 0x2312…9f38'
    """
    if isinstance(what, Outcome):
        if what.receipt is None:
            return _never_sent(what, by)
        return _operation(lab, _of(lab, what.receipt["transactionHash"], what)[0], what)
    transaction_hash = what if isinstance(what, str) else getattr(what, "transaction_hash", None)
    if not isinstance(transaction_hash, str):
        fix = "give what send_calls returned, or a transaction's hash."
        raise InvalidInput(f"{what!r} is neither an outcome nor a transaction.", field="what", fix=fix)
    result = _of(lab, transaction_hash, None)
    return _operation(lab, result[0], None) if result else _plain(lab, transaction_hash)


def _of(lab: BaseLab, transaction_hash: str, outcome: Outcome | None) -> list[ChargedOperation]:
    request = lab.provider.request
    block = hex(lab.chain.transaction(transaction_hash).block_number)
    result = mined_in(request, transaction_hash, block)
    if outcome is None or outcome.call_id is None:
        return result
    from sessionlab.core.erc4337.user_operation import operation_hash

    wanted = bytes.fromhex(outcome.call_id[2:])[-32:]
    return [item for item in result if operation_hash(item.operation, lab.chain.chain_id) == wanted]


def _operation(lab: BaseLab, charged_operation: ChargedOperation, outcome: Outcome | None) -> Sequence:
    operation, wallet = charged_operation.operation, f"the wallet {short_address(charged_operation.operation.sender)}"
    signer, key = _signer(lab, charged_operation)
    sponsor = operation.paymaster
    payer = f"the paymaster {short_address(sponsor)}" if sponsor else wallet
    cost = f"{format_ether(charged_operation.gas_cost)} for {charged_operation.gas_used:,} gas"
    actors = [(SIGNER, key), (BUNDLER, short_address(charged_operation.bundler)), (ENTRY_POINT, "v0.7")]
    actors += [(PAYMASTER, short_address(sponsor))] if sponsor else []
    actors += [(WALLET, short_address(operation.sender)), (TARGET, _target_name(lab, charged_operation))]
    paper = ", with the owner's signed grant" if charged_operation.installs else ""
    messages = [
        Message(SIGNER, BUNDLER, f"an operation, signed by {signer}{paper}"),
        Message(
            BUNDLER,
            ENTRY_POINT,
            f"handleOps in block {charged_operation.block}: a transaction, and the bundler signs that",
        ),
        Message(ENTRY_POINT, WALLET, "validateUserOp: ✓ signature and permissions"),
    ]
    messages += [Message(ENTRY_POINT, PAYMASTER, "✓ I pay for the gas")] if sponsor else []
    if operation.call_data:
        messages.append(
            Message(ENTRY_POINT, WALLET, f"{_entry(operation.call_data, lab.names)}: make the signed calls")
        )
    messages += _calls(lab, charged_operation, outcome)
    messages.append(Message(ENTRY_POINT, BUNDLER, f"{cost}, out of the deposit of {payer}"))
    called = bool(charged_operation.calls) and (charged_operation.success or not _refused_by_rules(outcome))
    return Sequence(tuple(actors), tuple(messages), signer, f"{payer}: {cost}", wallet if called else None)


def _entry(call_data: bytes, names: AddressBook) -> str:
    """Name the wallet's function that the EntryPoint calls."""
    signature = _ENTRIES.get(call_data[:4]) or names.signature(call_data[:4]) or f"0x{call_data[:4].hex()}"
    return signature.partition("(")[0]


def _calls(lab: BaseLab, operation: ChargedOperation, outcome: Outcome | None) -> Iterator[Message]:
    """Yield what the wallet does, or why it does nothing."""
    if not operation.success and _refused_by_rules(outcome):
        yield Message(WALLET, WALLET, f"{_reason(outcome)}: nothing is called, the gas is paid", refused=True)
        return
    for call in operation.calls[:SHOWN_CALLS]:
        words = describe(call, lab.names, operation.operation.sender)
        yield Message(WALLET, TARGET, f"{words}; msg.sender is the wallet")
    if len(operation.calls) > SHOWN_CALLS:
        yield Message(WALLET, TARGET, f"and {len(operation.calls) - SHOWN_CALLS} more calls")
    if not operation.success:
        yield Message(TARGET, WALLET, f"✗ {_reason(outcome)}: all calls are undone, the gas is paid", refused=True)


def _reason(outcome: Outcome | None) -> str:
    return outcome.denial.shown_code if outcome is not None and outcome.denial is not None else "it reverts"


def _refused_by_rules(outcome: Outcome | None) -> bool:
    """Whether a permission refused the operation before its first call."""
    return outcome is not None and outcome.denial is not None and outcome.denial.permission is not None


def _signer(lab: BaseLab, operation: ChargedOperation) -> tuple[str, str]:
    wallet = operation.operation.sender
    if operation.entity_id == 0:
        key = short_address(lab.api.owner_of(wallet))
        return f"the owner {key}", f"the owner\n{key}"
    known = [s for s in lab.api.records.sessions(wallet) if s.entity_id == operation.entity_id]
    key = short_address(known[-1].key) if known else f"of session {operation.entity_id}"
    return f"the session key {key}", f"session key\n{key}"


def _target_name(lab: BaseLab, operation: ChargedOperation) -> str:
    targets = list(dict.fromkeys(call.target for call in operation.calls))
    if not targets:
        return "none"
    if len(targets) > 1:
        return f"{len(targets)} contracts"
    if targets[0] == operation.operation.sender.lower():
        return "the wallet itself"
    return lab.names.address(targets[0]).partition(" (")[0]


def _never_sent(outcome: Outcome, by: BaseSession | BaseClient | None) -> Sequence:
    """Show an operation refused before any block: nobody pays, and the target is never called."""
    signer, name = "the signer", "its key"
    if isinstance(by, BaseSession):
        key = short_address(by.key.address)
        signer, name = f"the session key {key}", f"session key\n{key}"
    elif by is not None:
        key = short_address(by.owner.address)
        signer, name = f"the owner {key}", f"the owner\n{key}"
    denial = outcome.denial
    reason = f"{denial.code}, found in {denial.phase}" if denial else "not sent"
    messages = (
        Message(SIGNER, BUNDLER, f"an operation of {signer}"),
        Message(BUNDLER, SIGNER, f"✗ refused: {reason}", refused=True),
    )
    actors = ((SIGNER, name), (BUNDLER, "simulates"), (ENTRY_POINT, "never asked"), (WALLET, "never asked"))
    return Sequence((*actors, (TARGET, "never called")), messages, signer, None, None)


def _plain(lab: BaseLab, transaction_hash: str) -> Sequence:
    """Show a transaction of an externally owned account: one key signs, pays and is msg.sender."""
    sent, receipt = lab.chain.transaction(transaction_hash), lab.chain.receipt(transaction_hash)
    who = f"the account {short_address(sent.sender)}"
    target = sent.to or receipt.contract_address or ""
    words = describe(plain_call(target, sent.value, sent.data), lab.names)
    cost = f"{format_ether(receipt.gas_used * receipt.effective_gas_price)} for {receipt.gas_used:,} gas"
    messages = [Message(SIGNER, TARGET, f"block {receipt.block_number}: {words}")]
    if receipt.status != 1:
        messages.append(Message(TARGET, SIGNER, "✗ it reverts: all is undone, the gas is paid", refused=True))
    actors = ((SIGNER, short_address(sent.sender)), (TARGET, lab.names.address(target).partition(" (")[0]))
    return Sequence(actors, tuple(messages), who, f"{who}: {cost}", who)


def _message(number: int, message: Message, middle: dict[str, float], y: float, width: float) -> tuple[float, str]:
    """Draw a message: its words, and an arrow below them, which an actor's word to itself does not have."""
    start, end = middle[message.sender], middle[message.receiver]
    colour, words_colour = (RED, svg.WARNING) if message.refused else (INK, INK)
    lines = svg.fitted(f"{number}. {message.words}", width - 8)
    wide = max(map(svg.text_width, lines))
    left = max(0, min(min(start, end) + 6, width - wide))
    if start == end:
        left = max(0, min(start - wide / 2, width - wide))
    drawn = ""
    for words in lines:
        y += svg.LEAD
        drawn += svg.write(left, y + 4, words, colour=words_colour, paper=True)
    if start == end:
        return y + ARROW, drawn + svg.cross(start, y + ARROW)
    return y + ARROW, drawn + svg.arrow(
        start, y + 13, end, y + 13, colour=colour, dash="6 3" if message.refused else ""
    )
