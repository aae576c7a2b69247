"""Gas bars: each operation's gas limits, which a gas-limit counts, and the gas charged; or in wei, value and gas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import SESSION_OR_WALLET, one_of
from sessionlab.study.listing import folded
from sessionlab.study.pictures.bars import Bar, Legend
from sessionlab.study.pictures.bars import draw as draw_bars
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.svg import Drawing
from sessionlab.study.recording.charged_operations import ChargedOperation, mined_of
from sessionlab.study.text import aligned, count, folded_rows, rounded

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient

#: The parts of a bar, by unit.
PARTS = {"gas": ("verification", "execution", "preVerification", "paymaster"), "wei": ("value", "gas")}
#: What has every operation.
WHERE = "picture.bars"


@dataclass(frozen=True, slots=True)
class GasBar:
    """One operation: its parts from the bottom up, what was charged, and whether its calls succeeded."""

    #: Gas limits (verification, execution, preVerification, the paymaster's); or wei (value, gas).
    parts: tuple[int, ...]
    #: Gas charged, including the penalty for unused gas; None if the bar itself is what was paid.
    charged: int | None
    success: bool


@dataclass(frozen=True, repr=False)
class GasBars(Plot):
    """Stacked bars, one per operation on the chain. ``unit``: gas or wei."""

    unit: str
    bars: tuple[GasBar, ...]

    @property
    def alternative_text(self) -> str:
        """Give the totals in words."""
        number, failed = count(len(self.bars), "operation"), sum(not bar.success for bar in self.bars)
        were = f"{failed} of them failed" if failed else "none of them failed"
        if self.unit == "wei":
            value, gas = (sum(bar.parts[index] for bar in self.bars) for index in (0, 1))
            return f"{number}, {were}: {format_ether(value)} of value and {format_ether(gas)} of gas left the wallet."
        limits, charged = sum(sum(bar.parts) for bar in self.bars), sum(bar.charged or 0 for bar in self.bars)
        return f"{number}, {were}: limits of {limits:,} gas in all, of which {charged:,} gas was charged."

    def text(self) -> str:
        """Return one line per operation."""
        heads = ("operation", *PARTS[self.unit], *(("in all", "charged") if self.unit == "gas" else ()), "")
        rows = [heads, *folded_rows(self._numbered, _line, WHERE, _became)]
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows)), f"  (all in {self.unit})"])

    @property
    def _numbered(self) -> list[tuple[int, GasBar]]:
        return list(enumerate(self.bars, 1))

    @property
    def title(self) -> str:
        """The heading of its card."""
        limits = "Gas limits of each operation, and the gas charged"
        return limits if self.unit == "gas" else "What left the wallet with each operation"

    def draw(self, width: float) -> Drawing:
        """Draw a bar for each operation, with the gas charged as a diamond."""
        legend = Legend(PARTS[self.unit], "charged" if self.unit == "gas" else "")
        return draw_bars(folded(self._numbered, self._bar, str, WHERE, _became), legend, width)

    def _bar(self, item: tuple[int, GasBar]) -> Bar:
        number, bar = item
        head = f"{number:,} {'✓ done' if bar.success else '✗ failed'}"
        title = f"operation {head}: {self._words(bar, str)}"
        words = self._words(bar, rounded)
        return Bar(head, words, bar.parts, bar.charged, not bar.success, title)

    def _words(self, bar: GasBar, show: Callable[[str], str]) -> str:
        if self.unit == "wei":
            named = zip(bar.parts, PARTS["wei"], strict=True)
            return " and ".join(f"{show(format_ether(wei))} of {name}" for wei, name in named)
        return f"{show(f'{bar.charged or 0:,} gas')} charged, limits of {show(f'{sum(bar.parts):,} gas')}"


@reads(who=SESSION_OR_WALLET, unit=one_of("gas", "wei"))
def gas_bars(who: BaseSession | BaseClient, unit: str = "gas") -> GasBars:
    """Show the operations on the chain, of a session or of a whole wallet, as bars.

    ``unit="gas"``: the three gas limits, whose sum a gas-limit counts under the documented rules, and the gas charged.
    ``unit="wei"``: what left the wallet, value and gas stacked; gas that a paymaster paid is not included.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> wallet = lab.wallet()
    >>> outcome = wallet.send_calls([sl.Call(to=lab.merchant, value=sl.ether(1))])
    >>> gas_bars(wallet, "wei").bars[0].parts == (sl.ether(1), outcome.gas_cost)
    True
    """
    if unit not in PARTS:
        raise InvalidInput(f"{unit!r} is not a unit of bars.", field="unit", asked=unit, fix="use 'gas' or 'wei'.")
    result = mined_of(who)
    return GasBars(unit, tuple(_limits(item) if unit == "gas" else _wei(item) for item in result))


def _line(item: tuple[int, GasBar]) -> list[str]:
    number, bar = item
    amounts = [f"{part:,}" for part in bar.parts]
    if bar.charged is not None:
        amounts += [f"{sum(bar.parts):,}", f"{bar.charged:,}"]
    return [str(number), *amounts, "✓ done" if bar.success else "✗ failed"]


def _became(item: tuple[int, GasBar]) -> str:
    return "done" if item[1].success else "failed"


def _limits(operation: ChargedOperation) -> GasBar:
    limits = operation.operation
    paymaster = limits.paymaster_verification_gas_limit + limits.paymaster_post_op_gas_limit
    parts = (limits.verification_gas_limit, limits.call_gas_limit, limits.pre_verification_gas, paymaster)
    return GasBar(parts, operation.gas_used, operation.success)


def _wei(operation: ChargedOperation) -> GasBar:
    return GasBar(
        (operation.value, 0 if operation.operation.paymaster else operation.gas_cost), None, operation.success
    )
