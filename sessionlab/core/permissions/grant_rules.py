"""The grant rules: each is a plain function that takes a grant and returns a BrokenGrantRule, or None if it passes.

``BUILDER_RULES`` lists them by production name in the order in which they apply (RULES.md section 1); the first broken
rule gives the reason. Where the two rulesets differ (R2, R8 and R9), the function checks the flag.
``json_codec.py`` also raises ``UnsupportedPermissionTypeError``: an unknown type never becomes a permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.base.amounts import format_time
from sessionlab.core.permissions.fields import AMOUNT
from sessionlab.core.permissions.functions import NEVER_GRANTED, VALIDATION
from sessionlab.core.permissions.limits import EXTENSIONS, LIMITS, Limit
from sessionlab.core.permissions.rulesets import Ruleset, written
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    FunctionsOnContract,
    Permission,
    Root,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: The largest expiry, in Unix seconds: the contracts store it in 48 bits.
MAX_EXPIRY = 2**48 - 1
CLOCK = 'The clock: lab.now; over JSON-RPC, the timestamp of eth_getBlockByNumber("pending").'


@dataclass(frozen=True)
class Grant:
    """A request for a session."""

    permissions: Sequence[Permission]
    #: The wallet's address.
    wallet: str
    #: The session's last valid second, in Unix time; 0 means no expiry.
    expiry: int
    #: Time of the grant, in Unix seconds.
    now: int
    rules: Ruleset


@dataclass(frozen=True)
class BrokenGrantRule:
    """Why a rule refused a grant."""

    field: str
    message: str
    fix: str
    asked: Any = None


def extensions_are_switched_on(grant: Grant) -> BrokenGrantRule | None:
    """An extension must be enabled in the lab or in the given rules; production has none of them."""
    for i, permission in enumerate(grant.permissions):
        name = permission.type
        if name in EXTENSIONS and name not in grant.rules.extensions:
            message = f"{name} is an extension, and these rules do not have it."
            fix = (
                f"Make the lab with Lab(extensions=({name!r},)), or serve it with --extension {name}; "
                f"where you give rules, give {written(grant.rules, [name])}."
            )
            return BrokenGrantRule(f"permissions[{i}].type", message, fix, name)
    return None


def root_stands_alone(grant: Grant) -> BrokenGrantRule | None:
    """Root may not be combined with any other permission, including another root."""
    for i, permission in enumerate(grant.permissions):
        if isinstance(permission, Root) and len(grant.permissions) > 1:
            return BrokenGrantRule(
                f"permissions[{i}]",
                "root already allows everything and cannot be combined with other permissions.",
                "Grant root alone, or leave it out and keep the others.",
                permission.type,
            )
    return None


def targets_are_not_the_wallet(grant: Grant) -> BrokenGrantRule | None:
    """contract-access and functions-on-contract may not name the wallet itself."""
    wallet = _same(grant, to_checksum_address(grant.wallet))
    for field, target in _targets(grant, ContractAccess.type, FunctionsOnContract.type):
        if _same(grant, target) == wallet:
            fix = "Use account-functions for functions of the wallet."
            return BrokenGrantRule(field, f"{target} is the wallet itself.", fix, target)
    return None


def targets_are_named_once(grant: Grant) -> BrokenGrantRule | None:
    """contract-access and functions-on-contract together may name each contract only once."""
    fix = "Put all functions of this contract in one permission."
    return _named_twice(grant, _targets(grant, ContractAccess.type, FunctionsOnContract.type), fix)


def functions_are_named(grant: Grant) -> BrokenGrantRule | None:
    """A permission that lists functions must name at least one."""
    for i, permission in enumerate(grant.permissions):
        if getattr(permission, "functions", None) == ():
            fix = "Name at least one function, or leave this permission out."
            return BrokenGrantRule(_field(i, "functions"), f"{permission.type} names no function.", fix, [])
    return None


def account_functions_are_harmless(grant: Grant) -> BrokenGrantRule | None:
    """account-functions may not grant functions that install, upgrade, create, execute or (R9) validate."""
    never = NEVER_GRANTED | (VALIDATION if grant.rules.validation_is_privileged else {})
    for i, permission in enumerate(grant.permissions):
        for j, code in enumerate(getattr(permission, "functions", ())):
            if isinstance(permission, AccountFunctions) and code in never:
                message = f"account-functions cannot grant {never[code]}: it would undo every other limit."
                return BrokenGrantRule(_field(i, f"functions[{j}]"), message, "Leave this function out.", code)
    return None


def targets_are_not_zero(grant: Grant) -> BrokenGrantRule | None:
    """No permission may name the zero address."""
    for field, target in _targets(grant):
        if target == ZERO_ADDRESS:
            return BrokenGrantRule(field, "no contract is at the zero address.", "Give the contract's address.", target)
    return None


def limit_is_single(limit: Limit) -> Callable[[Grant], BrokenGrantRule | None]:
    """Return the rule that a list may hold at most one permission of this type."""

    def find(grant: Grant) -> BrokenGrantRule | None:
        indices = [i for i, permission in enumerate(grant.permissions) if permission.type == limit.permission]
        if len(indices) < 2:
            return None
        message = f"{limit.permission} is already in permissions[{indices[0]}]."
        kind = type(grant.permissions[indices[0]])
        amount = next((name for name, form in kind.fields().items() if form == AMOUNT), None)
        fix = f"Keep one, with the {amount} that you mean." if amount else "Keep one."
        return BrokenGrantRule(f"permissions[{indices[1]}]", message, fix, kind.type)

    return find


def some_call_is_allowed(grant: Grant) -> BrokenGrantRule | None:
    """A session must allow some call. native-token-transfer does so under R2; a limit alone never does."""
    if any(permission._allows_calls(grant.rules) for permission in grant.permissions):
        return None
    kinds = ", ".join(permission.type for permission in grant.permissions) or "an empty list"
    fix = "Add what may be called: contract-access, functions-on-contract, erc20-token-transfer, …"
    return BrokenGrantRule("permissions", f"{kinds} allows no call at all.", fix, kinds)


def expiry_is_not_past(grant: Grant) -> BrokenGrantRule | None:
    """The expiry, which is the session's last second, may be now or later."""
    if not grant.expiry or grant.expiry >= grant.now:
        return None
    clock = f"{grant.now} ({format_time(grant.now)})"
    message = f"The lab's clock says {clock}; {grant.expiry} is {grant.now - grant.expiry:,} s before that."
    fix = f"Give at least {grant.now + 1}, the time of the next block, or 0 for none. {CLOCK}"
    return BrokenGrantRule("expiry_sec", message, fix, grant.expiry)


