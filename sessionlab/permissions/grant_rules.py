"""The grant rules, each a plain function: a grant goes in, a Fault comes out if the rule is broken.

``BUILDER_RULES`` holds them under their production names in the order in which they apply (RULES.md
section 1; the first that is broken gives the reason). Where the two rulesets differ, R2 and R8, the
function asks the flag. ``UnsupportedPermissionTypeError`` stands in ``reading.py`` too: a type that nothing here
knows never becomes a permission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from sessionlab.permissions.fields import AMOUNT
from sessionlab.permissions.functions import NEVER_GRANTED
from sessionlab.permissions.kinds import EXTENSIONS, LIMITS, Limit
from sessionlab.permissions.rows import ZERO_ADDRESS
from sessionlab.permissions.rulesets import Ruleset, written
from sessionlab.permissions.types import (
    AccountFunctions,
    ContractAccess,
    FunctionsOnContract,
    Permission,
    Root,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: The largest expiry, in seconds since 1970: the contracts keep it in 48 bits.
MAX_EXPIRY = 2**48 - 1


@dataclass(frozen=True)
class Grant:
    """What a session is asked to be."""

    permissions: Sequence[Permission]
    #: The wallet's address.
    wallet: str
    #: Last second of the session, since 1970, inclusive; 0: none.
    expiry: int
    #: Time of the grant, seconds since 1970.
    now: int
    rules: Ruleset


@dataclass(frozen=True)
class Fault:
    """Why a rule refuses a grant."""

    field: str
    message: str
    fix: str
    asked: Any = None


def extensions_are_switched_on(grant: Grant) -> Fault | None:
    """Production does not know the extensions; a lab, and rules that are given, know those that are switched on."""
    for i, permission in enumerate(grant.permissions):
        name = permission.type
        if name in EXTENSIONS and name not in grant.rules.extensions:
            message = f"{name} is an extension, and these rules do not have it."
            fix = (
                f"Make the lab with Lab(extensions=({name!r},)), or serve it with --extension {name}; "
                f"where you give rules, give {written(grant.rules, [name])}."
            )
            return Fault(f"permissions[{i}].type", message, fix, name)
    return None


def root_stands_alone(grant: Grant) -> Fault | None:
    """Root beside anything, another root included, is refused."""
    for i, permission in enumerate(grant.permissions):
        if isinstance(permission, Root) and len(grant.permissions) > 1:
            return Fault(
                f"permissions[{i}]",
                "root already allows everything and takes nothing beside it.",
                "Grant root alone, or leave it out and keep the others.",
                permission.type,
            )
    return None


def targets_are_not_the_wallet(grant: Grant) -> Fault | None:
    """contract-access and functions-on-contract open contracts, never the wallet itself."""
    wallet = _same(grant, to_checksum_address(grant.wallet))
    for field, target in _targets(grant, ContractAccess.type, FunctionsOnContract.type):
        if _same(grant, target) == wallet:
            fix = "Use account-functions for functions of the wallet."
            return Fault(field, f"{target} is the wallet itself.", fix, target)
    return None


def targets_are_named_once(grant: Grant) -> Fault | None:
    """contract-access and functions-on-contract name each contract once between them."""
    fix = "Put all functions of this contract in one permission."
    return _named_twice(grant, _targets(grant, ContractAccess.type, FunctionsOnContract.type), fix)


def functions_are_named(grant: Grant) -> Fault | None:
    """A permission about functions names at least one."""
    for i, permission in enumerate(grant.permissions):
        if getattr(permission, "functions", None) == ():
            fix = "Name at least one function, or leave this permission out."
            return Fault(_field(i, "functions"), f"{permission.type} names no function.", fix, [])
    return None


def account_functions_are_harmless(grant: Grant) -> Fault | None:
    """account-functions never grants what installs, upgrades, creates or executes."""
    for i, permission in enumerate(grant.permissions):
        for j, code in enumerate(getattr(permission, "functions", ())):
            if isinstance(permission, AccountFunctions) and code in NEVER_GRANTED:
                message = f"account-functions cannot grant {NEVER_GRANTED[code]}: it would undo every other limit."
                return Fault(_field(i, f"functions[{j}]"), message, "Leave this function out.", code)
    return None


def targets_are_not_zero(grant: Grant) -> Fault | None:
    """No permission is about the zero address."""
    for field, target in _targets(grant):
        if target == ZERO_ADDRESS:
            return Fault(field, "no contract is at the zero address.", "Give the contract's address.", target)
    return None


def limit_is_single(limit: Limit) -> Callable[[Grant], Fault | None]:
    """The rule that a list holds at most one permission of this type."""

    def find(grant: Grant) -> Fault | None:
        places = [i for i, permission in enumerate(grant.permissions) if permission.type == limit.permission]
        if len(places) < 2:
            return None
        message = f"{limit.permission} is there already in permissions[{places[0]}]."
        kind = type(grant.permissions[places[0]])
        amount = next((name for name, form in kind.fields().items() if form == AMOUNT), None)
        fix = f"Keep one, with the {amount} that you mean." if amount else "Keep one."
        return Fault(f"permissions[{places[1]}]", message, fix, kind.type)

    return find


def some_call_is_allowed(grant: Grant) -> Fault | None:
    """A session must allow some call; native-token-transfer does under R2, a mere limit never."""
    if any(permission.allows_calls(grant.rules) for permission in grant.permissions):
        return None
    kinds = ", ".join(permission.type for permission in grant.permissions) or "an empty list"
    fix = "Add what may be called: contract-access, functions-on-contract, erc20-token-transfer, …"
    return Fault("permissions", f"{kinds} allows no call at all.", fix, kinds)


def expiry_is_not_past(grant: Grant) -> Fault | None:
    """The expiry is the last second of the session: now is fine, earlier is not."""
    if not grant.expiry or grant.expiry >= grant.now:
        return None
    message = f"{grant.expiry} is {grant.now - grant.expiry} seconds before now."
    return Fault("expiry_sec", message, f"Give at least {grant.now}, or 0 for none.", grant.expiry)


def expiry_fits(grant: Grant) -> Fault | None:
    """The expiry fits in 48 bits."""
    if grant.expiry <= MAX_EXPIRY:
        return None
    message = f"{grant.expiry} is more than 2**48 - 1."
    return Fault("expiry_sec", message, "Give seconds since 1970, or 0 for none.", grant.expiry)


def limits_name_targets_once(grant: Grant) -> Fault | None:
    """Under R8 each token has one erc20-token-transfer; without it the last one counts. So for all such limits."""
    if not grant.rules.addresses_compare_as_addresses:
        return None
    for limit in LIMITS.values():
        fix = f"Say all that you mean about this address in one {limit.permission}."
        if limit.binds_target and (fault := _named_twice(grant, _targets(grant, limit.permission), fix)):
            return fault
    return None


#: Production name and rule, in the order in which they apply. RULES.md gives no place to the ERC-20
#: duplicates that R8 adds; the vectors report an expiry first (documented, ids 81 and 497).
BUILDER_RULES: tuple[tuple[str, Callable[[Grant], Fault | None]], ...] = (
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
    """Field and address of each permission of these types that names one; without types, of all."""
    for i, permission in enumerate(grant.permissions):
        address = getattr(permission, "address", None)
        if address is not None and (not types or permission.type in types):
            yield _field(i, "address"), address


def _named_twice(grant: Grant, targets: Iterator[tuple[str, str]], fix: str) -> Fault | None:
    seen: dict[str, str] = {}
    for field, target in targets:
        if first := seen.get(_same(grant, target)):
            return Fault(field, f"{target} is named already in {first}.", fix, target)
        seen[_same(grant, target)] = field
    return None


def _same(grant: Grant, address: str) -> str:
    """What two spellings of an address share: under R8 all of it, else nothing but equal text."""
    return address.lower() if grant.rules.addresses_compare_as_addresses else address


def _field(i: int, name: str) -> str:
    return f"permissions[{i}].data.{name}"
