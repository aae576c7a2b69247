"""The three kinds of value in a permission: an amount, an address and a list of functions.

Values come from JSON, which accepts only hex text, as the API does, or from Python, which also accepts numbers for
amounts and signatures for functions. Internally, each value has one form: an ``int``, an address as it was written, or
a lower-case selector. Errors show the invalid value and how to write it; ``as_invalid_input`` is the only place that
converts pydantic's errors.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from operator import index
from typing import Annotated, Any

from eth_utils.address import is_checksum_formatted_address, to_checksum_address
from pydantic import BeforeValidator, ValidationError, ValidationInfo
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from sessionlab.core.base.abi_values import SIGNATURE_FIX, read_signature
from sessionlab.core.base.addresses import checksum, is_name
from sessionlab.core.base.amounts import MAX_UINT256, as_index
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions.functions import selector

_HEX = re.compile(r"0x[0-9a-fA-F]+")
#: Validation context for values from JSON.
JSON = {"source": "json"}
#: For values from Python, what an amount counts: an asset or anything else.
ASSET, OTHER = "asset", "other"

_HEX_FIX = "Write it as hex text that begins with 0x, such as '0x3e8' for 1000."


def as_invalid_input(error: ValidationError, where: str = "") -> InvalidInput:
    """Convert pydantic's first error to InvalidInput, giving unknown keys priority.

    Its field is the path starting at ``where``: ``permissions[1].data.functions[0]``.
    """
    result = error.errors()
    first = next((detail for detail in result if detail["type"] == "extra_forbidden"), result[0])
    field = where
    for step in first["loc"]:
        field += f"[{step}]" if isinstance(step, int) else f".{step}" if field else step
    missing = [str(detail["loc"][-1]) for detail in result if detail["type"] == "missing"]
    message, fix = _words(first, field, missing)
    asked = None if first["type"] == "missing" else first["input"]
    return InvalidInput(message, field=field, asked=asked, fix=fix)


def _words(detail: ErrorDetails, field: str, missing: list[str]) -> tuple[str, str]:
    name = field.rpartition(".")[2]
    if detail["type"] == "missing":
        return f"{field} is missing.", f"Add {name!r}."
    if detail["type"] == "extra_forbidden":
        close = get_close_matches(name, missing, n=1)
        fix = f"Did you mean {close[0]!r}?" if close else f"Leave out {name!r}."
        return f"{field} is not part of this permission.", fix
    return detail["msg"], detail["ctx"]["fix"]


def _refused(value: Any, why: str, fix: str) -> PydanticCustomError:
    value = f"a value of {len(value)} bytes" if isinstance(value, bytes) else value
    shown = str(value) if len(str(value)) < 100 else str(value)[:97] + "..."
    shown = repr(shown) if isinstance(value, str) else shown
    return PydanticCustomError("value", "{shown} {why}.", {"shown": shown, "why": why, "fix": fix})


def _read_amount(value: Any, info: ValidationInfo) -> int:
    if isinstance(value, str):
        if info.context != JSON and len(value) == 42 and _HEX.fullmatch(value):
            raise _refused(value, "is an address, not an amount", _whole_number(info.context))
        fix = _HEX_FIX if info.context == JSON else _whole_number(info.context)
        value = _number_of_hex(value, fix)
    elif info.context == JSON or as_index(value) is None:
        kind = type(value).__name__
        fix = _HEX_FIX if info.context == JSON else _whole_number(info.context)
        raise _refused(value, f"is of type {kind}, not an amount", fix)
    if value < 0:
        raise _refused(value, "is below zero", "Give zero or more.")
    if value > MAX_UINT256:
        raise _refused(hex(value), "is more than 256 bits can hold", "Give at most 2**256 - 1.")
    return index(value)


def _whole_number(context: dict[str, str] | None) -> str:
    """Return how to write an amount in Python. Only assets have decimals."""
    is_asset = context is None or context.get("counts") == ASSET
    return "Give a whole number: ether('0.3') and gwei(2) make one." if is_asset else "Give a whole number, such as 5."


def _number_of_hex(text: str, fix: str) -> int:
    if text.startswith("-"):
        raise _refused(text, "is below zero", "Give zero or more.")
    if not text.startswith("0x"):
        raise _refused(text, "does not begin with 0x" if fix == _HEX_FIX else "is not a whole number", fix)
    if not _HEX.fullmatch(text):
        raise _refused(text, "is not a hex number", fix)
    return int(text, 16)


def _read_address(value: Any, info: ValidationInfo) -> str:
    fix = "Write the address as 0x and 40 hex digits."
    if info.context != JSON and not isinstance(value, str):  # a wallet, a key or 20 bytes, as in a call
        held = getattr(value, "address", value)
        value = checksum(held) if isinstance(held, bytes) and len(held) == 20 else held
    if info.context != JSON and is_name(value):
        return str(value)  # until it is granted or judged, where a lab is known
    if not isinstance(value, str):
        raise _refused(value, f"is of type {type(value).__name__}, not an address", fix)
    if not value.startswith("0x"):
        raise _refused(value, "does not begin with 0x", fix)
    if not _HEX.fullmatch(value):
        raise _refused(value, "is not hex", fix)
    if len(value) != 42:
        raise _refused(value, f"has {len(value) - 2} hex digits, not 40", fix)
    if is_checksum_formatted_address(value) and value != (right := to_checksum_address(value.lower())):
        fix = f"Copy the address again, or write {right} if you are sure."
        raise _refused(value, "has a wrong checksum: a letter or digit has changed", fix)
    return str(value)


def _read_functions(value: Any, info: ValidationInfo) -> list[Any]:
    if isinstance(value, list) or (isinstance(value, tuple) and info.context != JSON):
        return list(value)
    raise _refused(value, f"is of type {type(value).__name__}, not a list", "Put the functions in a list: [...].")


def _read_function(value: Any, info: ValidationInfo) -> str:
    fix = "Write the selector as 0x and 8 hex digits, such as '0xa9059cbb'"
    fix += "." if info.context == JSON else ", or the signature, such as 'transfer(address,uint256)'."
    if not isinstance(value, str):
        raise _refused(value, f"is of type {type(value).__name__}, not a function", fix)
    if info.context != JSON and "(" in value:
        try:
            return selector(read_signature(value)[0])
        except ValueError as error:
            raise _refused(value, str(error), "Write it as " + SIGNATURE_FIX.removeprefix("write ")) from None
    if not value.startswith("0x"):
        raise _refused(value, "does not begin with 0x", fix)
    if len(value) > 2 and not _HEX.fullmatch(value):
        raise _refused(value, "is not hex", fix)
    if len(value) != 10:
        digits = len(value) - 2
        raise _refused(value, f"has {digits} hex digits; the selector of a function has 8 (4 bytes)", fix)
    return value.lower()


#: The forms that a value can have.
AMOUNT, ADDRESS, FUNCTIONS = "amount", "address", "functions"

#: 0 to 2**256 - 1, in the unit that its field names.
Amount = Annotated[int, BeforeValidator(_read_amount), AMOUNT]

#: 20 bytes as hex text, in the case given; mixed case must be a valid EIP-55 checksum.
Address = Annotated[str, BeforeValidator(_read_address), ADDRESS]

#: Four-byte selectors as lower-case hex text, in the order given.
Functions = Annotated[
    tuple[Annotated[str, BeforeValidator(_read_function)], ...], BeforeValidator(_read_functions), FUNCTIONS
]


def form_of(field: FieldInfo) -> str:
    """Return the form of a permission's field: ``amount``, ``address`` or ``functions``."""
    return next(mark for mark in field.metadata if isinstance(mark, str))
