"""One permission type, granted and used in a lab, for the tests that ask every view about it."""

from __future__ import annotations

from dataclasses import dataclass

import sessionlab as sl
from sessionlab.insight.outcome import Outcome
from sessionlab.permissions import LIMITS, LimitKind, Permission

from .scenarios import Counted, Scenario

#: The limits by the type of their permission.
KINDS = {limit.permission: kind for kind, limit in LIMITS.items()}


@dataclass
class Walk:
    """One type, granted and used: what is asked of every view."""

    name: str
    lab: sl.Lab
    wallet: sl.SmartWalletClient
    session: sl.Session
    scenario: Scenario
    #: What ``check`` said before anything was sent.
    before: str
    done: Outcome
    refused: Outcome

    @property
    def kind(self) -> LimitKind | None:
        return KINDS.get(self.name)

    @property
    def counts(self) -> bool:
        """Whether it uses something up; a condition is a limit that does not."""
        return self.kind is not None and LIMITS[self.kind].counts

    @property
    def counted(self) -> Counted:
        """What is counted."""
        assert self.scenario.counted is not None, f"write down what {self.name} counts"
        return self.scenario.counted

    @property
    def gas(self) -> int:
        """The sum of the gas limits of the operation that passed."""
        return self.session.record().steps[0].gas

    @property
    def used(self) -> int:
        """What the operation that passed used, in base units."""
        price = 1 if self.counted.unit == "gas" else sl.gwei(1)
        return self.gas * price if self.counted.used is None else self.counted.used

    @property
    def left(self) -> int:
        """What is left of the limit after it."""
        return self.counted.limit - self.used

    @property
    def other_rules(self) -> str:
        """The ruleset that is not the lab's."""
        return "deployed" if self.lab.rules.name == "documented" else "documented"

    def with_limit(self, limit: int) -> list[Permission]:
        """The session's list, with another limit of this type."""
        first, *rest = self.scenario.permissions
        return [first.with_limit(limit), *rest]
