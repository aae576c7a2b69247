"""Gas bars: each operation's gas limits, which a gas-limit counts, and the gas charged; or in wei, value and gas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.doors import reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import SESSION_OR_WALLET, one_of
from sessionlab.study.listing import folded
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import (
    BLUE,
    HATCHES,
    INK,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    SOFT,
    gap,
    legend,
    name_axes,
    number_places,
    panels,
    say,
)
from sessionlab.study.recording.charged_operations import ChargedOperation, mined_of
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient

#: The parts of a bar, by unit.
PARTS = {"gas": ("verification", "execution", "preVerification", "paymaster"), "wei": ("value", "gas")}
COLOURS = (BLUE, SKY, ORANGE, PURPLE)
#: Up to this many bars have room for numbers next to each other, and this many for words.
FEW, MORE = 6, 14
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
        return f"{number}, {were}: limits of {limits:,} gas in all, of which {charged:,} gas were charged."

    def text(self) -> str:
        """Return one line per operation."""
        heads = ("operation", *PARTS[self.unit], *(("in all", "charged") if self.unit == "gas" else ()), "")
        rows = [heads, *folded_rows(self._numbered, _line, WHERE, _became)]
        return "\n".join([self.alternative_text, *(f"  {line}" for line in aligned(rows)), f"  (all in {self.unit})"])

    @property
    def _numbered(self) -> list[tuple[int, GasBar]]:
        return list(enumerate(self.bars, 1))

    @property
    def _labels(self) -> bool:
        """Whether to print numbers, if there is room: next to ether, gas is too thin a line to read."""
        return self.unit == "wei" and len(self.bars) <= FEW

    def draw(self) -> Figure:
        """Draw bars with hatches, a diamond for the gas charged and a cross over failures."""
        figure, (axes,) = panels()
        scale, unit = (1e3, "thousand gas") if self.unit == "gas" else _wei_scale(self.bars)
        whole = dict(enumerate(folded(self._numbered, lambda item: item, str, WHERE, _became), 1))
        shown = {x: item for x, item in whole.items() if not isinstance(item, str)}
        bars, places = [bar for _, bar in shown.values()], list(shown)
        bottom = [0.0] * len(bars)
        for part, name in enumerate(PARTS[self.unit]):
            if name == "paymaster" and not any(bar.parts[part] for bar in bars):
                continue  # no operation was sponsored
            heights = [bar.parts[part] / scale for bar in bars]
            style: dict[str, Any] = {"color": COLOURS[part], "hatch": HATCHES[part], "edgecolor": INK, "linewidth": 0.6}
            axes.bar(places, heights, bottom=bottom, width=0.62, label=name, **style)
            bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
        charged = [(index, bar.charged / scale) for index, bar in zip(places, bars, strict=True) if bar.charged]
        if charged:
            mark: dict[str, Any] = {"marker": "D", "markersize": 9, "color": INK, "linestyle": "none"}
            mark |= {"markeredgecolor": PAPER, "markeredgewidth": 1.5}
            axes.plot(*zip(*charged, strict=True), label="charged", **mark)
        for index, top, bar in zip(places, bottom, bars, strict=True):
            words = [] if bar.success else ["✗ failed"]
            words += [f"gas {bar.parts[1] / scale:.6f}"] if self._labels else []
            say(axes, index, top, "\n".join(words), failed=not bar.success, upright=len(bars) > MORE)
        number_places(axes, {x: f"{number:,}" for x, (number, _) in shown.items()})
        axes.set_ylim(0, 1.25 * max([*bottom, 1e-9]))
        axes.grid(axis="y", color=SOFT, alpha=0.25)
        axes.set_axisbelow(True)
        name_axes(axes, "operation", f"gas limits ({unit})" if self.unit == "gas" else f"left the wallet ({unit})")
        for x, item in whole.items():
            if isinstance(item, str):
                gap(axes, x, item)
        legend(axes, columns=4)
        return figure


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


def _wei_scale(bars: Sequence[GasBar]) -> tuple[float, str]:
    """Use ETH, or a smaller unit if the largest amount is dust."""
    most = max((sum(bar.parts) for bar in bars), default=0)
    return (1e18, "ETH") if most >= 10**16 else (1e15, "thousandths of an ETH")
