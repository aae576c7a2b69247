"""Who called whom in a transaction, as a tree: function, gas, ETH, and why a call failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sessionlab.core import deployments
from sessionlab.core.base.amounts import short_address
from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, INK, RED
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import CONTRACTS, EMPTY, UNKNOWN, decode_revert
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR
from sessionlab.node.tracing import failure_words, trace_of_transaction
from sessionlab.study.doors import LAB, OUTCOME_OR_TRANSACTION
from sessionlab.study.listing import folded
from sessionlab.study.own_contracts.errors import own_error
from sessionlab.study.pictures import svg
from sessionlab.study.pictures.base import Plot
from sessionlab.study.tables import NO, YES
from sessionlab.study.text import aligned, count, folded_rows, rounded

if TYPE_CHECKING:
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.evm.records import Receipt
    from sessionlab.core.lab.lab import BaseLab
    from sessionlab.node.traced_calls import TracedCall

#: In drawing units: the columns to the right of the words (a bar, gas, ETH), the height of a row, and a level.
BAR, GAS, VALUE, ROW, INDENT = 60, 115, 130, 22, 16
#: Calls that are drawn at each end, and levels by which one is moved to the right.
ENDS, MOST_INDENT = 30, 12
#: What has every call.
WHERE = "picture.calls"
#: Addresses with code of the chain itself (Prague).
PRECOMPILES = ("ecrecover", "sha256", "ripemd160", "identity", "modexp", "ecAdd", "ecMul", "ecPairing", "blake2f")
#: Calls by which wei moves; a DELEGATECALL only shows the wei of the call around it.
PAYING = ("CALL", "CALLCODE", "CREATE", "CREATE2", "SELFDESTRUCT")
#: How many letters of a reason are kept.
REASON_LETTERS = 96


@dataclass(frozen=True, slots=True)
class TreeCall:
    """One call. ``depth`` 0 is the transaction; ``gas`` in gas with what its own calls used; ``value`` in wei."""

    depth: int
    kind: str
    caller: str
    to: str | None
    #: The called account's name, and its function as far as it is known.
    name: str
    function: str
    gas: int
    value: int
    #: Why it failed; None if it succeeded.
    failure: str | None

    @property
    def sign(self) -> str:
        """``✓`` or ``✗``."""
        return YES if self.failure is None else NO

    @property
    def words(self) -> str:
        """Whom it calls and how, in one line."""
        return f"{self.name}: {self.how}"

    @property
    def how(self) -> str:
        """What is called, and by which kind of call if it is not a plain one."""
        return self.function if self.kind == "CALL" else f"{self.function}, {self.kind.lower()}"


@dataclass(frozen=True, repr=False)
class CallTree(Plot):
    """The calls of one transaction, each before those that it made."""

    transaction_hash: str
    calls: tuple[TreeCall, ...]
    names: AddressBook

    @property
    def failed(self) -> tuple[TreeCall, ...]:
        """The calls that failed."""
        return tuple(call for call in self.calls if call.failure is not None)

    @property
    def alternative_text(self) -> str:
        """Count the calls, and name the outermost one and its gas."""
        first, deepest = self.calls[0], max(call.depth for call in self.calls)
        failed = f"{len(self.failed):,} failed" if self.failed else "none failed"
        return (
            f"Call tree of the transaction {short_address(self.transaction_hash)}: {count(len(self.calls), 'call')}, "
            f"{failed}, {count(deepest, 'level')} deep. {first.words} {'reverts' if first.failure else 'succeeds'} "
            f"for {first.gas:,} gas."
        )

    def text(self) -> str:
        """Return one line per call, indented by its depth."""
        rows = folded_rows(self.calls, self._line, WHERE, _kind)
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows))])

    def _line(self, call: TreeCall) -> tuple[str, str, str, str]:
        words = f"{'  ' * call.depth}{call.sign} {call.words}"
        return words, f"{call.gas:,} gas", self._value(call), call.failure or ""

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "Who called whom, and what it took"

    @property
    def colour(self) -> str:
        """Red if the transaction failed."""
        return RED if self.calls[0].failure else BLUE

    def draw(self, width: float) -> svg.Drawing:
        """Draw the tree, with gas and ETH in columns, or below each call where there is no room for columns."""
        columns = width >= svg.WIDE
        parts, y = list[str](), 4.0
        if columns:
            parts.append(svg.write(width - VALUE, 15, "gas, with its calls", anchor="end", colour=svg.SOFT))
            parts.append(svg.write(width, 15, "sends", anchor="end", colour=svg.SOFT))
            y += ROW
        for row in folded(self.calls, lambda call: call, str, WHERE, _kind, ends=ENDS):
            if isinstance(row, str):
                parts.append(svg.write(4, y + 15, svg.cut(row, width - 4), colour=svg.SOFT))
                y += ROW
            else:
                y, drawn = self._row(row, y, width, columns=columns)
                parts.append(drawn)
        return svg.Drawing(y + 4, parts)

    def _row(self, call: TreeCall, y: float, width: float, *, columns: bool) -> tuple[float, str]:
        """Draw a call, and return where the next one begins."""
        indent = INDENT if columns else INDENT / 2
        x, colour = 4 + indent * min(call.depth, MOST_INDENT), svg.WARNING if call.failure else INK
        drawn, value = list[str](), rounded(self._value(call))
        if call.depth:
            way = f"M{x - indent + 5:.1f} {y - 4:.1f}V{y + 10:.1f}H{x - 1:.1f}"
            drawn.append(svg.path(way, colour=svg.SOFT))
        level = f"level {call.depth}: " if call.depth > MOST_INDENT else ""
        words = f"{call.sign} {level}{call.name.partition(' (')[0]}: {call.how}"
        room = width - x - (BAR + GAS + VALUE + 10 if columns else 0)
        bold = call.depth == 0
        drawn.append(svg.write(x, y + 15, svg.cut(words, room, bold=bold), bold=bold, colour=colour))
        gas = f"{call.gas:,} gas"
        if columns:
            share = BAR * min(call.gas / max(self.calls[0].gas, 1), 1)
            drawn.append(svg.rect(width - VALUE - GAS - BAR, y + 5, share, 10, RED if call.failure else BLUE))
            drawn.append(svg.write(width - VALUE, y + 15, gas, anchor="end"))
            drawn.append(svg.write(width, y + 15, value, anchor="end"))
        else:
            y += ROW - 3
            said = f"{gas}, sends {value}" if value else gas
            drawn.append(svg.write(x + 16, y + 15, said, colour=svg.SOFT))
        if call.failure:
            y += ROW - 3
            drawn.append(svg.write(x + 16, y + 15, svg.cut(call.failure, width - x - 16), colour=svg.WARNING))
        title = f"{call.kind} from {call.caller} to {call.to or 'nobody'} {self._value(call)}".rstrip()
        return y + ROW, svg.titled(f"{title}: {call.words}", *drawn)

    def _value(self, call: TreeCall) -> str:
        return self.names.amount(call.value, "wei") if call.value else ""


@reads(what=OUTCOME_OR_TRANSACTION, lab=LAB)
def call_tree(what: Outcome | Receipt | str, lab: BaseLab) -> CallTree:
    """Show every call of the transaction that carried an operation, or of any other: an outcome, a receipt or a hash.

    Gas is what the transaction is charged and what each call used. Raises InvalidInput for an outcome that never got
    into a block, and ChainError for an unknown transaction.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    >>> outcome = session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    >>> [call.function for call in call_tree(outcome, lab).calls if call.to == lab.counter]
    ['increment()']
    """
    if isinstance(what, Outcome):
        if what.receipt is None:
            fix = "look at its denial, or send it with preflight=False."
            raise InvalidInput("This operation never got into a block, so it called nobody.", field="what", fix=fix)
        transaction_hash = what.receipt["transactionHash"]
    else:
        transaction_hash = what if isinstance(what, str) else what.transaction_hash
    traced = trace_of_transaction(lab.chain, transaction_hash)
    return CallTree(transaction_hash, tuple(_flat(traced, 0, Namer(lab))), lab.names)


class Namer:
    """What accounts of a lab are called: those of the address book, and those that every lab has."""

    def __init__(self, lab: BaseLab) -> None:
        self.names = lab.names
        self._own = {
            ENTRY_POINT: "EntryPoint",
            SENDER_CREATOR: "SenderCreator",
            deployments.FACTORY: "factory",
            deployments.IMPLEMENTATION: "wallet's code",
            deployments.DELEGATE_7702: "wallet's code for plain accounts",
            lab.bundler.address: "bundler",
            **{account.address: "wallet" for account in lab.api.records.accounts()},
        }

    def name(self, address: str | None) -> str:
        """Return what to call an account; None is a contract that has no address yet."""
        if address is None:
            return "a contract"
        number = int(address, 16)
        if 0 < number <= len(PRECOMPILES):
            return PRECOMPILES[number - 1]
        if address in self._own:
            return f"{self._own[address]} ({short_address(address)})"
        return self.names.address(address)


def _flat(call: TracedCall, depth: int, namer: Namer) -> Iterator[TreeCall]:
    value = (call.value or 0) if call.kind in PAYING else 0
    failure, what = None if call.halt is None else _why(call, namer.names), _function(call, namer.names)
    yield TreeCall(depth, call.kind, call.caller, call.to, namer.name(call.to), what, call.gas_used, value, failure)
    for inner in call.calls:
        yield from _flat(inner, depth + 1, namer)


def _function(call: TracedCall, names: AddressBook) -> str:
    if call.kind.startswith("CREATE"):
        return f"{len(call.data):,} bytes of init code"
    if call.kind == "SELFDESTRUCT":
        return "gets all its ETH"
    if call.to is not None and 0 < int(call.to, 16) <= len(PRECOMPILES):
        return f"precompile, {len(call.data):,} bytes"
    if not call.data:
        return "a payment" if call.value else "no data"
    signature = known_functions().get(call.data[:4]) or names.signature(call.data[:4])
    if signature is None:
        return f"0x{call.data[:4].hex()}…, {len(call.data):,} bytes" if len(call.data) >= 4 else f"0x{call.data.hex()}"
    name, _, arguments = signature.partition("(")
    return f"{name}()" if arguments == ")" else f"{name}(…)"


@cache
def known_functions() -> dict[bytes, str]:
    """Return the signatures of all functions of the lab's contracts, by selector."""
    return {entry.selector: entry.signature for name in CONTRACTS for entry in artifact(name).functions.values()}


def _why(call: TracedCall, names: AddressBook) -> str:
    if call.halt != "Revert":
        return failure_words(call)
    revert = decode_revert(call.output)
    if revert.name == EMPTY:
        return "reverted without a reason"
    if own := own_error(revert, names):
        return _cut(f"reverted: {own}", REASON_LETTERS)
    if revert.name == UNKNOWN:
        return _cut(f"reverted with 0x{call.output.hex()}", REASON_LETTERS)
    return _cut(f"reverted: {revert}", REASON_LETTERS)


def _kind(call: TreeCall) -> str:
    return "ok" if call.failure is None else "failed"


def _cut(text: str, letters: float) -> str:
    return text if len(text) <= letters else text[: max(int(letters) - 1, 8)] + "…"
