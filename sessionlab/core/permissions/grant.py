"""Check whether a permission list may become a session. As in production, there are two checks.

    check_grant(permissions, wallet=wallet, expiry=expiry, now=now, rules=DOCUMENTED)
    check_install(permissions, expiry=expiry)

``check_grant`` refuses what the session builder refuses, before anything is signed. ``check_install`` refuses what the
wallet contract refuses when it installs the session. Both raise GrantRefused with the rule's production name, the
field, what was asked and the smallest fix. ``read_end`` reads when a session ends, and catches what is not in seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import MAX_SECONDS, check_seconds
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.permissions.functions import function_name
from sessionlab.core.permissions.grant_rules import BUILDER_RULES, MAX_EXPIRY, BrokenGrantRule, Grant
from sessionlab.core.permissions.types import AccountFunctions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sessionlab.core.permissions.rulesets import Ruleset
    from sessionlab.core.permissions.types import Permission

#: The rules that the wallet contract checks when installing, in order.
INSTALL_RULES = ("AccountAddressAsTargetError", "ValidationAlreadySet", "TimeRangeNotValid")
#: Reads for how many seconds a session lasts.
DURATION = partial(integer, least=1, most=MAX_SECONDS, fix="give whole seconds from the grant on.")


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


def read_end(expiry_sec: Any, expires_in: Any, now: Callable[[], int]) -> int | None:
    """Return when a session ends, of which one is given: ``expiry_sec``, or ``expires_in`` seconds from now on."""
    end = read_expiry(expiry_sec)
    if expires_in is None:
        return end
    seconds = DURATION(expires_in, "expires_in")
    if end is not None:
        message, fix = "A session has one end.", "give expiry_sec or expires_in, not both."
        raise InvalidInput(message, field="expires_in", asked=seconds, left=end, fix=fix)
    return check_seconds(now() + seconds, "expires_in")


def read_expiry(expiry: Any, field: str = "expiry_sec") -> int | None:
    """Return an expiry in Unix seconds, of which a datetime with a timezone has whole ones.

    Raises InvalidInput for milliseconds, which production accepts, and for a datetime without a timezone. Lets values
    above 2**48 - 1 pass, which the grant rule ``DeadlineOverLimitError`` refuses.
    """
    if expiry is None:
        return None
    if isinstance(expiry, datetime):
        if expiry.utcoffset() is None:
            fix = "give datetime(…, tzinfo=timezone.utc); .astimezone() makes it one of this machine's timezone."
            raise InvalidInput(f"{expiry} has no timezone.", field=field, asked=str(expiry), fix=fix)
        since = (expiry - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
        return integer(since, field, least=1, most=MAX_SECONDS, fix="give a date from 1970 to 2286, or 0 for none.")
    fix = "Give whole seconds since 1970, or a datetime with a timezone, or 0 for none."
    seconds = integer(expiry, field, most=None, fix=fix)
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
