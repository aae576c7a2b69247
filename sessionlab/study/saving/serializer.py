"""Convert values to JSON and back: numbers, text, bytes, lists, dicts and this project's records, nothing else.

Reading creates only classes from a fixed table and calls nothing that a file names, so a file cannot run code.
Equal records are written once and become one object when read.

>>> from sessionlab.core.evm.records import Authorization
>>> kinds = {"authorization": Authorization}
>>> text = to_json({"signed": (Authorization(1, "0x00", 0, 0, 1, 2), b"bytes")}, kinds)
>>> from_json(text, kinds)["signed"][1]
b'bytes'
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pydantic_core

from sessionlab.core.base.doors import ADDRESS
from sessionlab.core.base.keys import Key
from sessionlab.core.permissions.limits import LimitKind
from sessionlab.core.permissions.types import Permission
from sessionlab.study.key_elsewhere import KeyElsewhere
from sessionlab.study.saving.judging import check_records

#: Tags of values that JSON does not have; the tag comes before the value's items.
BYTES, TUPLE, LIST, DICT, SET, KEY, KIND, RECORD = "bytes", "tuple", "list", "dict", "set", "key", "kind", "record"
KEY_ELSEWHERE = "key-elsewhere"  # of which only the address is known


def to_json(value: Any, kinds: Mapping[str, type]) -> bytes:
    """Convert a value to JSON; the same value gives the same bytes. ``kinds``: the records it may contain, by name.

    Raises TypeError if the value contains an unknown type, ValueError if it contains text that is not Unicode or a
    number of more than 4,300 digits.
    """
    writer = _Writer(kinds)
    root = _dumped(writer.write(value))
    try:
        return f'{{"records":[{",".join(writer.records)}],"root":{root}}}'.encode()
    except UnicodeEncodeError:  # its message would show all of the text
        raise ValueError("Text that is not Unicode cannot be saved.") from None


def from_json(text: bytes, kinds: Mapping[str, type]) -> Any:
    """Convert JSON back to a value. Malformed JSON raises an Exception of any type, before anything is built."""
    result = pydantic_core.from_json(text)  # limits the nesting depth; json would overflow the stack
    check_records(result, kinds)
    sponsor_state = _Reader(kinds)
    for record in result["records"]:
        sponsor_state.records.append(sponsor_state.make(record))
    return sponsor_state.read(result["root"])


def parts_of(kind: type) -> tuple[str, ...]:
    """Return the fields of a record type that are written; fields that begin with ``_`` are private and skipped."""
    if issubclass(kind, Permission):
        return tuple(kind.model_fields)
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind) if not field.name.startswith("_"))
    return tuple(kind._fields)  # type: ignore[attr-defined]  # the rest are named tuples


class _Writer:
    def __init__(self, kinds: Mapping[str, type]) -> None:
        self.records: dict[str, int] = {}  # each record as written, and its index
        self._parts = {kind: (name, parts_of(kind)) for name, kind in kinds.items()}
        self._seen: dict[int, tuple[int, Any]] = {}  # by id, with the record, so that no id is reused

    def write(self, value: Any) -> Any:
        if isinstance(value, LimitKind):
            return [KIND, int(value)]
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, bytes):
            return [BYTES, value.hex()]
        if isinstance(value, KeyElsewhere):
            return [KEY_ELSEWHERE, value.address]
        if isinstance(value, Key):
            return [KEY, value.private.hex()]
        if type(value) in self._parts:
            return [RECORD, self._place(value)]
        if type(value) in (tuple, list):
            return [TUPLE if type(value) is tuple else LIST, *map(self.write, value)]
        if isinstance(value, Mapping):
            return [DICT, *(self.write(part) for item in value.items() for part in item)]
        if isinstance(value, frozenset):
            return [SET, *sorted(map(self.write, value), key=_dumped)]
        raise TypeError(f"A {type(value).__module__}.{type(value).__qualname__} cannot be saved.")

    def _place(self, record: Any) -> int:
        seen = self._seen.get(id(record))
        if seen is None:
            name, parts = self._parts[type(record)]
            text = _dumped([name, *(self.write(getattr(record, part)) for part in parts)])
            seen = self._seen[id(record)] = (self.records.setdefault(text, len(self.records)), record)
        return seen[0]


def _dumped(written: Any) -> str:
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))


class _Reader:
    def __init__(self, kinds: Mapping[str, type]) -> None:
        self.records: list[Any] = []
        self._kinds = kinds

    def make(self, written: Any) -> Any:
        name, *values = written
        kind = self._kinds[name]
        return kind(**dict(zip(parts_of(kind), map(self.read, values), strict=True)))

    def read(self, written: Any) -> Any:
        if not isinstance(written, list):
            return written
        kind, *items = written
        if kind == BYTES:
            return bytes.fromhex(items[0])
        if kind == KEY:
            return Key(bytes.fromhex(items[0]))
        if kind == KEY_ELSEWHERE:
            return KeyElsewhere(ADDRESS(items[0], "key"))
        if kind == KIND:
            return LimitKind(items[0])
        if kind == RECORD:
            return self.records[items[0]]
        values = [self.read(item) for item in items]
        if kind in (SET, DICT):
            _refuse_collisions(values if kind == SET else values[::2])
        if kind == DICT:
            return dict(zip(values[::2], values[1::2], strict=True))
        return {TUPLE: tuple, LIST: list, SET: frozenset}[kind](values)


def _refuse_collisions(keys: Iterable[Any]) -> None:
    """Raise ValueError for numbers that could all have one hash, so that each is compared with all before it."""
    for key in keys:
        if isinstance(key, tuple):
            _refuse_collisions(key)
        elif isinstance(key, int) and abs(key) >= sys.hash_info.modulus:
            raise ValueError("a number of more than 61 bits is a key")
