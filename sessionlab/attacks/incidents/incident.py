"""The parts of a case study: an incident as data, the same steps on two wallets, and amounts before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import format_ether
from sessionlab.study.pictures.base import Picture

if TYPE_CHECKING:
    from sessionlab.attacks.attack_lab import AttackLab, BundleOutcome
    from sessionlab.attacks.incidents.sources import Source
    from sessionlab.attacks.mutants import Mutant


@dataclass(frozen=True)
class Measure:
    """One amount on the chain, in its ``unit``: wei, or units of a token. A case's first measure is what is lost."""

    name: str
    unit: str
    read: Callable[[AttackLab], int] = field(repr=False)

    def shown(self, amount: int) -> str:
        """Format an amount with its unit; wei is shown as ETH."""
        return format_ether(amount) if self.unit == "wei" else f"{amount:,} {self.unit}"


@dataclass(frozen=True)
class Incident:
    """A case. ``published`` and ``sources`` quote published reports; all figures of a run come from the chain.

    ``cost``: the published cost, in a few words. ``differs``: how the run here differs from what happened.
    ``holed``: the vulnerable wallet, with one check altered; None if the ``deployed`` rules themselves have the
    vulnerability, which ``unbent`` then describes.
    ``allowed``: what the thief's key is permitted to take, in the unit of the first measure.
    ``stopped``: the phase and the error with which the original wallet refuses.
    """

    name: str
    title: str
    cost: str
    published: str
    differs: str
    sources: tuple[Source, ...]
    thief: str
    granted: tuple[str, ...]
    prepare: Callable[[AttackLab], object] = field(repr=False)
    play: Callable[[AttackLab], Iterator[tuple[str, BundleOutcome]]] = field(repr=False)
    measures: tuple[Measure, ...]
    allowed: int
    holed: Mutant | None
    stopped: tuple[str, str]
    lesson: str
    unbent: str = ""

    @property
    def hole(self) -> str:
        """The missing check, in a sentence."""
        return self.holed.what if self.holed else self.unbent


@dataclass(frozen=True)
class ExploitStep:
    """What was sent and how it ended. ``phase``: ok, validation or execution. ``held``: the first measure after it."""

    what: str
    phase: str
    reason: str | None
    held: int

    @property
    def ended(self) -> str:
        """How the step ended, in words."""
        return "✓ done" if self.phase == "ok" else f"✗ {self.reason}, in {self.phase}"


@dataclass(frozen=True)
class IncidentRun:
    """The steps on one wallet, and the amounts before and after, all read from the chain."""

    wallet: str
    before: tuple[int, ...]
    steps: tuple[ExploitStep, ...]
    after: tuple[int, ...]
    allowed: int

    @property
    def loss(self) -> int:
        """The loss beyond what was granted."""
        return max(0, self.before[0] - self.after[0] - self.allowed)

    @property
    def stopped(self) -> tuple[tuple[str, str | None], ...]:
        """Refusals in order: (phase, error)."""
        return tuple((step.phase, step.reason) for step in self.steps if step.phase != "ok")

    def as_json(self) -> dict[str, Any]:
        """For ``sessionlab attack --incidents --json``; amounts as decimal strings."""
        steps = [{"what": s.what, "phase": s.phase, "reason": s.reason, "held": str(s.held)} for s in self.steps]
        before, after = list(map(str, self.before)), list(map(str, self.after))
        return {"wallet": self.wallet, "before": before, "steps": steps, "after": after, "loss": str(self.loss)}


@dataclass(frozen=True, repr=False)
class CaseStudy(Picture):
    """A case run on the vulnerable and on the original wallet. Print it, or show it in a notebook."""

    case: Incident
    holed: IncidentRun
    whole: IncidentRun

    @property
    def alternative_text(self) -> str:
        """The case in two sentences."""
        phase, reason = self.case.stopped
        return (
            f"{self.case.title}, {self.case.name}: {self.holed.wallet} loses {self.loss}. "
            f"{self.whole.wallet.capitalize()} answers {reason} in {phase} and loses nothing."
        )

    def text(self) -> str:
        """What was published, what was run, and the lesson, as text."""
        from sessionlab.attacks.incidents.text import text

        return text(self)

    def html(self) -> str:
        """The same as a card."""
        from sessionlab.attacks.incidents.text import html

        return html(self)

    @property
    def loss(self) -> str:
        """What the vulnerable wallet lost, with its unit."""
        return self.case.measures[0].shown(self.holed.loss)

    @property
    def refused(self) -> bool:
        """Whether the original wallet lost nothing and refused with the rule that the case names."""
        return self.whole.loss == 0 and self.case.stopped in self.whole.stopped

    def as_json(self) -> dict[str, Any]:
        """The object for ``sessionlab attack --incidents --json``. Amounts are in the unit of their measure."""
        case = self.case
        return {
            "incident": case.name,
            "published_cost": case.cost,
            "published": case.published,
            "sources": [source.as_json() for source in case.sources],
            "differs": case.differs,
            "hole": case.hole,
            "measures": [{"name": measure.name, "unit": measure.unit} for measure in case.measures],
            "with_the_hole": self.holed.as_json(),
            "as_it_is": self.whole.as_json(),
            "stopped_by": case.stopped[1],
            "phase": case.stopped[0],
            "lesson": case.lesson,
        }