def expiry_fits(grant: Grant) -> BrokenGrantRule | None:
    """The expiry must fit in 48 bits."""
    if grant.expiry <= MAX_EXPIRY:
        return None
    message = f"{grant.expiry} is more than 2**48 - 1."
    return BrokenGrantRule("expiry_sec", message, "Give seconds since 1970, or 0 for none.", grant.expiry)


def limits_name_targets_once(grant: Grant) -> BrokenGrantRule | None:
    """Under R8, each target has at most one limit of each type, such as erc20-token-transfer; else the last counts."""
    if not grant.rules.addresses_compare_as_addresses:
        return None
    for limit in LIMITS.values():
        fix = f"Put everything about this address in one {limit.permission}."
        if limit.binds_target and (fault := _named_twice(grant, _targets(grant, limit.permission), fix)):
            return fault
    return None


#: Production name and rule, in the order in which they apply. RULES.md does not say where the check for ERC-20
#: duplicates (R8) belongs; in the vectors, expiry errors come first (documented, ids 81 and 497).
BUILDER_RULES: tuple[tuple[str, Callable[[Grant], BrokenGrantRule | None]], ...] = (
    ("UnsupportedPermissionTypeError", extensions_are_switched_on),
    ("RootPermissionOnlyError", root_stands_alone),
    ("AccountAddressAsTargetError", targets_are_not_the_wallet),
    ("DuplicateTargetAddressError", targets_are_named_once),
    ("NoFunctionsProvidedError", functions_are_named),
    ("SelectorNotAllowed", account_functions_are_harmless),
    ("ZeroAddressError", targets_are_not_zero),
    *((limit.single, limit_is_single(limit)) for limit in LIMITS.values() if limit.single),
    ("ValidationConfigUnsetError", some_call_is_allowed),
    ("ExpiredDeadlineError", expiry_is_not_past),
    ("DeadlineOverLimitError", expiry_fits),
    ("DuplicateTargetAddressError", limits_name_targets_once),
)


def _targets(grant: Grant, *types: str) -> Iterator[tuple[str, str]]:
    """Yield the field and address of each permission that names one, limited to these types if any are given."""
    for i, permission in enumerate(grant.permissions):
        address = getattr(permission, "address", None)
        if address is not None and (not types or permission.type in types):
            yield _field(i, "address"), address


def _named_twice(grant: Grant, targets: Iterator[tuple[str, str]], fix: str) -> BrokenGrantRule | None:
    seen: dict[str, str] = {}
    for field, target in targets:
        if first := seen.get(_same(grant, target)):
            return BrokenGrantRule(field, f"{target} is already named in {first}.", fix, target)
        seen[_same(grant, target)] = field
    return None


def _same(grant: Grant, address: str) -> str:
    """Return the key for comparing addresses: ignores letter case under R8, otherwise compares the exact text."""
    return address.lower() if grant.rules.addresses_compare_as_addresses else address


def _field(i: int, name: str) -> str:
    return f"permissions[{i}].data.{name}"
