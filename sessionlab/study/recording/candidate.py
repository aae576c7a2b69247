"""Draft the narrowest permissions that name some calls. The rules then decide which of them are needed.

Each called address gets the narrowest permission that reaches everything called there: a token allowance, the
functions that were used, or every function. Allowances equal what was used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sessionlab.core.base.addresses import ZERO_ADDRESS, address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.permissions.functions import APPROVE, NEVER_GRANTED, TRANSFER
from sessionlab.core.permissions.limits import SPENDING_BYTES
from sessionlab.core.permissions.operation import CALL_SELECTORS, Operation, PlainCall
from sessionlab.core.permissions.policy import install
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
    Root,
)

SPENDING = (TRANSFER, APPROVE)
#: An address that nobody owns; a permission about it reaches nothing.
NOBODY = "0x000000000000000000000000000000000000dEaD"
NO_FUNCTION = "0x00000000"


@dataclass
class Used:
    """What a run used, by what can grant it. Ordered by first use; dicts serve as ordered sets."""

    wallet: str
    value: int = 0
    plain: bool = False
    makes_calls: bool = False
    #: Calls by target, except the wallet's own functions and plain transfers, which need no target.
    calls: dict[str, list[PlainCall]] = field(default_factory=dict)
    direct: dict[bytes, None] = field(default_factory=dict)
    inner: dict[bytes, None] = field(default_factory=dict)

    @property
    def own(self) -> list[bytes]:
        """Functions of the wallet itself, used as an operation or in a batch."""
        return list({**self.direct, **self.inner})


def used_by(operations: Iterable[Operation], wallet: str) -> Used:
    """Return what these operations use."""
    used = Used(wallet.lower())
    for operation in operations:
        if operation.selector not in CALL_SELECTORS:
            used.direct[operation.selector or b""] = None
            continue
        used.makes_calls = True
        for call in operation.calls:
            used.value += call.value
            if call.target == used.wallet:
                used.inner[call.selector] = None
            else:
                used.calls.setdefault(call.target, []).append(call)
    return used


def draft(used: Used, rules: Ruleset) -> list[Permission]:
    """Draft the narrowest permissions that cover these uses, except gas-limit."""
    if any("0x" + code.hex() in NEVER_GRANTED for code in used.own):
        return [Root()]
    anywhere = {} if rules.wildcard_reaches_listed_targets else dict.fromkeys(used.inner)
    native = used.value > 0
    result: list[Permission] = []
    for target, calls in used.calls.items():
        if target == ZERO_ADDRESS:
            # No permission may name it, so only a permission that names no address reaches it.
            plain = rules.native_reaches_plain_transfers
            anywhere |= dict.fromkeys(call.selector for call in calls if call.data or not plain)
            native |= plain and any(not call.data for call in calls)
        elif permission := _for_target(target, calls, used, rules):
            result.append(permission)
    if rules.native_reaches_plain_transfers:
        native |= any(not call.data for calls in used.calls.values() for call in calls)
    if native:
        result.insert(0, NativeTokenTransfer(allowance=used.value))
    if used.own:
        result.append(AccountFunctions(functions=_codes(used.own)))
    if anywhere:
        result.append(FunctionsOnAllContracts(functions=_codes(anywhere)))
    if used.makes_calls and not _makes_calls(result, rules):
        result.insert(0, _to_make_calls(used, rules))
    return result


def _for_target(target: str, calls: list[PlainCall], used: Used, rules: Ruleset) -> Permission | None:
    """Return one permission for one address; None if the native token allowance already reaches it."""
    address = checksum(address_bytes(target))
    named = [call for call in calls if call.data or not rules.native_reaches_plain_transfers]
    if not named:
        return None
    if any(len(call.data) < 4 for call in named):
        return ContractAccess(address=address)
    if unlimited_because(calls, used, rules) is None:
        return Erc20TokenTransfer(address=address, allowance=sum(map(amount_of, calls)))
    return FunctionsOnContract(address=address, functions=_codes(dict.fromkeys(call.selector for call in named)))


def unlimited_because(calls: list[PlainCall], used: Used, rules: Ruleset) -> str | None:
    """Say why no token allowance covers these calls of one address; None if one does."""
    for call in calls:
        if not _spends(call):
            return "a token with an allowance takes transfer and approve alone, and more is called there"
    if used.direct and not rules.spend_limits_bind_spending_only:
        return "together with a token allowance, these rules refuse functions of the wallet itself (R7)"
    if sum(map(amount_of, calls)) > MAX_UINT256:
        return "together the amounts are more than an allowance can hold"
    return None


def amount_of(call: PlainCall) -> int:
    """Return the amount that a token transfer or approval counts."""
    return int.from_bytes(call.data[36:68], "big")


def _spends(call: PlainCall) -> bool:
    return call.selector in SPENDING and len(call.data) >= SPENDING_BYTES and not any(call.data[4:16])


def _makes_calls(permissions: list[Permission], rules: Ruleset) -> bool:
    return install(rows(permissions), wallet="", rules=rules)[0].makes_calls


def _to_make_calls(used: Used, rules: Ruleset) -> Permission:
    """Return the narrowest permission that allows a batch which calls no contract."""
    if rules.native_reaches_plain_transfers:
        return NativeTokenTransfer(allowance=0)
    if rules.spend_limits_bind_spending_only or not used.direct:
        return Erc20TokenTransfer(address=NOBODY, allowance=0)
    return FunctionsOnContract(address=NOBODY, functions=[NO_FUNCTION])


def _codes(selectors: Iterable[bytes]) -> list[str]:
    return ["0x" + code.hex() for code in selectors]
