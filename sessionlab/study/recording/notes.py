"""What to know before granting a proposal: what it does not limit, and why it could not be narrower."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from sessionlab.core.permissions.functions import NEVER_GRANTED, REPLACE_OWNER
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import (
    AccountFunctions,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)
from sessionlab.study.recording.candidate import SPENDING, unlimited_because, used_by
from sessionlab.study.recording.recording import Recording
from sessionlab.study.recording.required_operations import successes

#: Most rows that a wallet installs at once (installing.vy).
MAX_ROWS = 256


def notes_on(
    recording: Recording,
    permissions: Sequence[Permission],
    rules: Ruleset,
    margin: Fraction,
    *,
    is_raised: bool,
) -> tuple[str, ...]:
    """Return the notes, one or two sentences each, the most serious first.

    ``is_raised``: whether gas-limit is higher than its margin asks for.
    """
    if any(isinstance(permission, Root) for permission in permissions):
        return (_on_root(recording),)
    return (
        *_on_owner(permissions),
        *_on_tokens(recording, permissions, rules),
        *_on_native(permissions, rules),
        *_on_wildcards(recording, permissions),
        *_on_size(permissions),
        *_on_gas(recording, permissions, rules, is_raised),
        *_on_margin(margin),
    )


def _on_root(recording: Recording) -> str:
    for number, operation in successes(recording):
        used = used_by([operation], recording.wallet)
        for code in used.own:
            if name := NEVER_GRANTED.get("0x" + code.hex()):
                return (
                    f"Only root allows {name} of the wallet itself (operation {number}), and root stands alone: "
                    "nothing but the expiry limits it. Let the owner send such operations instead."
                )
    return "Only root allows this run, and root stands alone: nothing but the expiry limits it."


def _on_owner(permissions: Sequence[Permission]) -> Iterator[str]:
    if any(isinstance(p, AccountFunctions) and REPLACE_OWNER in p.functions for p in permissions):
        yield "With updateFallbackSignerData(address,bool) the session can make itself the wallet's owner."


def _on_tokens(recording: Recording, permissions: Sequence[Permission], rules: Ruleset) -> Iterator[str]:
    used = used_by((operation for _, operation in successes(recording)), recording.wallet)
    codes = {"0x" + code.hex() for code in SPENDING}
    for permission in permissions:
        if isinstance(permission, FunctionsOnContract) and codes & set(permission.functions):
            why = unlimited_because(used.calls[permission.address.lower()], used, rules)
            token = recording.names.address(permission.address)
            yield f"Amounts of {token} are not limited: {why}."


def _on_native(permissions: Sequence[Permission], rules: Ruleset) -> Iterator[str]:
    limited = any(isinstance(permission, NativeTokenTransfer) for permission in permissions)
    if not limited and not rules.value_needs_permission:
        yield (
            "Under these rules a call may send any amount of native tokens, for no native-token-transfer limits them "
            "(R1). One with an allowance of 0 would forbid it."
        )


def _on_wildcards(recording: Recording, permissions: Sequence[Permission]) -> Iterator[str]:
    if any(isinstance(permission, FunctionsOnAllContracts) for permission in permissions):
        yield (
            "functions-on-all-contracts reaches every address. It is needed for functions of the wallet itself in a "
            "batch (deployed rules), or for calls of the zero address."
        )


def _on_size(permissions: Sequence[Permission]) -> Iterator[str]:
    if (needed := len(rows(permissions))) > MAX_ROWS:
        yield f"These permissions need {needed} rows, and a wallet takes {MAX_ROWS} at once: grant two sessions."


def _on_gas(recording: Recording, permissions: Sequence[Permission], rules: Ruleset, is_raised: bool) -> Iterator[str]:
    if not any(permission.limited_to for permission in permissions if isinstance(permission, GasLimit)):
        return
    if is_raised:
        yield (
            "A recording does not tell whether gas limits were estimated or named by the caller, or whether the wallet "
            "had a deposit at the EntryPoint: gas-limit is high enough for either, and higher than its margin asks for."
        )
    made = "" if any(step.creates for step in recording.steps) else ", or a wallet that is not deployed yet,"
    yield f"gas-limit is for this run: called contracts in another state{made} may take more gas."
    if not rules.gas_limit_counts_gas:
        yield "Under these rules gas-limit counts wei (R3): if the price of gas rises, it lasts for fewer operations."


def _on_margin(margin: Fraction) -> Iterator[str]:
    if not margin:
        yield "Every limit but gas-limit is exact: give a margin if the session may do a little more than the run."
