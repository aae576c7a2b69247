"""A policy as TypeScript, for the published SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.types import Permission
from sessionlab.study.comparing.subject import PolicyRequest, read_request
from sessionlab.study.doors import NAMES
from sessionlab.study.text import duration

#: The longest line that a permission gets.
WIDTH = 100


@reads(policy=read_request, names=maybe(NAMES))
def typescript(policy: Any, *, names: AddressBook | None = None) -> str:
    """Return the call of ``grantPermissions`` that asks for a policy, in TypeScript for ``@alchemy/wallet-apis`` 5.

    ``policy``: as for ``compare``. The snippet expects ``owner`` (the owner's client), ``account`` (the wallet) and
    ``key`` (the session's key). ``names``: what addresses and tokens are called in its comments. Raises InvalidInput
    for what is not a policy.

    >>> print(typescript({"permissions": [{"type": "root"}], "expiresIn": 3600}))
    const permissions = await owner.grantPermissions({
      account,
      expirySec: Math.floor(Date.now() / 1000) + 3_600, // 1 hour
      key: { type: "secp256k1", publicKey: key.address },
      permissions: [
        // may do everything that the owner may, without limit
        { type: "root" },
      ],
    });
    """
    return "\n".join(_lines(read_request(policy, "policy"), names or AddressBook()))


def _lines(asked: PolicyRequest, names: AddressBook) -> Iterator[str]:
    yield "const permissions = await owner.grantPermissions({"
    yield "  account,"
    yield _end(asked)
    yield '  key: { type: "secp256k1", publicKey: key.address },'
    yield "  permissions: ["
    for permission in asked.permissions:
        yield f"    // {' '.join(names.permission(permission).split())}"
        yield from _permission(permission)
    yield "  ],"
    yield "});"


def _end(asked: PolicyRequest) -> str:
    if asked.expires_in is not None:
        left = f"Math.floor(Date.now() / 1000) + {asked.expires_in:_}"
        return f"  expirySec: {left}, // {duration(asked.expires_in)}"
    if asked.expiry_sec:
        return f"  expirySec: {asked.expiry_sec}, // {format_time(asked.expiry_sec)}"
    return "  // without an end, the key works until the owner revokes it"


def _permission(permission: Permission) -> Iterator[str]:
    written = permission.to_json()
    data: Mapping[str, Any] = written.get("data", {})
    if not data:
        yield f'    {{ type: "{permission.type}" }},'
        return
    forms = type(permission).fields()
    values = [f"{name}: {_value(value, forms[name])}" for name, value in data.items()]
    line = f'    {{ type: "{permission.type}", data: {{ {", ".join(values)} }} }},'
    if len(line) <= WIDTH:
        yield line
        return
    yield "    {"
    yield f'      type: "{permission.type}",'
    yield "      data: {"
    yield from (f"        {value}," for value in values)
    yield "      },"
    yield "    },"


def _value(value: Any, form: str) -> str:
    if form == "amount":
        return f"{int(value, 16):_}n"
    if isinstance(value, list):
        return "[" + ", ".join(f'"{item}"' for item in value) + "]"
    return f'"{value}"'
