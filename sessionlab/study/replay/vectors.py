"""The vectors format: each line is one session in a fresh state, with its operations and the decisions on them.

``addresses`` maps symbols to addresses. The operations' data contains these addresses too, so the contracts are placed
at them. Amounts are decimal strings. ``rules`` names the ruleset (default: ``deployed``); ``extensions`` lists the
permission types beyond production's that the line uses, such as ``["call-limit"]`` (default: none). The ``remaining``
of an ``expect`` has a name for each limit; that of call-limit is ``operations``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.fields import ADDRESS
from sessionlab.core.permissions.limits import GAS_UNIT, LIMITS, Meter, extended
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.core.permissions.types import PERMISSION_TYPES
from sessionlab.study.json_files import parse, read_text

Line = dict[str, Any]
Operation = dict[str, Any]

#: The wallet's balance at the start of each line, in wei and in units of each token.
WALLET_ETH = 100 * 10**18
TOKEN_SUPPLY = 10**12
TOKENS = ("TOKEN_A", "TOKEN_B", "TOKEN_C")

#: The fields of every line and of each of its operations.
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
#: The fields that describe a session: in a line for the first, in a step of kind ``grant`` for the next.
GRANT_FIELDS = {"permissions": list, "expiry": int, "valid_after": int}
#: The fields of a step, by its kind.
STEP_FIELDS = {"revoke": REVOCATION_FIELDS, "grant": {"time": int, **GRANT_FIELDS, "expect": dict}}


def read_vectors(path: str | Path) -> list[Line]:
    """Read the lines of a vectors file. Raises InvalidInput, which names the invalid line."""
    try:
        texts = read_text(Path(path)).splitlines()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}.", field="path", asked=str(path)) from None
    return [_read_line(text, number, path) for number, text in enumerate(texts, 1)]


def _read_line(text: str, number: int, path: str | Path) -> Line:
    try:
        line: Line = parse(text)
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
    """Return the ruleset of a line, with its extensions. Raises InvalidInput if one of them does not exist."""
    return extended(ruleset(line.get("rules", "deployed")), line.get("extensions", ()))


def _check_fields(data: Any, fields: dict[str, type], what: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is not an object")
    for name, kind in fields.items():
        if not isinstance(data.get(name), kind):
            raise ValueError(f"{what} has no {name} ({kind.__name__})")


def _check_names(line: Line) -> None:
    names = line.get("extensions", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("extensions is not a list of names")


def permissions_of(line: Line) -> list[dict[str, Any]]:
    """Return the permission list with addresses in place of symbols."""
    return [_resolve(permission, line["addresses"]) for permission in line["permissions"]]


def targets_of(line: Line, kind: str) -> dict[str, str]:
    """Return symbol → address for the targets of the permissions of this type."""
    result = [p["data"]["address"] for p in line["permissions"] if p["type"] == kind]
    return {symbol: line["addresses"].get(symbol, symbol) for symbol in result}


def remaining_of(line: Line, rules: Ruleset, left: Callable[[Meter], int]) -> dict[str, Any]:
    """Return what remains of the session's limits, in the line's format: null if no permission sets a limit."""
    result: dict[str, Any] = {}
    for kind, limit in LIMITS.items():
        if not limit.counts:
            continue
        name = "gas_wei" if limit.unit == GAS_UNIT and not rules.gas_limit_counts_gas else kind.name.lower()
        if limit.binds_target:
            targets = targets_of(line, limit.permission)
            result[name] = {symbol: str(left(Meter(kind, address.lower()))) for symbol, address in targets.items()}
        else:
            result[name] = str(left(Meter(kind))) if has(line, limit.permission) else None
    return result


def has(line: Line, kind: str) -> bool:
    """Whether the line's session has a permission of this type."""
    return any(permission["type"] == kind for permission in line["permissions"])


def differences(expected: Any, result: Any, where: str = "") -> Iterator[str]:
    """Yield every difference between two JSON values, as ``path: expected … found …``."""
    if isinstance(expected, dict) and isinstance(result, dict):
        for key in expected:
            yield from differences(expected[key], result.get(key), f"{where}.{key}" if where else key)
    elif expected != result:
        yield f"{where}: expected {expected}, found {result}"


def fields_of(permission: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a permission's data with their forms; none for an unknown type."""
    kind = PERMISSION_TYPES.get(str(permission.get("type")))
    return kind.fields() if kind else {}


def _resolve(permission: dict[str, Any], addresses: dict[str, str]) -> dict[str, Any]:
    data = dict(permission.get("data") or {})
    for name, form in fields_of(permission).items():
        if form == ADDRESS and name in data:
            data[name] = addresses.get(data[name], data[name])
    return {"type": permission["type"]} | ({"data": data} if data else {})
