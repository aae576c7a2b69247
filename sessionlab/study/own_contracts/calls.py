"""Functions and arguments of a contract by its ABI: found by name, read by name, encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from eth_abi.exceptions import EncodingError

from sessionlab.core.base.abi_values import read_argument, read_signature
from sessionlab.core.base.addresses import address_bytes, checksum, is_name
from sessionlab.core.base.doors import TEXT
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.rpc_values import shown
from sessionlab.core.contracts.abi import Codec, read_entry
from sessionlab.core.denials.address_book import AddressBook

Item = Mapping[str, Any]
"""One entry of an ABI, as ``read_abi`` writes it."""


def items(abi: str, kind: str) -> list[Item]:
    """Return the entries of one kind."""
    return [item for item in json.loads(abi) if item["type"] == kind]


def find_function(abi: str, wanted: str, count: int, contract: str) -> Item:
    """Return a function by its name or signature; of several with a name, the only one with so many arguments.

    Raises NotFound if there is none, and InvalidInput if the name means several.
    """
    by_signature = {read_entry(item).signature: item for item in items(abi, "function")}
    text = TEXT(wanted, "function")
    if "(" in text:
        with suppress(ValueError):
            text = read_signature(text)[0]
    named = {signature: item for signature, item in by_signature.items() if text in (signature, item["name"])}
    if not named:
        close = get_close_matches(text, [*by_signature, *(item["name"] for item in by_signature.values())], n=1)
        known = ", ".join(sorted(by_signature)[:20]) or "none"
        fix = f"did you mean {close[0]}?" if close else f"its functions: {known}."
        raise NotFound(f"{contract} has no function {text[:80]!r}.", field="function", asked=text[:80], fix=fix)
    fitting = [item for item in named.values() if len(item["inputs"]) == count]
    if len(named) == 1 or len(fitting) == 1:
        return next(iter(named.values())) if len(named) == 1 else fitting[0]
    message = f"{contract} has {len(named)} functions {text}: {', '.join(sorted(named))}."
    raise InvalidInput(message, field="function", asked=text, fix="give the signature of one, with its types.")


def encode_arguments(item: Item, values: Sequence[Any], what: str, book: AddressBook) -> bytes:
    """Encode the arguments of a function or constructor. Raises InvalidInput with the argument's name.

    A struct may be given as a mapping of its members, and an address by a name in the book.
    """
    inputs = item["inputs"]
    if len(values) != len(inputs):
        wanted = ", ".join(f"{_name(each, number)}: {each['type']}" for number, each in enumerate(inputs))
        message = f"{what} takes {len(inputs)} argument{'s' * (len(inputs) != 1)}, not {len(values)}."
        fix = f"give {wanted}." if wanted else "leave them out."
        raise InvalidInput(message, field="arguments", asked=len(values), left=len(inputs), fix=fix)
    kinds = read_entry({"name": "", **item, "type": "function"}).types
    read = [
        _read(each, kind, value, _name(each, number), book)
        for number, (each, kind, value) in enumerate(zip(inputs, kinds, values, strict=True))
    ]
    return Codec(kinds).encode(tuple(read))


def _read(argument: Item, kind: str, value: Any, field: str, book: AddressBook) -> Any:
    read = read_argument(kind, arranged(argument, value, field, book), field)
    try:
        Codec((kind,)).encode((read,))
    except (EncodingError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        message, fix = f"{shown(value)} does not go with {argument['type']}: {reason}", f"give a value of {kind}."
        raise InvalidInput(message, field=field, asked=shown(value), fix=fix) from None
    return read


def arranged(argument: Item, value: Any, field: str, book: AddressBook) -> Any:
    """Return a value with its mappings as tuples, in the order of the struct's members, and names as addresses."""
    if not (argument["type"].startswith("address") or "components" in argument):
        return value
    if argument["type"].endswith("]"):
        inner = {**argument, "type": argument["type"].rpartition("[")[0]}
        is_list = isinstance(value, list | tuple)
        return [arranged(inner, each, f"{field}[{n}]", book) for n, each in enumerate(value)] if is_list else value
    if "components" not in argument:
        return book.address_of(value, field) if is_name(value) else value
    members = argument["components"]
    if isinstance(value, Mapping):
        names = [member["name"] for member in members]
        if wrong := [name for name in value if name not in names] + [name for name in names if name not in value]:
            verb = "is missing in" if wrong[0] in names else "is not a member of"
            message = f"{wrong[0]!r} {verb} {field}."
            raise InvalidInput(message, field=f"{field}.{wrong[0]}", fix=f"give {', '.join(names)}.")
        value = [value[name] for name in names]
    if isinstance(value, list | tuple) and len(value) == len(members):
        return tuple(
            arranged(each, part, f"{field}.{each['name']}", book) for each, part in zip(members, value, strict=True)
        )
    return value


def spelled(argument: Item, value: Any) -> Any:
    """Return a decoded value, with addresses checksummed as everywhere else."""
    kind = argument["type"]
    if kind.endswith("]"):
        inner = {**argument, "type": kind.rpartition("[")[0]}
        return tuple(spelled(inner, each) for each in value)
    if "components" in argument:
        return tuple(map(spelled, argument["components"], value))
    return checksum(address_bytes(value)) if kind == "address" and isinstance(value, str) else value


def _name(argument: Item, number: int) -> str:
    return argument["name"] or f"arguments[{number}]"
