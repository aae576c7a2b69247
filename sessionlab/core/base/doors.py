"""One reader for each kind of value that people hand in, and ``reads``, which puts readers at a function's door.

    @reads(address=ADDRESS, wei=AMOUNT)
    def fund(self, address: str, wei: int) -> None: ...

A reader takes a value and the name of its field. It returns the one form that is used inside, or raises InvalidInput.
Everything is read before the function runs, so a wrong value changes nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from inspect import signature
from types import FunctionType
from typing import Any, TypeVar, cast

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import MAX_UINT256, as_index
from sessionlab.core.base.errors import InvalidInput, MissingExtra
from sessionlab.core.base.rpc_values import shown

Reader = Callable[[Any, str], Any]
_F = TypeVar("_F", bound=Callable[..., Any])


def reads(**readers: Reader) -> Callable[[_F], _F]:
    """Return a decorator that reads these arguments before the function runs. Defaults are not read."""

    def decorate(function: _F) -> _F:
        accepted = signature(function)

        def door(*args: Any, **named: Any) -> Any:
            try:
                given = accepted.bind(*args, **named)
            except TypeError:
                return function(*args, **named)  # Python says which argument is missing or unknown
            for name in readers:
                if name in given.arguments:
                    given.arguments[name] = readers[name](given.arguments[name], name)
            return function(*given.args, **given.kwargs)

        # With the globals of the function's module, by which doctest finds its examples.
        made = FunctionType(door.__code__, function.__globals__, function.__name__, None, door.__closure__)
        return cast("_F", wraps(function)(made))

    return decorate


def wrong(value: Any, what: str, field: str, fix: str) -> InvalidInput:
    """Return the error for a value that is not what its field takes."""
    asked = value if isinstance(value, bool | int | float | str | None) else shown(value)
    return InvalidInput(f"{shown(value)} {what}.", field=field, asked=asked, fix=fix)


def integer(
    value: Any, field: str, least: int | None = 0, most: int | None = MAX_UINT256, fix: str = "give a number such as 3_600."
) -> int:
    """Read a whole number within these bounds; numpy's are read too. A bool is not a number here, nor is a float."""
    number = as_index(value)
    if number is None:
        raise wrong(value, "is not a whole number", field, fix)
    if (least is not None and number < least) or (most is not None and number > most):
        raise wrong(number, f"is not from {least} to {most}", field, fix)
    return number


def whole(least: int | None = 0, most: int | None = MAX_UINT256, fix: str = "give a number such as 3_600.") -> Reader:
    """Return the reader of whole numbers within these bounds."""
    return lambda value, field: integer(value, field, least, most, fix)


def _address(value: Any, field: str) -> str:
    """Read an address, or that of a wallet or key, and return it with its checksum."""
    held = getattr(value, "address", None)
    return checksum(address_bytes(held if isinstance(held, str) else value, field))


def _kind(kind: type, what: str, fix: str) -> Reader:
    def read(value: Any, field: str) -> Any:
        if isinstance(value, kind):
            return value
        raise wrong(value, f"is not {what}", field, fix)

    return read


ADDRESS: Reader = _address
AMOUNT = whole(fix="give a whole number of base units; ether('0.3') and units('25.5', 6) make one.")
NUMBER = whole()
ANY_NUMBER = whole(None, None)
TEXT = _kind(str, "a text", "write it in quotes.")
FLAG = _kind(bool, "True or False", "give True or False.")
BYTES = _kind(bytes, "bytes", "give bytes; bytes.fromhex(…) makes them of hex digits.")
MAPPING = _kind(Mapping, "a mapping", "give a dict.")
PATH = _kind(str | os.PathLike, "a path", "give a path, such as 'my.lab'.")  # type: ignore[arg-type]  # a union will do
FUNCTION = _kind(Callable, "a function", "give a function.")  # type: ignore[arg-type]  # an abstract class will do


def maybe(read: Reader) -> Reader:
    """Return a reader that lets None pass."""
    return lambda value, field: None if value is None else read(value, field)


def each(read: Reader) -> Reader:
    """Return the reader of a list, each member by this reader. Returns a tuple."""

    def read_all(values: Any, field: str) -> tuple[Any, ...]:
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            raise wrong(values, "is not a list", field, "put it into [ ].")
        return tuple(read(value, f"{field}[{number}]") for number, value in enumerate(values))

    return read_all


def one_of(*choices: str) -> Reader:
    """Return the reader of one of these words."""

    def read(value: Any, field: str) -> Any:
        if isinstance(value, str) and value in choices:
            return value
        raise wrong(value, "is not known here", field, f"use {', '.join(map(repr, choices))}.")

    return read


def a(*classes: str, fix: str) -> Reader:
    """Return the reader of objects of these classes, ``module:Name``. Their modules are not imported for it.

    The value is not shown: it may be a private key.
    """

    def read(value: Any, field: str) -> Any:
        for module, _, name in (path.partition(":") for path in classes):
            if module in sys.modules and isinstance(value, getattr(sys.modules[module], name)):
                return value
        kind, names = type(value).__name__, " or ".join(path.partition(":")[2].removeprefix("Base") for path in classes)
        raise InvalidInput(f"{field} is of type {kind}, not {names}.", field=field, asked=kind, fix=fix)

    return read
