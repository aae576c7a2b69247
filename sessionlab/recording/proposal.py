"""A permission set that was mined from a recorded run, and the reasons for each part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sessionlab.insight.names import Names
from sessionlab.permissions.kinds import gas_unit
from sessionlab.permissions.reading import permissions_to_json
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission
from sessionlab.recording.comparison import Comparison
from sessionlab.recording.needs import Need, UsedLimit
from sessionlab.recording.recording import Recording


@dataclass(frozen=True)
class Proposal:
    """The least permission set for a recorded run. ``permissions`` and ``expiry_sec`` can be granted as they are."""

    recording: Recording
    rules: Ruleset
    #: How much more than was used each limit is; 1/5 is 20 %.
    margin: Fraction
    permissions: tuple[Permission, ...]
    #: Unix seconds: when the last operation succeeded, and the margin of the run's duration.
    expiry_sec: int
    #: Used, margin and limit of each permission that has one.
    limits: tuple[UsedLimit, ...]
    #: What is refused without each part, in the order of the parts; the expiry is last.
    needs: tuple[Need, ...]
    #: What to know before it is granted.
    notes: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """How long a session lives that begins with the run and ends with ``expiry_sec``."""
        return self.expiry_sec - self.recording.steps[0].time

    @property
    def bounds(self) -> tuple[int, ...]:
        """Numbers of the permissions that only limit: leaving one out would allow more, not less."""
        grants = {need.permission for need in self.needs if need.part == "permission"}
        return tuple(number for number in range(len(self.permissions)) if number not in grants)

    @property
    def names(self) -> Names:
        """The recording's names, with the unit of gas that these rules have."""
        return replace(self.recording.names, gas_unit=gas_unit(self.rules))

    def rerun(self) -> Comparison:
        """The whole recording under this proposal."""
        return self.recording.under(self.permissions, self.rules, self.expiry_sec)

    def to_json(self) -> dict[str, Any]:
        """As JSON: permissions as the API takes them, amounts elsewhere as decimal strings."""
        return {
            **self.rules.named(),
            "margin": str(self.margin),
            "permissions": permissions_to_json(self.permissions),
            "expirySec": self.expiry_sec,
            "limits": [limit.to_json() for limit in self.limits],
            "needs": [need.to_json() for need in self.needs],
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        from sessionlab.recording.showing import proposal_text

        return proposal_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.recording.html import proposal_html

        return proposal_html(self)
