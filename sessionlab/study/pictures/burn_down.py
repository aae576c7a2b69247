"""Allowance burn-down: what remains of each allowance after each operation, and by how much refused ones fell short.

``burn_chart.py`` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import TEXT, each, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.study.allowances import Allowance, allowances_of
from sessionlab.study.doors import SESSION
from sessionlab.study.history import history_of
from sessionlab.study.pictures import burn_chart
from sessionlab.study.pictures.base import Plot
from sessionlab.study.pictures.burn_chart import AllowanceChart, Step
from sessionlab.study.pictures.svg import Drawing
from sessionlab.study.text import aligned, count, folded_rows, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessionlab.core.client.allowances import HistoryEntry
    from sessionlab.core.client.session import BaseSession


@dataclass(frozen=True, slots=True)
class BurnStep:
    """What remained after an operation that used some of an allowance; if it was ``refused``, it used nothing.

    ``operation`` counts the session's operations from 1, so it means the same one for each allowance.
    """

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
    #: What is counted, for people: ``ETH``, ``gas``, or a token's symbol.
    counted: str

    @property
    def remaining(self) -> int:
        """What remains at the end."""
        return self.steps[-1].remaining if self.steps else self.limit

    @property
    def sentence(self) -> str:
        """Describe the curve in words."""
        done = len({step.operation for step in self.steps if not step.refused})
        refused = sum(step.refused for step in self.steps)
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
    """Allowances, one above the other. They only fall: paying ETH or tokens into the wallet refills none of them."""

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

    @property
    def title(self) -> str:
        """The heading of its card."""
        return "Burn-down: what is left after each operation"

    def draw(self, width: float) -> Drawing:
        """Draw falling steps, and a thin red bar from what was left to what a refused operation asked for."""
        return burn_chart.draw([self._panel(burn) for burn in self.burns], width)

    def _panel(self, burn: Burn) -> AllowanceChart:
        done = len({step.operation for step in burn.steps if not step.refused})
        refused = sum(step.refused for step in burn.steps)
        said = [f"{rounded(burn.shown_limit)} at first", *([f"{done:,} used some"] if done else [])]
        said += [f"{refused:,} refused"] if refused else []
        words = ", ".join([*said, f"{rounded(burn.shown_remaining)} left"])
        steps = [self._step(burn, step) for step in burn.steps]
        return AllowanceChart(f"{burn.counted}: {burn.permission}", words, rounded(burn.shown_limit), burn.limit, steps)

    def _step(self, burn: Burn, step: BurnStep) -> Step:
        """Put a step into words: short ones for its label, whole ones for its title."""
        asked, left = (self.names.amount(amount, burn.unit) for amount in (step.asked, step.remaining))
        title = f"operation {step.operation}: "
        if not step.refused:
            bare = rounded(asked).partition(" ")[0]
            words = (f"−{bare} →", f"{rounded(left)} left")
            return Step(step.operation, step.remaining, None, words, f"{title}{asked} used, {left} left")
        short = step.asked - step.remaining
        if short <= 0:
            return Step(step.operation, step.remaining, step.remaining, ("✗ refused",), f"{title}refused, {left} left")
        missing = self.names.amount(short, burn.unit)
        said = f"{title}✗ refused, it asked for {asked} and {left} was left: {missing} short"
        return Step(step.operation, step.remaining, step.asked, (f"✗ {rounded(missing)}", "short"), said)


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
    for operation, entry in _numbered(history_of(session)):
        if entry.what == "consumed" and (entry.permission, entry.unit) == (item.permission, item.unit):
            remaining = entry.remaining or 0
            steps.append(BurnStep(operation, remaining, entry.amount or 0, refused=False))
        elif (denial := entry.denial) is not None and denial.permission == item.permission:
            if denial.unit and denial.unit.startswith("0x") and denial.unit.lower() != item.unit.lower():
                continue  # it belongs to another token
            # Calls before the refused one asked for some as well: the operation fell short by what that one did.
            asked, had = denial.asked, denial.left
            asked = remaining + max(asked - had, 0) if isinstance(asked, int) and isinstance(had, int) else 0
            steps.append(BurnStep(operation, remaining, asked, refused=True))
    limit, left = (session.names.amount(amount, item.unit) for amount in (item.limit, remaining))
    counted = "ETH" if item.unit == "wei" else limit.partition(" ")[2] if item.unit.startswith("0x") else item.unit
    return Burn(item.permission, item.unit, item.limit, tuple(steps), limit, left, counted)


def _numbered(entries: Iterable[HistoryEntry]) -> list[tuple[int, HistoryEntry]]:
    """Number the operations. What a block has of a session is one operation; so is each that never got into a block."""
    result: list[tuple[int, HistoryEntry]] = []
    seen: dict[int, int] = {}
    number = 0
    for entry in entries:
        if entry.what not in ("consumed", "refused"):
            continue
        if entry.block is None or entry.block not in seen:
            number += 1
        if entry.block is not None:
            seen.setdefault(entry.block, number)
        result.append((number if entry.block is None else seen[entry.block], entry))
    return result
