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
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import BLUE, HATCHES, INK, SOFT, gap, name_axes, number_places, panels, say
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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

    def draw(self) -> Figure:
        """Draw a bar of gas per block, labelled with the time since the first; failures have a cross and a word."""
        figure, (axes,) = panels()
        first = self.blocks[0].time
        whole = folded(self.blocks, lambda block: block, str, WHERE, lambda b: b.sort)
        top = max(*(block.gas / 1e3 for block in whole if not isinstance(block, str)), 1.0)
        for index, block in enumerate(whole):
            if isinstance(block, str):
                continue
            height = block.gas / 1e3
            if not block.transactions:
                say(axes, index, 0, "empty", upright=True)
                continue
            hatch = HATCHES[1] if block.failed else ""
            axes.bar(index, height, width=0.62, color=BLUE, hatch=hatch, edgecolor=INK, linewidth=0.6)
            if block.failed:
                say(axes, index, height, "✗ failed", failed=True, upright=True)
        places = [(index, block) for index, block in enumerate(whole) if not isinstance(block, str)]
        number_places(axes, {index: f"{block.number:,}\n+{block.time - first:,}" for index, block in places})
        axes.set_ylim(0, 1.3 * top)
        axes.grid(axis="y", color=SOFT, alpha=0.25)
        axes.set_axisbelow(True)
        name_axes(axes, f"block, and seconds since block {self.blocks[0].number}", "gas used (thousand gas)")
        for index, block in enumerate(whole):
            if isinstance(block, str):
                gap(axes, index, block)
        return figure


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
