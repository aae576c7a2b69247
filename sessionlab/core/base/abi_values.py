"""Read function signatures, and the values of call arguments, as people write them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sessionlab.core.base.doors import ADDRESS, each, integer
from sessionlab.core.base.errors import InvalidInput

_SIGNATURE = re.compile(r"([A-Za-z_$][\w$]*)(\([\w,()\[\]]*\))", re.ASCII)
_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_INTEGER = re.compile(r"(u?)int(\d+)")
SIGNATURE_FIX = "write its name and the types of its arguments without their names, such as transfer(address,uint256)."


@lru_cache(1024)
def read_signature(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the canonical signature and its types. ``uint`` is ``uint256``, and a blank may follow a comma.

    Raises ValueError for anything else: without its keyword or blank, a text would name another function.
    """
    from eth_abi.abi import is_encodable_type
    from eth_abi.grammar import normalize

    parts = _SIGNATURE.fullmatch(re.sub(r", +", ",", text))
    if parts is None:
        raise ValueError("is not a function with the types of its arguments")
    name, types = parts[1], normalize(parts[2])  # type: ignore[no-untyped-call]
    if types != "()" and not is_encodable_type(types):
        raise ValueError("has a type that contracts do not know")
    return name + types, _components(types) if types != "()" else ()


def read_argument(kind: str, value: Any, field: str) -> Any:
    """Read one argument of an ABI type, for eth_abi to encode. Checks addresses, and reads numbers of numpy."""
    if array := _ARRAY.fullmatch(kind):
        return each(lambda item, _: read_argument(array[1], item, field))(value, field)
    if kind.startswith("("):
        return read_arguments(_components(kind), value, field)
    if kind == "address":
        return ADDRESS(value, field)
    if number := _INTEGER.fullmatch(kind):
        least = 0 if number[1] else -(2 ** (int(number[2]) - 1))
        return integer(value, field, least, 2 ** int(number[2]) - 1 + least)
    return value


def read_arguments(kinds: tuple[str, ...], values: Any, field: str) -> tuple[Any, ...]:
    """Read the arguments for these types. Raises InvalidInput unless there is one for each."""
    given = each(lambda item, _: item)(values, field)
    if len(given) != len(kinds):
        message = f"The function takes {len(kinds)} argument{'s' * (len(kinds) != 1)}, not {len(given)}."
        fix = f"give {', '.join(kinds)}." if kinds else "leave them out."
        raise InvalidInput(message, field=field, asked=len(given), fix=fix)
    return tuple(read_argument(kind, value, field) for kind, value in zip(kinds, given, strict=True))


@lru_cache(1024)
def _components(kind: str) -> tuple[str, ...]:
    from eth_abi.grammar import parse

    return tuple(item.to_type_str() for item in parse(kind).components)
