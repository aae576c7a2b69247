"""An operation that a strict bundler's mempool does not take, in words: which rule, what it counts, and what to change.

Source: ERC-7562, "Local Rules" and the reputation rules; replacement is the bundlers' own custom.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.core.base.amounts import format_ether, format_time, format_units
from sessionlab.core.denials.denial import Denial
from sessionlab.core.denials.reasons.table import DenialText
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.node.bundler.mempool import REPLACEMENT_BUMP
from sessionlab.node.bundler.trace import ACCOUNT

OPERATIONS = "operations"
STAKE = "stake the {role} with the EntryPoint (addStake)"
#: What time does to counts.
FORGETS = "or wait: a bundler forgets a twenty-fourth of its counts every hour."

Facts = Mapping[str, Any]


def deny_by_pool(rejection: Rejection) -> Denial:
    """Return the denial for an operation that the mempool does not take."""
    code = rejection.code or ""
    said = POOL_RULES[code](rejection.revert.args)
    counted = said.asked, said.left, said.unit
    return Denial(code, rejection.phase, said.rule, None, None, *counted, said.sentence, said.fix, (code,))


def _two_roles(facts: Facts) -> DenialText:
    role, address = facts["role"], facts["address"]
    other = "different" if role == ACCOUNT else "sender"
    return DenialText(
        "an address is the sender of one waiting operation or another entity, not both",
        f"The {_named(role)} {address} is used as a {other} entity in another UserOperation currently in mempool.",
        f"Send the operation again when the other one is mined, or use another {_named(role)}.",
    )


def _two_delegates(facts: Facts) -> DenialText:
    return DenialText(
        "an account delegates its code to one contract in all its waiting operations (EIP-7702)",
        f"The sender {facts['address']} delegates to {facts['delegate']} in an operation that waits, and to another "
        "contract in this one.",
        f"Delegate to {facts['delegate']} here too, or send the operation again when the other one is mined.",
    )


def _banned(facts: Facts) -> DenialText:
    return DenialText(
        "too few operations with this entity were included, so the bundler takes none",
        f"The {_named(facts['role'])} {facts['address']} is banned: {_counts(facts)}.",
        f"Use another {_named(facts['role'])}, {FORGETS}",
        asked=facts["seen"],
        left=facts["included"],
        unit=OPERATIONS,
    )


def _throttled(facts: Facts) -> DenialText:
    waiting = facts["waiting"]
    return DenialText(
        "too few operations with this entity were included, so few of them may wait at a time",
        f"The {_named(facts['role'])} {facts['address']} is throttled: {_counts(facts)}; {waiting} wait already.",
        "Send the operation again when one of them is mined, " + FORGETS,
        asked=waiting + 1,
        left=waiting,
        unit=OPERATIONS,
    )


def _too_many(facts: Facts) -> DenialText:
    role, allowed = _named(facts["role"]), facts["allowed"]
    return DenialText(
        f"an unstaked {role} has few operations in the mempool at a time",
        f"The {role} {facts['address']} is unstaked, so at most {allowed} of its operations may wait, and "
        f"{facts['waiting']} do.",
        f"Send the operation again when one of them is mined, or {STAKE.format(role=role)}.",
        asked=facts["waiting"] + 1,
        left=allowed,
        unit=OPERATIONS,
    )


def _deposit(facts: Facts) -> DenialText:
    asked, deposit = facts["asked"], facts["deposit"]
    others = f", {format_ether(facts['promised'])} of it for those that wait"
    return DenialText(
        "a paymaster's deposit covers all operations in the mempool that name it",
        f"The deposit of paymaster {facts['address']} is too low: it has {format_ether(deposit)}, and its operations "
        f"may cost {format_ether(asked)}{others}.",
        f"Deposit {format_ether(asked - deposit)} more for the paymaster, or wait until the others are mined.",
        asked=asked,
        left=deposit,
        unit="wei",
    )


def _underpriced(facts: Facts) -> DenialText:
    field, least = facts["field"], format_units(facts["least"], 9)
    if facts["is_same"]:
        return DenialText(
            "an operation waits in the mempool once",
            "This very operation waits in the mempool already.",
            "Ask for it by its hash: eth_getUserOperationByHash.",
        )
    return DenialText(
        f"an operation that replaces a waiting one pays at least {REPLACEMENT_BUMP} % more, in both fees",
        f"Another operation waits with this sender and nonce, at a {field} of {format_units(facts['before'], 9)} gwei; "
        f"this one offers {format_units(facts['asked'], 9)} gwei.",
        f"Raise {field} to at least {least} gwei, and sign again; or use another nonce key.",
        asked=facts["asked"],
        left=facts["least"],
        unit="wei per gas",
    )


def _full(facts: Facts) -> DenialText:
    return DenialText(
        "the mempool has room for so many operations",
        f"{facts['waiting']:,} operations wait in the mempool, as many as it has room for.",
        "Send the operation again when some of them are mined.",
        asked=facts["waiting"] + 1,
        left=facts["waiting"],
        unit=OPERATIONS,
    )


def _expires(facts: Facts) -> DenialText:
    until, now = facts["until"], facts["now"]
    return DenialText(
        f"an operation that waits stays valid for at least {facts['soon']} seconds",
        f"The operation is valid until {format_time(until)}, {until - now} seconds from now.",
        "Sign it with a later end.",
        asked=until,
        left=now + facts["soon"],
        unit="seconds",
    )


POOL_RULES: Mapping[str, Callable[[Facts], DenialText]] = {
    "STO-040": _two_roles,
    "AUTH-040": _two_delegates,
    "GREP-010": _banned,
    "GREP-020": _throttled,
    "UREP-010": _too_many,
    "UREP-020": _too_many,
    "EREP-010": _deposit,
    "ReplacementUnderpriced": _underpriced,
    "ExpiresSoon": _expires,
    "MempoolFull": _full,
}


def _named(role: str) -> str:
    return "sender" if role == ACCOUNT else role


def _counts(facts: Facts) -> str:
    return f"of {facts['seen']:,} operations with it, {facts['included']:,} were included"
