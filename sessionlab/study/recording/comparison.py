"""A history decided a second time: what changes for each operation, and what is left of the allowances at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import reads
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.permissions.limits import LIMITS, Remaining, gas_unit, unit_of
from sessionlab.core.permissions.operation import Operation
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.allowances import Allowances, allowance
from sessionlab.study.doors import a
from sessionlab.study.listing import csv_text
from sessionlab.study.recording.recording import RecordedOperation, Recording
from sessionlab.study.recording.units import Amounts, amounts_of

if TYPE_CHECKING:
    from sessionlab.core.denials.denial import Denial

SAME, NOW_REFUSED, NOW_ALLOWED, OTHERWISE = "same", "now refused", "now allowed", "refused otherwise"


@dataclass(frozen=True, slots=True)
class ReplayedDecision:
    """The new result of one operation of the recording."""

    #: Index of the operation in the recording, from 0.
    number: int
    step: RecordedOperation
    #: The operation as it would be sent now, and what would be left of the allowances before it.
    operation: Operation
    left: Remaining = field(hash=False)
    decision: Decision = field(hash=False)
    #: It passes now although it was refused, assuming that its calls succeed.
    assumed: bool

    @property
    def change(self) -> str:
        """``same``, ``now refused``, ``now allowed``, or ``refused otherwise`` (another phase or reason)."""
        if self.step.ok != self.decision.accepted:
            return NOW_REFUSED if self.step.ok else NOW_ALLOWED
        return SAME if self.after == self.before else OTHERWISE

    @property
    def before(self) -> tuple[str, str | None]:
        """Phase and reason as recorded."""
        return self.step.phase, self.step.reason

    @property
    def after(self) -> tuple[str, str | None]:
        """Phase and reason as decided now."""
        return self.decision.phase, self.decision.reason

    def amounts(self, rules: Ruleset) -> Amounts:
        """Return what a refusal now asks and what is left, with the unit."""
        return amounts_of(self.decision, self.step, rules)

    def to_json(self, rules: Ruleset) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        result, decision = dict(zip(("phase", "reason"), self.after, strict=True)), self.decision
        return {
            "number": self.number,
            "time": self.step.time,
            "change": self.change,
            "before": dict(zip(("phase", "reason"), self.before, strict=True)),
            "after": result,
            "call": decision.call,
            **self.amounts(rules).to_json(),
            "assumed": self.assumed,
        }


@dataclass(frozen=True)
class Comparison:
    """A recording under other permissions, another ruleset or another expiry."""

    recording: Recording
    permissions: tuple[Permission, ...]
    rules: Ruleset
    #: Unix seconds; None: no expiry.
    expiry_sec: int | None
    #: One per operation, in order.
    verdicts: tuple[ReplayedDecision, ...]
    #: What remains of every allowance at the end.
    left: Remaining = field(hash=False)

    @property
    def changes(self) -> tuple[ReplayedDecision, ...]:
        """The operations whose result changes."""
        return tuple(verdict for verdict in self.verdicts if verdict.change != SAME)

    @property
    def now_refused(self) -> tuple[ReplayedDecision, ...]:
        """The operations that succeeded and would now be refused."""
        return tuple(verdict for verdict in self.verdicts if verdict.change == NOW_REFUSED)

    @property
    def now_allowed(self) -> tuple[ReplayedDecision, ...]:
        """The operations that were refused and would now succeed."""
        return tuple(verdict for verdict in self.verdicts if verdict.change == NOW_ALLOWED)

    @reads(verdict=a("sessionlab.study.recording.comparison:ReplayedDecision", fix="give one of its verdicts."))
    def denial(self, verdict: ReplayedDecision) -> Denial | None:
        """Say why the rules refuse an operation now; None if they do not."""
        from sessionlab.study.explain.decision_context import DecisionContext
        from sessionlab.study.explain.refusal import denial_of

        return denial_of(
            DecisionContext(
                wallet=self.recording.wallet,
                permissions=self.permissions,
                left=verdict.left,
                operation=verdict.operation,
                now=verdict.step.time,
                valid_until=self.expiry_sec or 0,
                rules=self.rules,
                names=self.names,
                revoked=self.recording.is_revoked_at(verdict.step.time),
                gas_known=verdict.step.gas_known,
            )
        )

    @property
    def names(self) -> AddressBook:
        """The recording's names, with the gas unit of these rules."""
        return replace(self.recording.names, gas_unit=gas_unit(self.rules))

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of each permission that counts, at the end."""
        limits = limits_of(self.permissions)  # if one token has two allowances, the last one counts (R8)
        meters = [row.meter for permission in self.permissions for row in permission.rows()]
        return Allowances(
            [
                allowance(
                    LIMITS[meter.kind].permission,
                    limits[meter],
                    limits[meter] - self.left[meter],
                    unit_of(meter, self.rules),
                    self.names,
                )
                for meter in meters
                if meter is not None and LIMITS[meter.kind].counts
            ],
            self.names,
        )

    def to_json(self) -> dict[str, Any]:
        """Return JSON: every operation, changed or not, and what is left at the end; amounts as decimal strings."""
        return {
            **self.rules.named(),
            "permissions": permissions_to_json(self.permissions),
            "expirySec": self.expiry_sec,
            "operations": [verdict.to_json(self.rules) for verdict in self.verdicts],
            "allowances": [item.to_json() for item in self.allowances],
        }

    def to_csv(self) -> str:
        """Return CSV: a header and one line per operation, amounts exact; ``-`` where there is no such value."""
        told = ("call", "asked", "left", "unit")
        names = ("number", "time", "change", "before_phase", "before_reason", "after_phase", "after_reason", *told)
        return csv_text((*names, "assumed"), (self._csv_row(verdict, told) for verdict in self.verdicts))

    def _csv_row(self, verdict: ReplayedDecision, told: Sequence[str]) -> list[Any]:
        facts = verdict.to_json(self.rules)
        row = [verdict.number, verdict.step.time, verdict.change, *verdict.before, *verdict.after]
        return [*row, *(facts[name] for name in told), "yes" if verdict.assumed else "no"]

    def __repr__(self) -> str:
        from sessionlab.study.recording.text import comparison_text

        return comparison_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.recording.html import comparison_html

        return comparison_html(self)
