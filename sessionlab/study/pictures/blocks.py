"""Block timeline: the blocks of a chain over time, with their contents, failures and gas used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import NUMBER, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.included import read_logs
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.chain import Chain
from sessionlab.study.doors import a
from sessionlab.study.listing import folded
from sessionlab.study.pictures import bars
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.svg import Drawing
from sessionlab.study.text import aligned, count, duration, folded_rows, rounded

if TYPE_CHECKING:
    from sessionlab.core.evm.records import Block
    from sessionlab.core.lab.lab import BaseLab

#: What has every block.
WHERE = "picture.blocks"


@dataclass(frozen=True, slots=True)
class InChain:
    """One block. Time in Unix seconds, gas in units of gas."""

    number: int
    time: int
    gas: int
    transactions: int
    #: Transactions that reverted, plus operations that failed within a successful bundle.
    failed: int
    operations: int

    @property
    def sort(self) -> str:
        """``empty``, ``with failures`` or ``without failures``."""
        return "with failures" if self.failed else "without failures" if self.transactions else "empty"

    @property
    def what(self) -> str:
        """Describe its contents in words."""
        parts = [count(self.transactions, "transaction")] if self.transactions else ["empty"]
        parts += [count(self.operations, "operation")] if self.operations else []
        return ", ".join([*parts, *([f"✗ {self.failed} failed"] if self.failed else [])])


@dataclass(frozen=True, repr=False)
class Blocks(Plot):
    """Blocks in order."""

    blocks: tuple[InChain, ...]

    @property
    def alternative_text(self) -> str:
        """Give the totals."""
        first, last = self.blocks[0], self.blocks[-1]
        failed = sum(block.failed for block in self.blocks)
        return (
            f"Blocks {first.number} to {last.number}, {count(last.time - first.time, 'second')} of chain time: "
            f"{count(sum(b.transactions for b in self.blocks), 'transaction')}, "
            f"{sum(b.gas for b in self.blocks):,} gas used, {failed} failed."
        )

    def text(self) -> str:
        """Return one line per block."""
        rows = folded_rows(
            self.blocks,
            lambda b: (f"block {b.number}", format_time(b.time), f"{b.gas:,} gas", b.what),
            WHERE,
            lambda b: b.sort,
        )
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows))])

    @property
    def title(self) -> str:
        """The heading of its card."""
        return f"Blocks {self.blocks[0].number:,} to {self.blocks[-1].number:,}, and the gas used in each"

    def draw(self, width: float) -> Drawing:
        """Draw a bar of gas for each block, with the time since the one before and what it holds."""
        before = [self.blocks[0], *self.blocks]
        rows = folded(list(zip(self.blocks, before, strict=False)), self._bar, str, WHERE, lambda two: two[0].sort)
        return bars.draw(rows, bars.Legend(), width)

    def _bar(self, two: tuple[InChain, InChain]) -> bars.Bar:
        block, before = two
        later = f", {duration(block.time - before.time)} later" if block is not before else ""
        gas = f"{block.gas:,} gas"
        head, title = f"block {block.number:,}{later}", f"block {block.number}, {format_time(block.time)}"
        words = f"{block.what}, {rounded(gas)}" if block.transactions else block.what
        return bars.Bar(head, words, (block.gas,), None, bool(block.failed), f"{title}: {gas}, {block.what}")


@reads(
    lab=a("sessionlab.core.lab.lab:BaseLab", "sessionlab.core.evm.chain:Chain", fix="give a lab, or lab.chain."),
    first=NUMBER,
    last=maybe(NUMBER),
)
def blocks(lab: BaseLab | Chain, first: int = 0, last: int | None = None) -> Blocks:
    """Return the blocks of a lab or chain from ``first`` to ``last``, both included; ``last`` defaults to the newest.

    Raises ChainError if a block does not exist, InvalidInput if the last one is before the first.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> start = lab.chain.height
    >>> lab.fund(lab.merchant, 5)
    >>> passed = lab.travel(60)
    >>> lab.fund(lab.merchant, 5)
    >>> [(block.gas, block.failed) for block in blocks(lab, start + 1).blocks]
    [(21000, 0), (21000, 0)]
    """
    chain = lab if isinstance(lab, Chain) else lab.chain
    end = chain.height if last is None else last
    if last is not None and last < first:
        message = f"The last block, {last}, is before the first, {first}."
        raise InvalidInput(message, field="last", asked=last, left=first, fix=f"give {first} or more.")
    return Blocks(tuple(_in_chain(chain.block(number)) for number in range(min(first, end), end + 1)))


def _in_chain(block: Block) -> InChain:
    included = [log for r in block.receipts if r.to == ENTRY_POINT for log in read_logs(r.logs)]
    failed = sum(receipt.status != 1 for receipt in block.receipts) + sum(not log.success for log in included)
    return InChain(block.number, block.timestamp, block.gas_used, len(block.receipts), failed, len(included))
