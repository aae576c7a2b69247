"""Allowance burn-down: what remains of each allowance after each operation, with refusals marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import TEXT, each, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.study.allowances import Allowance, allowances_of
from sessionlab.study.doors import SESSION
from sessionlab.study.history import history_of
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.figures import BLUE, RED, SOFT, legend, name_axes, panels, thinned
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sessionlab.core.client.session import BaseSession


#: More crosses than this cover each other.
CROSSES = 40


@dataclass(frozen=True, slots=True)
class BurnStep:
    """What remained after the n-th operation that touched an allowance; if it was ``refused``, it used nothing."""

    operation: int
    remaining: int
    asked: int
    refused: bool


@dataclass(frozen=True)
class Burn:
    """One allowance over a session's operations. Amounts are in ``unit``: wei, gas, or a token's address."""

    permission: str
    unit: str
    limit: int
    steps: tuple[BurnStep, ...]
    shown_limit: str
    shown_remaining: str
    #: The unit shown to people, and how many of ``unit`` it is.
    axis_unit: str
    scale: float

    @property
    def remaining(self) -> int:
        """What remains at the end."""
        return self.steps[-1].remaining if self.steps else self.limit

    @property
    def sentence(self) -> str:
        """Describe the curve in words."""
        done = sum(not step.refused for step in self.steps)
        refused = len(self.steps) - done
        used = f"{count(done, 'operation')} used some" if self._is_asset else f"{done} {_were(done)} counted"
        return (
            f"Burn-down of {self.permission}: {self.shown_limit} at first, {used}, "
            f"{refused} {_were(refused)} refused, {self.shown_remaining} left."
        )

    @property
    def _is_asset(self) -> bool:
        """Whether operations use an amount; otherwise the operations themselves are counted."""
        return self.unit not in [limit.unit for limit in LIMITS.values() if limit.counts and not limit.is_asset]


@dataclass(frozen=True, repr=False)
class BurnDown(Plot):
    """Allowances side by side. They only fall: paying ETH or tokens into the wallet refills none of them."""

    burns: tuple[Burn, ...]
    names: AddressBook

    @property
    def alternative_text(self) -> str:
        """Describe the curves in words."""
        return " ".join(burn.sentence for burn in self.burns)

    def text(self) -> str:
        """Return one line for each operation that used some of it or was refused."""
        lines = []
        for burn in self.burns:
            rows = [("operation", "asked", "", "left"), ("at first", "", "", burn.shown_limit)]
            steps = folded_rows(
                burn.steps,
                partial(self._line, burn),
                "picture.burns",
                lambda step: "refused" if step.refused else "used",
            )
            lines += [burn.sentence, *(f"  {line}" for line in aligned([*rows, *steps]))]
        return "\n".join(lines)

    def _line(self, burn: Burn, step: BurnStep) -> list[str]:
        asked, left = (self.names.amount(amount, burn.unit) for amount in (step.asked, step.remaining))
        return [str(step.operation), asked, "✗ refused" if step.refused else "✓ used", left]

    def draw(self) -> Figure:
        """Draw falling steps, and a cross where an operation asked for more than was left."""
        figure, axes = panels(len(self.burns))
        for index, burn in enumerate(self.burns):
            _draw(axes[index], burn)
        return figure


@reads(session=SESSION, permissions=each(TEXT))
def burn_down(session: BaseSession, *permissions: str) -> BurnDown:
    """Show what remains of the allowances after each operation: of all of them, or of the named ones.

    A name is a permission's type or a token's address. Raises NotFound if nothing is counted under that name or
    at all.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    >>> for amount in ("0.6", "0.6"):
    ...     outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether(amount))])
    >>> burn_down(session)
    Burn-down of native-token-transfer: 1 ETH at first, 1 operation used some, 1 was refused, 0.4 ETH left.
      operation  asked               left
      at first                       1 ETH
      1          0.6 ETH  ✓ used     0.4 ETH
      2          0.6 ETH  ✗ refused  0.4 ETH
    """
    counted = allowances_of(session)
    if not len(counted):
        fix = "draw its reach instead: session.plot('reach')."
        raise NotFound("Nothing is counted for this session, so nothing burns down.", field="session", fix=fix)
    wanted = [item for name in permissions for item in _named(counted, name)] if permissions else list(counted)
    return BurnDown(tuple(_burn(session, item) for item in wanted), session.names)


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _named(counted: object, name: str) -> list[Allowance]:
    items: list[Allowance] = list(counted)  # type: ignore[call-overload]  # a sequence of allowances
    result = [item for item in items if name.lower() in (item.permission, item.unit.lower())]
    if not result:
        known = ", ".join(dict.fromkeys(item.permission for item in items))
        raise NotFound(f"No allowance is called {name!r}.", field="permission", asked=name, fix=f"use {known}.")
    return result


def _burn(session: BaseSession, item: Allowance) -> Burn:
    remaining, steps = item.limit, list[BurnStep]()
    for entry in history_of(session):
        if entry.what == "consumed" and (entry.permission, entry.unit) == (item.permission, item.unit):
            remaining = entry.remaining or 0
            steps.append(BurnStep(len(steps) + 1, remaining, entry.amount or 0, refused=False))
        elif (denial := entry.denial) is not None and denial.permission == item.permission:
            if denial.unit and denial.unit.startswith("0x") and denial.unit.lower() != item.unit.lower():
                continue  # it belongs to another token
            asked = denial.asked if isinstance(denial.asked, int) else 0
            steps.append(BurnStep(len(steps) + 1, remaining, asked, refused=True))
    amount, (scale, unit) = session.names.amount, _scale(session.names, item.unit)
    shown = amount(item.limit, item.unit), amount(remaining, item.unit)
    return Burn(item.permission, item.unit, item.limit, tuple(steps), *shown, unit, scale)


def _scale(names: AddressBook, unit: str) -> tuple[float, str]:
    from sessionlab.core.base.addresses import address_bytes

    if unit == "wei":
        return 1e18, "ETH"
    if unit == "gas":
        return 1e3, "thousand gas"
    if not unit.startswith("0x"):
        return 1.0, unit
    token = names.tokens.get(address_bytes(unit))
    return (10.0**token.decimals, token.symbol) if token else (1.0, "units")


def _draw(axes: Axes, burn: Burn) -> None:
    end = max(len(burn.steps), 1) + 0.5
    steps = thinned(burn.steps)
    x = [0, *(step.operation for step in steps), end]
    y = [left / burn.scale for left in (burn.limit, *(step.remaining for step in steps), burn.remaining)]
    axes.step(x, y, where="post", color=BLUE, linewidth=2.4, label=f"left: {burn.shown_remaining} at the end")
    axes.fill_between(x, y, step="post", color=BLUE, alpha=0.15)
    every_refused = [step for step in burn.steps if step.refused]
    refused = thinned(every_refused, CROSSES)
    # If far more than the limit was asked, the cross stays at the edge and its label gives the amount.
    top = 1.12 * burn.limit / burn.scale or 1.0
    heights = [min(max(step.asked, step.remaining) / burn.scale, top) for step in refused]
    marks: dict[str, Any] = {"linestyle": "none", "marker": "X", "markersize": 11, "color": RED, "clip_on": False}
    if refused:
        some = f" ({len(refused):,} of {len(every_refused):,} are shown)" if len(refused) < len(every_refused) else ""
        axes.plot([step.operation for step in refused], heights, label=f"asked, refused{some}", **marks)
    axes.set_xlim(0, end)
    axes.set_ylim(0, top)
    every = max(1, len(burn.steps) // 10)
    axes.set_xticks(range(0, len(burn.steps) + 1, every))
    axes.grid(axis="y", color=SOFT, alpha=0.25)
    name_axes(axes, "operation", f"left ({burn.axis_unit})")
    legend(axes, columns=1, title=burn.permission)
