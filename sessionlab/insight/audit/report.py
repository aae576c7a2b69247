"""The audit as one object: losses, findings, a verdict, and how they look as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from sessionlab.amounts import format_units
from sessionlab.insight.audit.eth import DEPOSIT
from sessionlab.insight.audit.findings import SEVERITIES, Finding
from sessionlab.insight.audit.loss import Loss
from sessionlab.permissions.rulesets import Ruleset

WIDTH = 110


@dataclass(frozen=True)
class Audit:
    """What the worst is that a thief of a session key can do."""

    ruleset: Ruleset
    #: Wei per gas: the highest price at which gas is reckoned in ETH.
    price_ceiling: int
    #: One for each way by which ETH leaves, and one for each token; ``total`` is all ETH together.
    losses: tuple[Loss, ...]
    total: Loss
    #: The worst first.
    findings: tuple[Finding, ...]
    #: The whole in one sentence.
    verdict: str

    @property
    def rules(self) -> str:
        """The name of the ruleset."""
        return self.ruleset.name

    def loss(self, asset: str) -> Loss:
        """The loss of an asset, by its name (``ETH by value``, ``LAB``) or its token's address. KeyError if none."""
        for loss in (*self.losses, self.total):
            if asset.lower() in (loss.asset.lower(), loss.unit.lower()) and asset != "wei":
                return loss
        raise KeyError(f"No loss of {asset!r}; there are: {', '.join(loss.asset for loss in self.losses)}.")

    def found(self, id: str) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.id == id)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from sessionlab.insight.audit.card import audit_card

        return audit_card(self)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            **self.ruleset.named(),
            "priceCeiling": str(self.price_ceiling),
            "verdict": self.verdict,
            "losses": [loss.to_json() for loss in self.losses],
            "total": self.total.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def _lines(self) -> Iterator[str]:
        price = format_units(self.price_ceiling, 9, "gwei")
        yield f"Audit under the {self.ruleset.title} rules, gas at up to {price}."
        yield self.verdict
        yield ""
        yield from _table(self.losses, self.total)
        if not self.findings:
            yield "\nNo findings."
        for finding in self.findings:
            yield ""
            place = f" — {finding.place}" if finding.place else ""
            yield f"{SEVERITIES[finding.severity]} {finding.severity}: {finding.id}{place}"
            yield from _indented(finding.sentence, "  ")
            yield from _indented(finding.remedy, "  → ")


def steps_in_words(loss: Loss) -> str:
    """The sequence in one line."""
    if not loss.sequence:
        return "—"
    return ", then ".join(step.words for step in loss.sequence)


def _table(losses: tuple[Loss, ...], total: Loss) -> Iterator[str]:
    rows = [("asset", "today at most", "until its end", "how")]
    for loss in losses:
        rows.append((loss.asset, *loss.shown, steps_in_words(loss)))
        if loss.asset == DEPOSIT:  # the last way of ETH
            rows.append((total.asset, *total.shown, ""))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    indent = sum(widths) + 6
    for row in rows:
        head = f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
        how = wrap(row[3], max(WIDTH - indent, 40)) or [""]
        yield (head + how[0]).rstrip()
        yield from (" " * indent + line for line in how[1:])


def _indented(text: str, lead: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))
