"""The audit as one object: headlines, losses, findings, what it assumes, and their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.study.audit.findings import SEVERITIES, Finding
from sessionlab.study.audit.headlines import Headline
from sessionlab.study.audit.loss import Loss
from sessionlab.study.listing import folded

WIDTH = 110
#: What has every finding and every loss.
FINDINGS, LOSSES = "audit.findings", "audit.losses"


@dataclass(frozen=True)
class Audit:
    """The worst that a thief of a session key can do."""

    ruleset: Ruleset
    #: Wei per gas, for ``at_ceiling`` alone: no loss is bounded by it.
    price_ceiling: int
    #: One for each way that ETH can leave, and for each token, collection and approval; ``total`` is all ETH together.
    losses: tuple[Loss, ...]
    total: Loss
    #: Worst first.
    findings: tuple[Finding, ...]
    #: What the permissions let a thief take, and what bundling at any price takes as gas.
    headlines: tuple[Headline, Headline]
    #: Both in one text.
    verdict: str
    #: What the session's gas limit comes to at ``price_ceiling``, in wei; None: nothing limits the gas.
    at_ceiling: int | None
    #: What the audit takes for granted, and what it does not count.
    assumptions: tuple[str, ...]
    #: When the second figure of a loss ends: with the session or, if the key has more, with all of them.
    until: str = "until the session ends"

    @property
    def rules(self) -> str:
        """The name of the ruleset."""
        return self.ruleset.name

    @reads(asset=TEXT)
    def loss(self, asset: str) -> Loss:
        """Return the loss of an asset, by its name (``ETH by value``, ``LAB``) or token address.

        Raises NotFound if there is no such asset.
        """
        for loss in (*self.losses, self.total):
            if asset.lower() in (loss.asset.lower(), loss.unit.lower()) and asset != "wei":
                return loss
        fix = f"use one of: {', '.join(loss.asset for loss in self.losses)}."
        raise NotFound(f"No loss of {asset!r}.", field="asset", asked=asset, fix=fix)

    @property
    def by_permissions(self) -> Headline:
        """What the permissions let a thief take."""
        return self.headlines[0]

    @property
    def as_gas(self) -> Headline:
        """What a thief who bundles takes as gas, at a price of its own."""
        return self.headlines[1]

    @reads(id=TEXT)
    def found(self, id: str) -> tuple[Finding, ...]:
        """Return the findings of one kind."""
        return tuple(finding for finding in self.findings if finding.id == id)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    __str__ = __repr__

    def _repr_html_(self) -> str:
        from sessionlab.study.audit.card import audit_card

        return audit_card(self)

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        return {
            **self.ruleset.named(),
            "priceCeiling": str(self.price_ceiling),
            "verdict": self.verdict,
            "headlines": [headline.to_json() for headline in self.headlines],
            "atCeiling": None if self.at_ceiling is None else str(self.at_ceiling),
            "assumptions": list(self.assumptions),
            "losses": [loss.to_json() for loss in self.losses],
            "total": self.total.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def _lines(self) -> Iterator[str]:
        yield f"Audit under the {self.ruleset.title} rules."
        for headline in self.headlines:
            yield from _indented(f"{SEVERITIES[headline.severity]} {headline.severity}: {headline.sentence}", "")
        yield ""
        yield from _table(self.losses, self.total, self.until)
        if not self.findings:
            yield "\nNo findings."
        for lines in folded(self.findings, _finding, lambda words: ["", words], FINDINGS, severity_of):
            yield from lines
        yield "\nWhat this assumes and leaves out:"
        for assumption in folded(self.assumptions, str, str, "audit.assumptions"):
            yield from _indented(assumption, "- ")


def steps_in_words(loss: Loss) -> str:
    """Return the sequence on one line."""
    if not loss.sequence:
        return "—"
    return ", then ".join(step.words for step in loss.sequence)


def severity_of(finding: Finding) -> str:
    """Return a finding's severity, by which hidden ones are counted."""
    return finding.severity


def _finding(finding: Finding) -> list[str]:
    index = f" — {finding.place}" if finding.place else ""
    head = f"{SEVERITIES[finding.severity]} {finding.severity}: {finding.id}{index}"
    return ["", head, *_indented(finding.sentence, "  "), *_indented(finding.remedy, "  → ")]


def _table(losses: tuple[Loss, ...], total: Loss, until: str) -> Iterator[str]:
    rows = [("asset", "today", until, "how")]
    last = [loss for loss in losses if loss.unit == "wei"][-1]
    listed = [item for loss in losses for item in ([loss, total] if loss is last else [loss])]
    rows += folded(
        listed,
        lambda loss: (loss.asset, *loss.shown, "" if loss is total else steps_in_words(loss)),
        lambda words: ("", "", "", words),
        LOSSES,
    )
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    indent = sum(widths) + 6
    for row in rows:
        head = f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  "
        how = wrap(row[3], max(WIDTH - indent, 40)) or [""]
        yield (head + how[0]).rstrip()
        yield from (" " * indent + line for line in how[1:])


def _indented(text: str, lead: str) -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead))
