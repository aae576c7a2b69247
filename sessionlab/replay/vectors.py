"""The vectors format: one line is one session in a world of its own, with operations and what was decided.

``addresses`` maps symbols to addresses, which stand inside the operations' data too, so the world is built
at these addresses. Amounts are decimal strings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sessionlab.errors import InvalidInput

Line = dict[str, Any]
Operation = dict[str, Any]


def read_vectors(path: str | Path) -> list[Line]:
    """The lines of a vectors file. InvalidInput names the line that is not one."""
    lines = []
    for number, text in enumerate(Path(path).read_text().splitlines(), 1):
        try:
            line = json.loads(text)
            line["permissions"], line["ops"], line["addresses"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInput(
                f"Line {number} of {path} is not a vector: {error}.",
                field=f"line {number}",
                fix="a vector has addresses, permissions and ops.",
            ) from None
        line.setdefault("rules", "deployed")
        lines.append(line)
    return lines


def permissions_of(line: Line) -> list[dict[str, Any]]:
    """The permission list with addresses in place of symbols."""
    return [_resolve(permission, line["addresses"]) for permission in line["permissions"]]


def tokens_of(line: Line) -> dict[str, str]:
    """Symbol → address of the limited tokens."""
    found = [p["data"]["address"] for p in line["permissions"] if p["type"] == "erc20-token-transfer"]
    return {symbol: line["addresses"].get(symbol, symbol) for symbol in found}


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


def _resolve(permission: dict[str, Any], addresses: dict[str, str]) -> dict[str, Any]:
    data = dict(permission.get("data") or {})
    if "address" in data:
        data["address"] = addresses.get(data["address"], data["address"])
    return {"type": permission["type"]} | ({"data": data} if data else {})
