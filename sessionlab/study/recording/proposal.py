"""A permission set derived from a recorded run, with the reason for each part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.json_codec import permissions_to_json
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.recording.comparison import Comparison
from sessionlab.study.recording.minimality import Need, UsedLimit
from sessionlab.study.recording.recording import Recording


@dataclass(frozen=True)
class Proposal:
    """The least permission set for a recorded run. ``permissions`` and ``expiry_sec`` can be granted as they are."""

    recording: Recording
    rules: Ruleset
    #: How far each limit exceeds the amount used; 1/5 is 20 %.
    margin: Fraction
    permissions: tuple[Permission, ...]
    #: Unix seconds: the time of the last successful operation, plus the margin on the run's duration.
    expiry_sec: int
    #: Used, margin and limit of each permission that has a limit.
    limits: tuple[UsedLimit, ...]
    #: What is refused without each part, in the order of the parts, with the expiry last.
    needs: tuple[Need, ...]
    #: What to know before granting it.
    notes: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """Duration in seconds of a session that starts with the run and ends at ``expiry_sec``."""
        return self.expiry_sec - self.recording.steps[0].time

    @property
    def bounds(self) -> tuple[int, ...]:
        """Indices of the permissions that only limit: dropping one would allow more, not less."""
        grants = {need.permission for need in self.needs if need.part == "permission"}
        return tuple(number for number in range(len(self.permissions)) if number not in grants)

    @property
    def names(self) -> AddressBook:
        """The recording's names, with the gas unit of these rules."""
        return replace(self.recording.names, gas_unit=gas_unit(self.rules))

    def rerun(self) -> Comparison:
        """Decide the whole recording under this proposal."""
        return self.recording.under(self.permissions, self.rules, self.expiry_sec)

    def to_json(self) -> dict[str, Any]:
        """Return JSON: permissions as the API takes them, other amounts as decimal strings."""
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
        from sessionlab.study.recording.text import proposal_text

        return proposal_text(self)

    def _repr_html_(self) -> str:
        from sessionlab.study.recording.html import proposal_html

        return proposal_html(self)
