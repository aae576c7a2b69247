"""What the answer to an exercise has to be: one value, several of them, or a function and what it returns.

    kind = Function("payments", returns=Amount("wei"))
    of_kind("my_cap", kind, answer)       the answer to judge; AnotherKind says what it is, where, and what to give

Only the kind is looked at: which number it is, or which permissions, is for the exercise's judge.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sessionlab.core.permissions.types import Permission
from sessionlab.course.kinds import AnotherKind, asked_again, described, is_number


class AnswerKind(Protocol):
    """A kind of answer to an exercise."""

    @property
    def give(self) -> str:
        """What to give, as a sentence."""

    def take(self, value: Any) -> Any:
        """Return the value to judge. Raises AnotherKind."""


@dataclass(frozen=True)
class Amount:
    """A number, of any size and with or without a fraction."""

    unit: str

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give a number of {self.unit}, without quotes or brackets."

    def take(self, value: Any) -> Any:
        """Return the number as it is."""
        if not is_number(value):
            raise asked_again(value, self.give)
        return value


@dataclass(frozen=True)
class Text:
    """A text."""

    what: str

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give {self.what}, as a text."

    def take(self, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise asked_again(value, self.give)
        return value


@dataclass(frozen=True)
class ListOf:
    """A list of any length. ``item``: the kind of each, or None for anything."""

    what: str
    item: AnswerKind | None = None

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give a list of {self.what}: […]."

    def take(self, value: Any) -> Any:
        """Return the list."""
        if not isinstance(value, list | tuple):
            raise asked_again(value, self.give)
        if self.item is None:
            return value
        return [_nth(number, self.item, item) for number, item in enumerate(value, 1)]


@dataclass(frozen=True)
class Permissions:
    """A list of permissions. ``single``: one permission without brackets will do."""

    single: bool = False

    @property
    def give(self) -> str:
        """What to give."""
        return "Give a list of permissions: [sl.GasLimit(limit=…), …]."

    def take(self, value: Any) -> Any:
        """Return the permissions."""
        if isinstance(value, Permission | Mapping):
            if self.single:
                return [value]
            raise AnotherKind(f"Almost: your answer is one permission, without its list. {self.give}")
        if not isinstance(value, list | tuple):
            raise asked_again(value, self.give)
        for number, item in enumerate(value, 1):
            if not isinstance(item, Permission | Mapping):
                raise AnotherKind(f"Almost: in your answer, number {number} is {described(item)}. {self.give}")
        return value


@dataclass(frozen=True)
class Several:
    """A fixed number of values, each of its kind."""

    kinds: tuple[AnswerKind, ...]
    example: str

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give {len(self.kinds)} values in brackets, such as {self.example}."

    def take(self, value: Any) -> tuple[Any, ...]:
        """Return the values."""
        if not isinstance(value, list | tuple) or len(value) != len(self.kinds):
            raise asked_again(value, self.give)
        return tuple(_nth(number, kind, item) for number, (kind, item) in enumerate(zip(self.kinds, value), 1))  # noqa: B905


@dataclass(frozen=True)
class Dictionary:
    """A dict with fixed keys, each of the same kind."""

    keys: Sequence[str]
    kind: AnswerKind

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give a dict with the keys {', '.join(map(repr, self.keys))}."

    def take(self, value: Any) -> Any:
        """Return the dict."""
        if not isinstance(value, Mapping) or set(value) != set(self.keys):
            raise asked_again(value, self.give)
        return {key: _nth(repr(key), self.kind, value[key]) for key in self.keys}


@dataclass(frozen=True)
class JsonObject:
    """A dict such as JSON has. ``example``: one, as text."""

    example: str

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give JSON such as {self.example}."

    def take(self, value: Any) -> Any:
        """Return the dict."""
        if not isinstance(value, Mapping):
            raise asked_again(value, self.give)
        return value


@dataclass(frozen=True)
class Function:
    """A function. ``takes``: its parameters; ``returns``: the kind of its result, or None for one that only acts."""

    takes: str
    returns: AnswerKind | None = None

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give a function of {self.takes}: def …({self.takes})."

    def take(self, value: Any) -> Any:
        """Return the function; a call raises AnotherKind where its result is of another kind."""
        if not callable(value) or isinstance(value, type):
            raise asked_again(value, self.give)
        names = [name.strip() for name in self.takes.split(",")]
        try:
            inspect.signature(value).bind(*names)
        except TypeError:
            raise AnotherKind(f"Almost: your function takes other arguments. {self.give}") from None
        except ValueError:  # Python does not know the arguments of some that it brings along
            pass
        return value if self.returns is None else _checked(value, self.returns)


def of_kind(name: str, kind: AnswerKind | None, answer: Any, where: Callable[[], str] = str) -> Any:
    """Return an answer to judge. Raises AnotherKind. ``where``: returns in which line the answer stands, or nothing."""
    if kind is None:
        return answer
    try:
        return kind.take(answer)
    except AnotherKind as error:
        raise AnotherKind(_about(str(error), name, where())) from None


def _about(says: str, name: str, line: str) -> str:
    """Put the answer's name and its line into the sentence."""
    return says.replace("your answer", f"{name}{line}", 1)


def _checked(function: Callable[..., Any], kind: AnswerKind) -> Callable[..., Any]:
    name = getattr(function, "__name__", "your function")

    @functools.wraps(function, updated=())
    def call(*given: Any) -> Any:
        try:
            return kind.take(function(*given))
        except AnotherKind as error:
            line = _last_line(function)
            raise AnotherKind(_about(str(error), f"what {name} returns", line).replace("Give", "Return", 1)) from None

    return call


def _last_line(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    lines = [] if code is None else [line for _, _, line in code.co_lines() if line]
    return f" (line {max(lines)})" if lines else ""


def _nth(number: int | str, kind: AnswerKind, value: Any) -> Any:
    try:
        return kind.take(value)
    except AnotherKind as error:
        raise AnotherKind(_about(str(error), f"value {number} of your answer", "")) from None
