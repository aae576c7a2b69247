"""What is compared: a permission list as the session that it makes, under one ruleset."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import check_seconds
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.grant import DURATION, check_grant, check_install, read_end, read_expiry
from sessionlab.core.permissions.json_codec import permissions_from_json, read_permissions
from sessionlab.core.permissions.limits import LIMITS, Remaining
from sessionlab.core.permissions.policy import NOTHING, NOTHING_LEFT, Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.comparing.wallet_request import parameters

if TYPE_CHECKING:
    from datetime import datetime

#: The wallet of lists that come without one: no policy can name its own wallet, so it is one that none names.
SOME_WALLET = "0x" + "a11e7" * 8
FILE_FIX = 'write a list of permissions, or {"permissions": [...]}.'
#: Largest file in bytes, and longest list.
MOST_BYTES, MOST_PERMISSIONS = 4 * 2**20, 1_000
#: Most functions that all permissions of a list name together.
MOST_FUNCTIONS = 10_000
#: When lists are granted that come without a time: in January 2027, as in a lab.
SOME_DAY = 1_800_000_000


@dataclass(frozen=True)
class PolicyRequest:
    """A permission list with its time window, before any ruleset has judged it."""

    permissions: tuple[Permission, ...]
    #: Unix seconds; 0: no end, no beginning.
    expiry_sec: int = 0
    valid_after: int = 0
    #: The wallet that it is for; None if any.
    wallet: str | None = None
    #: Instead of an end: how many seconds the session lasts from its grant.
    expires_in: int | None = None
    #: Of a session: the rules that its wallet enforces, and what its lab calls addresses and tokens.
    rules: Ruleset | None = None
    names: AddressBook | None = None

    @property
    def ends(self) -> bool:
        """Whether it names an end."""
        return bool(self.expiry_sec or self.expires_in)


@dataclass(frozen=True)
class Subject:
    """One side of a comparison: what a session with these permissions may do."""

    permissions: tuple[Permission, ...]
    rules: Ruleset
    policy: Policy
    remaining: Remaining = field(hash=False)
    #: Lower-case address of the wallet on which it is judged.
    wallet: str
    #: Why no session with this list can be made under these rules; None if one can.
    refused: GrantRefused | None = None

    def after(self, remaining: Remaining) -> Subject:
        """Return the same session with this left of its limits."""
        return replace(self, remaining=remaining)


def wallet_of(*requests: PolicyRequest) -> str:
    """Return the wallet on which lists are judged: the one that they are for, else one that none of them names."""
    wallets = {asked.wallet for asked in requests if asked.wallet}
    if len(wallets) == 1:
        return wallets.pop()
    named = {getattr(permission, "address", "").lower() for asked in requests for permission in asked.permissions}
    return first_free(SOME_WALLET, wallets | named)


def moment_of(now: int | None, *requests: PolicyRequest) -> int:
    """When they are granted: as given, or a day on which none of them has ended, and none has begun before others."""
    if now is not None:
        return now
    begins = {asked.valid_after for asked in requests}
    edges = [asked.expiry_sec for asked in requests] + (sorted(begins) if len(begins) > 1 else [])
    return min([SOME_DAY, *(edge - 1 for edge in edges if edge > 1)])


def subject_of(asked: PolicyRequest, rules: Ruleset, *, wallet: str, now: int) -> Subject:
    """Return what a session with this list may do; if no session can be made of it, nothing."""
    begin = asked.valid_after
    expiry = asked.expiry_sec if asked.expires_in is None else check_seconds(now + asked.expires_in, "expires_in")
    try:
        check_grant(asked.permissions, wallet=wallet, expiry=expiry, now=now, rules=rules)
        check_install(asked.permissions, expiry=expiry, valid_after=begin, wallet=wallet)
    except GrantRefused as refused:
        return Subject(asked.permissions, rules, NOTHING, NOTHING_LEFT, wallet, refused)
    policy, remaining = install(
        rows(asked.permissions), wallet=wallet, rules=rules, valid_after=begin, valid_until=expiry
    )
    for meter in remaining:
        if not LIMITS[meter.kind].counts:
            raise InvalidInput(
                f"{LIMITS[meter.kind].permission} sets a condition, and conditions are not compared yet.",
                field="permissions",
                asked=LIMITS[meter.kind].permission,
                fix="compare the lists without it.",
            )
    return Subject(asked.permissions, rules, policy, remaining, wallet)


def MOMENT(value: Any, field: str) -> int:  # noqa: N802 - a reader is a constant
    """Read when a list is granted, in Unix seconds."""
    return check_seconds(integer(value, field, least=1, fix="give seconds since 1970, from 1."), field)


def first_free(address: str, taken: Container[str]) -> str:
    """Return the address or, if it is taken, the next one that is not; in lower case."""
    number = int(address, 16)
    while f"0x{number:040x}" in taken:
        number = (number + 1) % 2**160
    return f"0x{number:040x}"


def read_request(value: Any, name: str) -> PolicyRequest:
    """Read a list of permissions, a grant's JSON, a session, or the path of a JSON file. Raises InvalidInput."""
    if isinstance(value, str | Path) and not isinstance(value, bytes):
        return _from_json(json_in(Path(value), name, FILE_FIX), name)
    if isinstance(value, PolicyRequest):
        return value
    if hasattr(value, "permissions") and hasattr(value, "expiry_sec"):
        permissions = tuple(value.permissions)
        address = getattr(value, "wallet", None)  # a proposal has none
        wallet = address.lower() if isinstance(address, str) else None
        known: dict[str, Any] = {name: getattr(value, name, None) for name in ("rules", "names")} if wallet else {}
        return PolicyRequest(permissions, value.expiry_sec or 0, wallet=wallet, **known)
    if isinstance(value, Mapping):
        return _from_json(value, name)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        _bounded(value, name)
        try:
            return PolicyRequest(_named(read_permissions(value), name))
        except InvalidInput as error:
            error.field = f"{name}.{error.field}" if error.field else name
            raise
    raise InvalidInput(
        f"{name} is of type {type(value).__name__}.",
        field=name,
        asked=type(value).__name__,
        fix="put it into [ ]."
        if isinstance(value, Permission)
        else "give a list of permissions, a session, the JSON of a grant, or the path of a JSON file.",
    )


