"""Read and write permission lists in the API's JSON. Reading is strict; errors give the path of the bad value.

    permissions_from_json([{"type": "gas-limit", "data": {"limit": "300"}}])
    # InvalidInput: '300' does not begin with 0x. (field: permissions[0].data.limit)
    #               Next step: write it as hex text that begins with 0x, such as '0x3e8' for 1000.

The grant rules in ``grant.py`` decide what a whole list may grant, including an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.permissions.limits import EXTENSIONS
from sessionlab.core.permissions.types import PERMISSION_TYPES, Permission

if TYPE_CHECKING:
    from collections.abc import Iterable


#: The types that every lab has. Extensions are read too, but a lab without them refuses them by its grant rules.
PRODUCTION = [name for name in PERMISSION_TYPES if name not in EXTENSIONS]


def permissions_from_json(items: Any, where: str = "permissions") -> list[Permission]:
    """Read a JSON list. Raises InvalidInput with the field, such as ``permissions[1].data.allowance``."""
    if not isinstance(items, list):
        raise _refused(items, where, f"{where} is not a list.", "Put the permissions in a list: [...].")
    return [permission_from_json(item, f"{where}[{i}]") for i, item in enumerate(items)]


def read_permissions(items: Sequence[Permission | Mapping[str, Any]]) -> list[Permission]:
    """Read permissions given as objects or as the API's JSON. Raises InvalidInput with the malformed field."""
    if isinstance(items, Permission | Mapping | str | bytes) or not isinstance(items, Sequence):
        raise InvalidInput("permissions is a list.", field="permissions", fix="put the permission into [ ].")
    given = [
        item.with_addresses(f"permissions[{i}]").to_json() if isinstance(item, Permission) else item
        for i, item in enumerate(items)
    ]
    return permissions_from_json(given)


def permission_from_json(item: Any, where: str = "permission") -> Permission:
    """Read a permission. Raises InvalidInput if malformed, GrantRefused(UnsupportedPermissionTypeError) if unknown."""
    if not isinstance(item, dict):
        fix = "Write it as {'type': ..., 'data': {...}}."
        raise _refused(item, where, f"{where} is not a JSON object.", fix)
    kind = _kind(item, where)
    for key in item:
        if key not in ("type", "data"):
            raise _refused(item[key], f"{where}.{key}", f"{key!r} is not part of a permission.", f"Leave out {key!r}.")
    return kind._from_data(_data(item, kind, f"{where}.data"), f"{where}.data")


def permissions_to_json(permissions: Iterable[Permission]) -> list[dict[str, Any]]:
    """Return the list as the API's JSON."""
    return [permission.to_json() for permission in permissions]


def _kind(item: dict[str, Any], where: str) -> type[Permission]:
    field = f"{where}.type"
    if "type" not in item:
        raise _refused(None, field, f"{field} is missing.", "Use one of: " + ", ".join(PRODUCTION))
    name = item["type"]
    text = name if isinstance(name, str) else ""
    if text in PERMISSION_TYPES:
        return PERMISSION_TYPES[text]
    close = get_close_matches(text, PERMISSION_TYPES, n=1)
    raise GrantRefused(
        "UnsupportedPermissionTypeError",
        f"{name!r} is not a permission type.",
        field=field,
        asked=name,
        fix=f"Did you mean {close[0]!r}?" if close else "Use one of: " + ", ".join(PRODUCTION),
    )


def _data(item: dict[str, Any], kind: type[Permission], field: str) -> dict[str, Any]:
    if not kind.model_fields:
        if "data" in item:
            raise _refused(item["data"], field, f"{kind.type} carries no data.", "Leave out 'data'.")
        return {}
    if "data" not in item:
        raise _refused(None, field, f"{field} is missing.", f"Add 'data' with: {', '.join(kind.model_fields)}.")
    data = item["data"]
    if not isinstance(data, dict):
        fix = f"Write it as an object with: {', '.join(kind.model_fields)}."
        raise _refused(data, field, f"{field} is not a JSON object.", fix)
    return data


def _refused(asked: Any, field: str, message: str, fix: str) -> InvalidInput:
    return InvalidInput(message, field=field, asked=asked, fix=fix)
