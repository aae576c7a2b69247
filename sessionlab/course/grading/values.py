"""Values as plain data: what an answer is given and returns, when both are in different processes.

    to_plain((4, 0.2))                      ["tuple", 4, ["float", "0.2"]]
    from_plain(["tuple", 4, ["float", "0.2"]])

Numbers, text, bytes, dots, lists, tuples, dicts, permissions, and the records that exercises hand to answers. Reading
makes nothing else, calls nothing that the data names, and raises ValueError for data that ``to_plain`` does not write.
Of any other value only the name of its type arrives, as a ``Foreign``, which no check takes for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from sessionlab.core.base.errors import SessionlabError

DEPTH = 20  # of lists and dicts within each other
LONGEST = 100  # characters of the name of a foreign type
MOST_BITS = 10_000  # of a number


class Foreign:
    """A value that does not travel: only the name of its type does, which is also the name of its class here."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class ForeignFunction(Foreign):
    """A function inside of an answer. The answer itself, if it is a function, is called where it lives."""


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return a value as data for JSON."""
    if value is None or isinstance(value, bool):
        return value
    if value is ...:
        return ["dots"]
    if isinstance(value, int):
        return int(value) if value.bit_length() <= MOST_BITS else ["foreign", "number of more than 10,000 bits"]
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float):
        return ["float", repr(float(value))]
    if isinstance(value, bytes | bytearray):
        return ["bytes", bytes(value).hex()]
    if depth < DEPTH and (name := _record_name(value)) is not None:
        return [name, *(to_plain(getattr(value, field.name), depth + 1) for field in fields(value))]
    if depth < DEPTH and isinstance(getattr(type(value), "type", None), str) and hasattr(value, "rows"):
        values = {name: getattr(value, name) for name in type(value).model_fields}
        return ["permission", type(value).type, to_plain(values, depth + 1)]
    if depth < DEPTH and type(value) in (list, tuple):
        return ["list" if type(value) is list else "tuple", *(to_plain(item, depth + 1) for item in value)]
    if depth < DEPTH and isinstance(value, Mapping):
        return ["dict", *(to_plain(part, depth + 1) for item in value.items() for part in item)]
    return ["foreign", readable(type(value).__name__)[:LONGEST]]


def from_plain(data: Any) -> Any:
    """Return the value of data that ``to_plain`` wrote. Raises ValueError for anything else."""
    if data is None or isinstance(data, bool | int):
        return data
    if isinstance(data, str):
        return readable(data)
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise ValueError("no value is written like this")
    tag, *parts = data
    if tag in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[tag](map(from_plain, parts))
    if tag == "dict":
        keys = [_key(from_plain(key)) for key in parts[::2]]
        return dict(zip(keys, map(from_plain, parts[1::2]), strict=True))
    if tag in _ATOMS and len(parts) == _ATOMS[tag][0]:
        return _ATOMS[tag][1](*parts)
    if tag in _records():
        return _record(tag, parts)
    raise ValueError("no value is written like this")


def readable(text: Any) -> str:
    """Return text that every encoding and every terminal can show: what they cannot is escaped."""
    shown = str(text).encode("utf-8", "backslashreplace").decode()
    return "".join(sign if sign.isprintable() or sign in "\n\t" else repr(sign)[1:-1] for sign in shown)


def foreign(name: str) -> Foreign:
    """Return what arrives of a value of another type."""
    shown = "".join(sign for sign in readable(name)[:LONGEST] if sign.isprintable()) or "object"
    kind: type[Foreign] = type(shown, (Foreign,), {})
    return kind()


# -- reading


def _key(value: Any) -> Any:
    if isinstance(value, list | dict | Foreign):
        raise ValueError("no value is written like this")
    hash(value)
    return value


def _number(text: Any) -> float:
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError("no value is written like this")
    return float(text)


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str):
        raise ValueError("no value is written like this")
    return bytes.fromhex(text)


def _permission(name: Any, data: Any) -> Any:
    from sessionlab.core.permissions.types import PERMISSION_TYPES

    values = from_plain(data)
    if not isinstance(name, str) or name not in PERMISSION_TYPES or not isinstance(values, dict):
        raise ValueError("no value is written like this")
    try:
        return PERMISSION_TYPES[name](**values)
    except (TypeError, SessionlabError):
        raise ValueError("no value is written like this") from None


def _name(text: Any) -> Foreign:
    if not isinstance(text, str):
        raise ValueError("no value is written like this")
    return foreign(text)


_ATOMS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "dots": (0, lambda: ...),
    "float": (1, _number),
    "bytes": (1, _bytes),
    "permission": (2, _permission),
    "foreign": (1, _name),
}


@cache
def _records() -> Mapping[str, type]:
    """The records that exercises hand to answers, by name."""
    from sessionlab.core.erc4337.call import Call
    from sessionlab.course.judges.judge_01 import Plan
    from sessionlab.study.pictures.gas_bars import GasBar

    return {"call": Call, "plan": Plan, "gas-bar": GasBar}


def _record_name(value: Any) -> str | None:
    if type(value).__module__.partition(".")[0] != "sessionlab":
        return None
    return next((name for name, kind in _records().items() if type(value) is kind), None)


def _record(name: str, parts: list[Any]) -> Any:
    kind = _records()[name]
    names = [field.name for field in fields(kind)]
    try:
        return kind(**dict(zip(names, map(from_plain, parts), strict=True)))
    except (TypeError, SessionlabError):
        raise ValueError("no value is written like this") from None
