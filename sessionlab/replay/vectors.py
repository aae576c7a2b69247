"""The vectors format: one line is one session in a world of its own, with operations and what was decided.

``addresses`` maps symbols to addresses, which stand inside the operations' data too, so the world is built
at these addresses. Amounts are decimal strings. ``rules`` names the ruleset (without it: ``deployed``); ``extensions``
lists the permission types beyond production's that the line's world knows, such as ``["call-limit"]`` (without it:
none). The ``remaining`` of an ``expect`` has a name for each limit; that of call-limit is ``operations``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sessionlab.errors import InvalidInput
from sessionlab.permissions.fields import ADDRESS
from sessionlab.permissions.kinds import GAS_UNIT, LIMITS, Meter, extended
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.permissions.types import PERMISSION_TYPES

Line = dict[str, Any]
Operation = dict[str, Any]

#: The world at the start of each line: what the wallet holds, in wei and in units of each token.
WALLET_ETH = 100 * 10**18
TOKEN_SUPPLY = 10**12
TOKENS = ("TOKEN_A", "TOKEN_B", "TOKEN_C")

#: What every line has, and what each of its operations has.
LINE_FIELDS = {
    "id": int,
    "addresses": dict,
    "time0": int,
    "permissions": list,
    "expiry": int,
    "valid_after": int,
    "grant": dict,
    "ops": list,
}
OPERATION_FIELDS = {
    "time": int,
    "via": str,
    "gas": dict,
    "signer": str,
    "nonce": str,
    "wrap": str,
    "expect": dict,
}
REVOCATION_FIELDS = {"time": int, "how": str, "expect": dict}
#: What a line says of its session, and a step of kind ``grant`` of the next one.
GRANT_FIELDS = {"permissions": list, "expiry": int, "valid_after": int}
#: What a step has, by its kind.
STEP_FIELDS = {"revoke": REVOCATION_FIELDS, "grant": {"time": int, **GRANT_FIELDS, "expect": dict}}


def read_vectors(path: str | Path) -> list[Line]:
    """The lines of a vectors file. InvalidInput names the line that is not one."""
    try:
        texts = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", field="path", asked=str(path)) from None
    return [_read_line(text, number, path) for number, text in enumerate(texts, 1)]


def _read_line(text: str, number: int, path: str | Path) -> Line:
    try:
        line: Line = json.loads(text)
        _check_fields(line, LINE_FIELDS, "the line")
        for index, step in enumerate(line["ops"]):
            kind = str(step.get("kind")) if isinstance(step, dict) else ""
            _check_fields(step, STEP_FIELDS.get(kind, OPERATION_FIELDS), f"ops[{index}]")
        _check_names(line)
    except ValueError as error:
        raise InvalidInput(
            f"Line {number} of {path} is not a vector: {error}.",
            field=f"line {number}",
            fix="write one JSON object a line, with " + ", ".join(LINE_FIELDS) + ".",
        ) from None
    line.setdefault("rules", "deployed")
    try:
        rules_of(line)
    except InvalidInput as error:
        message = f"Line {number} of {path}: {error.message}"
        raise InvalidInput(message, field=f"line {number}: {error.field}", asked=error.asked, fix=error.fix) from None
    return line


def rules_of(line: Line) -> Ruleset:
    """The ruleset of a line, with its extensions. InvalidInput if one does not exist."""
    return extended(ruleset(line.get("rules", "deployed")), line.get("extensions", ()))


def _check_fields(data: Any, fields: dict[str, type], what: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is no object")
    for name, kind in fields.items():
        if not isinstance(data.get(name), kind):
            raise ValueError(f"{what} has no {name} ({kind.__name__})")


def _check_names(line: Line) -> None:
    names = line.get("extensions", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("extensions is not a list of names")


def permissions_of(line: Line) -> list[dict[str, Any]]:
    """The permission list with addresses in place of symbols."""
    return [_resolve(permission, line["addresses"]) for permission in line["permissions"]]


def targets_of(line: Line, kind: str) -> dict[str, str]:
    """Symbol → address of what the permissions of this type are about."""
    found = [p["data"]["address"] for p in line["permissions"] if p["type"] == kind]
    return {symbol: line["addresses"].get(symbol, symbol) for symbol in found}


def remaining_of(line: Line, rules: Ruleset, left: Callable[[Meter], int]) -> dict[str, Any]:
    """What remains of the session's limits, in the format of the line: null where no permission sets one."""
    found: dict[str, Any] = {}
    for kind, limit in LIMITS.items():
        if not limit.counts:
            continue
        name = "gas_wei" if limit.unit == GAS_UNIT and not rules.gas_limit_counts_gas else kind.name.lower()
        if limit.binds_target:
            targets = targets_of(line, limit.permission)
            found[name] = {symbol: str(left(Meter(kind, address.lower()))) for symbol, address in targets.items()}
        else:
            found[name] = str(left(Meter(kind))) if has(line, limit.permission) else None
    return found


def has(line: Line, kind: str) -> bool:
    """Whether the line's session has a permission of this type."""
    return any(permission["type"] == kind for permission in line["permissions"])


def differences(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Every place where two JSON values differ, as ``path: expected … found …``."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected:
            yield from differences(expected[key], found.get(key), f"{where}.{key}" if where else key)
    elif expected != found:
        yield f"{where}: expected {expected}, found {found}"


def fields_of(permission: dict[str, Any]) -> dict[str, str]:
    """The fields of a permission's data, with their forms; none of a type that nothing here knows."""
    kind = PERMISSION_TYPES.get(str(permission.get("type")))
    return kind.fields() if kind else {}


def _resolve(permission: dict[str, Any], addresses: dict[str, str]) -> dict[str, Any]:
    data = dict(permission.get("data") or {})
    for name, form in fields_of(permission).items():
        if form == ADDRESS and name in data:
            data[name] = addresses.get(data[name], data[name])
    return {"type": permission["type"]} | ({"data": data} if data else {})