def ending(
    requests: Sequence[PolicyRequest], expiry_sec: int | datetime | None, expires_in: int | None
) -> list[PolicyRequest]:
    """Return the requests, those that name no end with this one. Raises InvalidInput if each has an end of its own."""
    end = read_end(expiry_sec, expires_in, int) if expiry_sec is not None or expires_in is not None else None
    if not end:
        return list(requests)
    own: dict[str, Any] = {"expiry_sec": end} if expires_in is None else {"expires_in": end}
    result = [asked if asked.ends else replace(asked, **own) for asked in requests]
    if result == list(requests):
        field = next(iter(own))
        fix = "leave it out, or give the permissions alone."
        raise InvalidInput("What is judged has an end of its own.", field=field, asked=end, fix=fix)
    return result


def _bounded(items: Sequence[Any], name: str) -> None:
    if len(items) > MOST_PERMISSIONS:
        raise InvalidInput(
            f"{name} has {len(items):,} permissions.",
            field=name,
            asked=len(items),
            left=MOST_PERMISSIONS,
            fix=f"compare lists of up to {MOST_PERMISSIONS:,}.",
        )


def _named(permissions: Sequence[Permission], name: str) -> tuple[Permission, ...]:
    functions = sum(len(getattr(permission, "functions", ())) for permission in permissions)
    if functions > MOST_FUNCTIONS:
        raise InvalidInput(
            f"{name} names {functions:,} functions.",
            field=name,
            asked=functions,
            left=MOST_FUNCTIONS,
            fix=f"name up to {MOST_FUNCTIONS:,}.",
        )
    return tuple(permissions)


_FIELDS = ("permissions", "expirySec", "expiresIn", "validAfter")
METHOD = "wallet_createSession"
#: What a request says besides: whose wallet it is for, and whose key, on which chain.
_ALSO_SENT = ("account", "key", "chainId")


def _from_json(value: Any, name: str) -> PolicyRequest:
    value = parameters(value, METHOD, name)
    if isinstance(value, list):
        _bounded(value, name)
        return PolicyRequest(_named(permissions_from_json(value, f"{name}.permissions"), name))
    if not isinstance(value, Mapping) or "permissions" not in value:
        raise InvalidInput(
            f"{name} has no permissions.",
            field=f"{name}.permissions",
            fix='write a list of permissions, or {"permissions": [...], "expirySec": ...}.',
        )
    for key in value:
        if key not in (*_FIELDS, *_ALSO_SENT):
            raise InvalidInput(
                f"{key!r} is not part of a policy.",
                field=f"{name}.{key}",
                asked=value[key],
                fix=f"use {', '.join(_FIELDS)}, or leave it out.",
            )
    items = value["permissions"]
    if isinstance(items, list):
        _bounded(items, name)
    permissions = permissions_from_json(items, f"{name}.permissions")
    expiry = read_expiry(value.get("expirySec"), f"{name}.expirySec") or 0
    begin = _begin(value.get("validAfter", 0), f"{name}.validAfter")
    lasts = value.get("expiresIn")
    if lasts is not None and expiry:
        raise InvalidInput(
            f"{name} has two ends.", field=f"{name}.expiresIn", asked=lasts, fix="keep expirySec or expiresIn."
        )
    if lasts is not None:
        lasts = DURATION(lasts, f"{name}.expiresIn")
    wallet = checksum(address_bytes(value["account"], f"{name}.account")).lower() if "account" in value else None
    return PolicyRequest(_named(permissions, name), expiry, begin, wallet, lasts)


def _begin(value: Any, field: str) -> int:
    return check_seconds(integer(value, field, fix="give whole seconds since 1970, or 0 for at once."), field)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, in which nothing may be named twice: readers of JSON do not agree on which one counts."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise _NamedTwice(next(name for name in names if names.count(name) > 1))
    return result


class _NamedTwice(ValueError):
    """An object of a JSON file names something twice."""


def json_in(path: Path, name: str, fix: str) -> Any:
    """Return what a JSON file holds. Raises InvalidInput if it is too large, unreadable or not JSON."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(
                f"{path} is larger than {MOST_BYTES:,} bytes.", field=name, asked=path.stat().st_size, left=MOST_BYTES
            )
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except OSError as error:
        how = "give the path of a JSON file, or its content."
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", field=name, asked=str(path), fix=how) from None
    except _NamedTwice as twice:
        message = f"{path} names {str(twice)!r} twice in one object."
        raise InvalidInput(message, field=name, asked=str(twice), fix="keep one of them.") from None
    except (ValueError, RecursionError):
        raise InvalidInput(f"{path} is not JSON.", field=name, asked=str(path), fix=fix) from None
