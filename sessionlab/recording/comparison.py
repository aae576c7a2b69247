"""A history decided twice: what changes, operation by operation, and what is left of the allowances at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.insight.ledger import Allowances, allowance
from sessionlab.insight.names import Names
from sessionlab.permissions.decide import Decision
from sessionlab.permissions.kinds import LIMITS, Remaining, gas_unit, unit_of
from sessionlab.permissions.operation import Operation
from sessionlab.permissions.reading import permissions_to_json
from sessionlab.permissions.rows import limits_of
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission
from sessionlab.recording.counted import Amounts, amounts_of
from sessionlab.recording.recording import Recording, Step

if TYPE_CHECKING:
    from sessionlab.insight.denial import Denial

SAME, NOW_REFUSED, NOW_ALLOWED, OTHERWISE = "same", "now refused", "now allowed", "refused otherwise"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one operation of the recording."""

    #: Number of the operation in the recording, from 0.
    number: int
    step: Step
    #: As it would be sent now, and what would be left of the allowances then.
    operation: Operation
    left: Remaining
    decision: Decision
    #: It passes although it was refused, if its calls do what they are asked to.
    assumed: bool

    @property
    def change(self) -> str:
        """``same``, ``now refused``, ``now allowed``, or ``refused otherwise``: elsewhere, for another reason."""
        if self.step.ok != self.decision.accepted:
            return NOW_REFUSED if self.step.ok else NOW_ALLOWED
        return SAME if self.after == self.before else OTHERWISE

    @property
    def before(self) -> tuple[str, str | None]:
        """Phase and reason, as it was recorded."""
        return self.step.phase, self.step.reason

    @property
    def after(self) -> tuple[str, str | None]:
        """Phase and reason, as it is decided now."""
        return self.decision.phase, self.decision.reason

    def amounts(self, rules: Ruleset) -> Amounts:
        """What is asked and left where it is refused now, with the unit."""
        return amounts_of(self.decision, self.step, rules)

    def to_json(self, rules: Ruleset) -> dict[str, Any]:
        """As JSON, amounts as decimal strings."""
        found, decision = dict(zip(("phase", "reason"), self.after, strict=True)), self.decision
        return {
            "number": self.number,
            "time": self.step.time,
            "change": self.change,
            "before": dict(zip(("phase", "reason"), self.before, strict=True)),
            "after": found,
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
    #: Unix seconds; None: no end.
    expiry_sec: int | None
    #: One for each operation, in order.
    verdicts: tuple[Verdict, ...]
    #: What is left of every allowance at the end.
    left: Remaining

    @property
    def changes(self) -> tuple[Verdict, ...]:
        """The operations of which something else becomes."""
        return tuple(verdict for verdict in self.verdicts if verdict.change != SAME)

    @property
    def now_refused(self) -> tuple[Verdict, ...]:
        """The operations that succeeded, and do not any more."""
        return tuple(verdict for verdict in self.verdicts if verdict.change == NOW_REFUSED)

    @property
    def now_allowed(self) -> tuple[Verdict, ...]:
        """The operations that were refused, and are not any more."""
        return tuple(verdict for verdict in self.verdicts if verdict.change == NOW_ALLOWED)

    def denial(self, verdict: Verdict) -> Denial | None:
        """Why the rules refuse an operation now, in words; None if they do not."""
        from sessionlab.insight.explain.refusal import denial_of
        from sessionlab.insight.explain.situation import Situation

        return denial_of(
            Situation(
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
    def names(self) -> Names:
        """The recording's names, with the unit of gas that these rules have."""
        return replace(self.recording.names, gas_unit=gas_unit(self.rules))

    @property
    def allowances(self) -> Allowances:
        """Limit, used and remaining of each permission that counts, at the end."""
        limits = limits_of(self.permissions)  # of one token twice, the last allowance counts (R8)
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
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON: every operation, changed or not, and what is left at the end; amounts as decimal strings."""
        return {
            **self.rules.named(),
            "permissions": permissions_to_json(self.permissions),
            "expirySec": self.expiry_sec,
            "operations": [verdict.to_json(self.rules) for verdict in self.verdicts],
            "allowances": [item.to_json() for item in self.allowances],
        }

    def to_csv(self) -> str:
        """One line an operation, with a header."""
        import csv
        import io

        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(
            [
                "number",
                "time",
                "change",
                "before_phase",
                "before_reason",
                "after_phase",
                "after_reason",
                "call",
                "asked",
                "left",
                "unit",
                "assumed",
            ]
        )
        for verdict in self.verdicts:
            facts = verdict.to_json(self.rules)
            facts["assumed"] = "yes" if verdict.assumed else "no"
            values = [facts[name] for name in ("number", "time", "change")] + [*verdict.before, *verdict.after]
            values += [facts[name] for name in ("call", "asked", "left", "unit", "assumed")]
            writer.writerow(["" if value is None else value for value in values])
        return text.getvalue()

    def __repr__(self) -> str:
        from sessionlab.recording.showing import comparison_text

        return comparison_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.recording.html import comparison_html

        return comparison_html(self)
