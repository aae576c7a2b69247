"""The cases of a policy as parameters of a test.

@pytest.mark.parametrize("case", sl.policy_cases("cases.yaml", policy="policy.json"), ids=str)
def test_the_policy(case):
    case.check()
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import reads
from sessionlab.study.doors import PATH
from sessionlab.study.verifying.verification import CASE, PolicyCheck, verify


@dataclass(frozen=True)
class PolicyCase:
    """One case under one ruleset, judged. ``str(case)`` is its name for a test."""

    result: PolicyCheck

    def check(self) -> None:
        """Raise AssertionError if the case does not end as expected."""
        if not self.result.ok:
            raise AssertionError(f"{self.result.title} ({self.result.rules}): {self.result.detail}")

    def __str__(self) -> str:
        return f"{self.result.title} ({self.result.rules})"


@reads(cases=PATH)
def policy_cases(cases: str | Path, *, policy: Any, rules: Any = "both") -> list[PolicyCase]:
    """Return each case under each ruleset. Raises InvalidInput if a file cannot be read."""
    judged = verify(policy, cases=cases, rules=rules).checks
    return [PolicyCase(check) for check in judged if check.about == CASE]
