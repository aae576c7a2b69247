"""The table of mutations begins here: how an entry is made, and the names of common refusals."""

from __future__ import annotations

from typing import Any

from sessionlab.core.permissions import (
    DOCUMENTED,
    Ruleset,
)

from .mutants import Mutation, source_of
from .rule_scenarios import (
    Scenario,
)

MUTATIONS: list[Mutation] = []


WALLET_FILE = "SessionWallet"


def check(file: str, old: str, new: str, scenario: Scenario, expect: Any, rules: Ruleset = DOCUMENTED) -> None:
    MUTATIONS.append(Mutation(part_with(old) if file == WALLET_FILE else file, old, new, scenario, expect, rules))


def part_with(text: str) -> str:
    """Of the wallet's own files, the one that holds this text."""
    found = [part for part in ("SessionWallet", "validation", "deferral") if text in source_of(part)]
    return found[0] if found else WALLET_FILE


AA22, AA24 = "AA22 expired or not due", "AA24 signature error"
MISSING, UNAUTHORIZED, BAD_DEFERRED = (
    "ValidationFunctionMissing",
    "NotAuthorized",
    "DeferredActionSignatureInvalid",
)
