"""Which rulesets a policy is judged under."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.rulesets import RULESETS, Ruleset, ruleset
from sessionlab.study.doors import RULES_OR_NAME


def rulesets_in(rules: Any, field: str) -> list[Ruleset]:
    """Read the name of a ruleset, a ruleset, a list of them, or ``both``. Raises InvalidInput for one name twice."""
    if isinstance(rules, str) and rules == "both":
        rules = list(RULESETS)
    each_one = rules if isinstance(rules, list | tuple) and rules else [rules]
    result = [ruleset(RULES_OR_NAME(name, field)) for name in each_one]
    names = [each.name for each in result]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise InvalidInput(f"{twice!r} appears twice.", field=field, asked=twice, fix="give each ruleset a name.")
    return result
