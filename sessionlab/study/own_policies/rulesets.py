"""Which rulesets a policy is judged under."""

from __future__ import annotations

from typing import Any

from sessionlab.core.permissions.rulesets import RULESETS, Ruleset, ruleset
from sessionlab.study.doors import RULES_OR_NAME


def rulesets_in(rules: Any, field: str) -> list[Ruleset]:
    """Read the name of a ruleset, a ruleset, a list of them, or ``both``."""
    if isinstance(rules, str) and rules == "both":
        rules = list(RULESETS)
    each_one = rules if isinstance(rules, list | tuple) and rules else [rules]
    return [ruleset(RULES_OR_NAME(name, field)) for name in each_one]
