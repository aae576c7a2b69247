"""Check whether a permission list may become a session. As in production, there are two checks.

    check_grant(permissions, wallet=wallet, expiry=expiry, now=now, rules=DOCUMENTED)
    check_install(permissions, expiry=expiry)

``check_grant`` refuses what the session builder refuses, before anything is signed. ``check_install`` refuses what the
wallet contract refuses when it installs the session. Both raise GrantRefused with the rule's production name, the
field, what was asked and the smallest fix. ``read_expiry`` catches expiries that are not in seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import check_seconds
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.permissions.functions import function_name
from sessionlab.core.permissions.grant_rules import BUILDER_RULES, MAX_EXPIRY, BrokenGrantRule, Grant
from sessionlab.core.permissions.types import AccountFunctions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sessionlab.core.permissions.rulesets import Ruleset
    from sessionlab.core.permissions.types import Permission

#: The rules that the wallet contract checks when installing, in order.
INSTALL_RULES = ("AccountAddressAsTargetError", "ValidationAlreadySet", "TimeRangeNotValid")


def check_grant(
    permissions: Sequence[Permission], *, wallet: str, expiry: int | None, now: int, rules: Ruleset
) -> None:
    """Refuse what the session builder refuses. Times are in Unix seconds; None or 0 means no expiry."""
    grant = Grant(permissions, wallet, expiry or 0, now, rules)
    for rule, find in BUILDER_RULES:
        if fault := find(grant):
            raise _refusal(rule, fault)


def check_install(
    permissions: Sequence[Permission],
    *,
    expiry: int | None,
    valid_after: int = 0,
    entity_taken: bool = False,
    wallet: str = "",
) -> None:
    """Refuse what the wallet contract refuses. ``entity_taken``: a session already has this entity id.

    ``wallet``, if known, must not be a target or a token, in any letter case.
    """
    _check_rows(permissions, wallet.lower())
    _, already_set, time_range = INSTALL_RULES
    if entity_taken:
        fix = "Use the next entity id, or revoke the session that has it."
        raise _refusal(already_set, BrokenGrantRule("entity_id", "a session with this id is installed.", fix))
    if expiry and valid_after >= expiry:
        message = f"the session would begin at {valid_after} and end at {expiry}."
        raise _refusal(time_range, BrokenGrantRule("valid_after", message, "Begin before the expiry.", valid_after))


def read_expiry(expiry: Any, field: str = "expiry_sec") -> int | None:
    """Return an expiry in Unix seconds. Raises InvalidInput for milliseconds, which production accepts.

    Lets values above 2**48 - 1 pass, which the grant rule ``DeadlineOverLimitError`` refuses.
    """
    if expiry is None:
        return None
    seconds = integer(expiry, field, most=None, fix="Give whole seconds since 1970, or 0 for none.")
    return seconds if seconds > MAX_EXPIRY else check_seconds(seconds, field)


def _check_rows(permissions: Sequence[Permission], wallet: str) -> None:
    """Refuse what the contract refuses while it writes the rows, in their order."""
    own_target, already_set, _ = INSTALL_RULES
    seen: set[str] = set()
    for i, permission in enumerate(permissions):
        for j, code in enumerate(permission.functions if isinstance(permission, AccountFunctions) else ()):
            if code in seen:
                field = f"permissions[{i}].data.functions[{j}]"
                message = f"{function_name(code)} of the wallet is named twice."
                raise _refusal(already_set, BrokenGrantRule(field, message, "Name it once.", code))
            seen.add(code)
        address = getattr(permission, "address", None)
        if address and address.lower() == wallet:
            fix = "Use account-functions for functions of the wallet."
            fault = BrokenGrantRule(f"permissions[{i}].data.address", f"{address} is the wallet itself.", fix, address)
            raise _refusal(own_target, fault)


def _refusal(rule: str, fault: BrokenGrantRule) -> GrantRefused:
    return GrantRefused(rule, fault.message, field=fault.field, asked=fault.asked, fix=fault.fix)
