"""One reader for each kind of value that people hand in, and ``reads``, which puts readers at a function's door.

    @reads(address=ADDRESS, wei=AMOUNT)
    def fund(self, address: str, wei: int) -> None: ...

A reader takes a value and the name of its field. It returns the one form that is used inside, or raises InvalidInput.
Everything is read before the function runs, so a wrong value changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import partial, wraps
from inspect import signature, unwrap
from types import FunctionType
from typing import Any, TypeVar, cast

from sessionlab.core.base.addresses import address_bytes, checksum, is_name
from sessionlab.core.base.amounts import MAX_UINT256, as_index
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import plain, shown

Reader = Callable[[Any, str], Any]
_F = TypeVar("_F", bound=Callable[..., Any])
#: The arguments that are being read: one of them may know what a lab calls its addresses.
_ASKED: ContextVar[Mapping[str, Any]] = ContextVar("asked", default={})  # noqa: B039 - nobody changes it


def reads(**readers: Reader) -> Callable[[_F], _F]:
    """Return a decorator that reads these arguments before the function runs. Defaults are not read."""

    def decorate(function: _F) -> _F:
        # The door has the globals of the function's module.
        accepted, refusal, asked = signature(function), InvalidInput, _ASKED

        def door(*args: Any, **named: Any) -> Any:
            try:
                given = accepted.bind(*args, **named)
            except TypeError:
                return function(*args, **named)  # Python says which argument is missing or unknown
            del args, named  # as they were handed in, one may be a key: no frame of a traceback keeps it
            outer = asked.set(dict(given.arguments))
            try:
                for name in readers:
                    if name in given.arguments:
                        given.arguments[name] = readers[name](given.arguments[name], name)
            except refusal as error:
                del given
                raise error.with_traceback(None) from None
            finally:
                asked.reset(outer)
            return function(*given.args, **given.kwargs)

        # With the globals of the function's module, by which doctest finds its examples.
        made = FunctionType(door.__code__, unwrap(function).__globals__, function.__name__, None, door.__closure__)
        return cast("_F", wraps(function)(made))

    return decorate


def wrong(value: Any, what: str, field: str, fix: str) -> InvalidInput:
    """Return the error for a value that is not what its field takes."""
    return InvalidInput(f"{shown(value)} {what}.", field=field, asked=plain(value), fix=fix)


def integer(
    value: Any, field: str, least: int | None = 0, most: int | None = MAX_UINT256, fix: str | None = None
) -> int:
    """Read a whole number within these bounds, also one of numpy. A bool is not a number here, nor is a float."""
    number, highest = as_index(value), "" if most in (None, MAX_UINT256) else f" to {most}"
    fix = fix or f"give a whole number{f' from {least}' if least is not None else ''}{highest}."
    if number is None:
        seconds = getattr(value, "total_seconds", None)  # of a timedelta
        raise wrong(value, "is not a whole number", field, f"give seconds: {int(seconds())}." if seconds else fix)
    if least is not None and number < least:
        raise wrong(number, f"is below {least or 'zero'}", field, fix)
    if most is not None and number > most:
        raise wrong(number, f"is more than {most}", field, fix)
    return number


def _address(value: Any, field: str) -> str:
    """Read an address, that of a wallet, key or contract, or a name that a lab knows; returns it with its checksum."""
    return address_named(value, field) if is_name(value) else checksum(address_bytes(value, field))


def address_named(name: str, field: str) -> str:
    """Return the address that has a name where a lab is known. Raises InvalidInput, which says what is near."""
    for owner in _ASKED.get().values():
        book = getattr(owner, "names", getattr(getattr(owner, "lab", None), "names", owner))
        if getattr(book, "labels", None):
            return str(book.address_of(name, field))
    fix = f"give the address itself, such as lab.{name.removeprefix('lab.')}."
    raise InvalidInput(f"{name!r} is a name, and no lab is known here.", field=field, asked=name, fix=fix)


def kind(kinds: Any, what: str, fix: str) -> Reader:
    """Return the reader that takes objects of these classes as they are. Others are not shown: one may be a key."""

    def read(value: Any, field: str) -> Any:
        if isinstance(value, kinds):
            return value
        given = type(value).__name__
        raise InvalidInput(f"{field} is of type {given}, not {what}.", field=field, asked=given, fix=fix)

    return read


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


ADDRESS: Reader = _address
NUMBER: Reader = integer
ANY_NUMBER = partial(integer, least=None, most=None)
AMOUNT = partial(integer, fix="give a whole number; ether('0.3') and units('25.5', 6) make one.")
TEXT = kind(str, "a text", "write it in quotes.")
FLAG = kind(bool, "True or False", "give True or False.")
BYTES = kind(bytes, "bytes", "give bytes; bytes.fromhex('…') makes them of hex digits.")
MAPPING = kind(Mapping, "a mapping", "give a dict.")
