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
from sessionlab.core.base.html import BLUE, RED, frame
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.client.session import BaseSession
from sessionlab.core.permissions.operation import plain_call
from sessionlab.study.doors import LAB, OUTCOME_OR_TRANSACTION, SESSION_OR_WALLET
from sessionlab.study.explain.decoding import describe
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Picture
from sessionlab.study.recording.charged_operations import ChargedOperation, mined_in
from sessionlab.study.text import aligned

if TYPE_CHECKING:
    from sessionlab.core.client.smart_wallet import BaseClient
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
WIDTH, HEAD, ROW = 860, 78, 54


@dataclass(frozen=True, slots=True)
class Message:
    """One participant's message to another."""

    sender: str
    receiver: str
    words: str
    refused: bool = False


@dataclass(frozen=True, repr=False)
class Sequence(Picture):
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

    def html(self) -> str:
        """Draw lifelines and arrows, with the three facts below."""
        facts = "".join(f"<div><b>{name}</b>: {escape(who)}</div>" for name, who in self.facts)
        refused = any(message.refused for message in self.messages)
        body = f"<div style='overflow-x:auto'>{self._svg()}</div><div style='margin-top:6px'>{facts}</div>"
        return frame("Who signs, who pays, whom the target sees", RED if refused else BLUE, body, "62em")

    def _svg(self) -> str:
        pitch = WIDTH / len(self.actors)
        middle = {role: pitch * (index + 0.5) for index, (role, _) in enumerate(self.actors)}
        height = HEAD + ROW * len(self.messages) + 16
        parts = [svg.line(x, HEAD, x, height - 6, dash="4 4") for x in middle.values()]
        parts += [
            svg.box(middle[role] - pitch / 2 + 5, 4, pitch - 10, HEAD - 8, (role, *n.split("\n")), bold=1)
            for role, n in self.actors
        ]
        for row, message in enumerate(self.messages):
            parts.append(_message(message, middle, HEAD + ROW * row + 40))
        return svg.drawing(self.alternative_text, WIDTH, height, parts)


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
    messages += _calls(lab, charged_operation, outcome)
    messages.append(Message(ENTRY_POINT, BUNDLER, f"{cost}, out of the deposit of {payer}"))
    called = bool(charged_operation.calls) and (charged_operation.success or not _refused_by_rules(outcome))
    return Sequence(tuple(actors), tuple(messages), signer, f"{payer}: {cost}", wallet if called else None)


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


def _message(message: Message, middle: dict[str, float], y: float) -> str:
    start, end = middle[message.sender], middle[message.receiver]
    colour = RED if message.refused else svg.INK
    if start == end:
        drawn = svg.write(start, y - 7, "✗", anchor="middle", colour=RED, bold=True)
    else:
        drawn = svg.arrow(start, y, end, y, colour=colour, dash="6 3" if message.refused else "")
    # Start words on the side with the most room.
    left, right = min(start, end), max(start, end)
    room = svg.PLAIN_LETTER * len(message.words)
    x, anchor = (left + 6, "start") if left + 6 + room <= WIDTH else (right - 10, "end")
    if anchor == "end" and right - room < 0:
        x, anchor = WIDTH / 2, "middle"
    return drawn + svg.write(x, y - 8, message.words, anchor=anchor, paper=True)
