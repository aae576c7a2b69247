"""What an answer has to be: a number with its unit, one of some words, yes or no, or several of these.

    kind = Number("payment")
    kind.read("3")         3, from what was typed; a value of another kind raises AnotherKind, with what to give instead
    kind.show(3)           '3 payments'

``read`` takes what a learner types as well as what a cell hands over. A text is never taken for the number in it when a
cell hands it over (``take``): it is asked for again, in one sentence that is the same everywhere.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

from sessionlab.study.text import count

#: As people write numbers: digits, thousands set apart by commas or underscores, a point.
_WRITTEN = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d[\d_]*|(?=\.))(\.\d+)?(e[+-]?\d{1,3})?", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_CLOSE = 1e-9  # of two numbers that say the same
_SHOWN = 40  # characters of a value that are told
_MOST = 10**30  # no answer comes near it


class AnotherKind(Exception):
    """A value is not of the kind that is asked for. Its text says what it is, and what to give instead."""


class Kind(Protocol):
    """A kind of answer."""

    @property
    def give(self) -> str:
        """What to give, as a sentence."""

    def take(self, value: Any) -> Any:
        """Return a value in the one form that is kept. Raises AnotherKind."""

    def read(self, text: str) -> Any:
        """Return the value that was typed or chosen. Raises AnotherKind."""

    def show(self, value: Any) -> str:
        """Return a value in words."""

    def same(self, first: Any, second: Any) -> bool:
        """Whether two values say the same."""


@dataclass(frozen=True)
class Number:
    """A number, 0 or more. ``unit``: a noun that is counted whole, such as ``payment``, or a unit in capitals: ETH."""

    unit: str

    @property
    def whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return self.unit.islower()

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give a whole number of {self.unit}s." if self.whole else f"Give a number of {self.unit}."

    def take(self, value: Any) -> Any:
        """Return an int, or a float where it is not whole."""
        if isinstance(value, str) and _WRITTEN.fullmatch(value.strip()):
            raise asked_again(value, f"Give the number itself, without quotes: {value.strip()}")
        if isinstance(value, list | tuple | set) and len(value) == 1:
            (only,) = value
            raise asked_again(value, f"Give the number itself, without brackets: {described(only).rpartition(' ')[2]}")
        number = _number(value)
        if number is None or not -_MOST < number < _MOST:  # nor NaN
            raise asked_again(value, self.give)
        if number < 0:
            raise asked_again(value, f"{self.give[:-1]}, 0 or more.")
        if self.whole and number != int(number):
            raise asked_again(value, self.give)
        return int(number) if number == int(number) else number

    def read(self, text: str) -> Any:
        """Return the number that was typed; its unit may follow."""
        typed = re.sub(rf"\s*{re.escape(self.unit)}s?$", "", text.strip(), flags=re.IGNORECASE)
        if not typed:
            raise AnotherKind(f"There is no number yet. {self.give}")
        if _DECIMAL_COMMA.fullmatch(typed) and not _WRITTEN.fullmatch(typed):
            raise AnotherKind(f"Write decimals with a point: {typed.replace(',', '.')}")
        if not _WRITTEN.fullmatch(typed):
            raise AnotherKind(f"“{_short(text.strip())}” is not a number in digits. {self.give}")
        return self.take(float(re.sub("[,_]", "", typed)))

    def show(self, value: Any) -> str:
        """Return a number with its unit."""
        plain = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        return count(value, self.unit) if self.whole and isinstance(value, int) else f"{plain} {self.unit}"

    def same(self, first: Any, second: Any) -> bool:
        """Whether two numbers are equal, but for rounding."""
        return math.isclose(first, second, rel_tol=_CLOSE, abs_tol=_CLOSE)


@dataclass(frozen=True)
class Choice:
    """One of some words."""

    options: tuple[str, ...]

    @property
    def give(self) -> str:
        """What to give."""
        return f"Give one of these, in quotes: {', '.join(self.options)}."

    def take(self, value: Any) -> str:
        """Return the option; capitals do not count."""
        for option in self.options:
            if isinstance(value, str) and value.strip().casefold() == option.casefold():
                return option
        raise asked_again(value, self.give)

    def read(self, text: str) -> str:
        """Return the option that was chosen."""
        if not text:
            raise AnotherKind("Nothing is chosen yet. Choose one, then press the button.")
        return self.take(text)

    def show(self, value: Any) -> str:
        """Return the option."""
        return str(value)

    def same(self, first: Any, second: Any) -> bool:
        """Whether two options are the same."""
        return bool(first == second)


@dataclass(frozen=True)
class YesNo:
    """Yes or no: True or False."""

    options = ("yes", "no")

    @property
    def give(self) -> str:
        """What to give."""
        return "Give True for yes or False for no, without quotes."

    def take(self, value: Any) -> bool:
        """Return a bool; the words yes and no are taken as well."""
        if isinstance(value, str) and value.strip().casefold() in self.options:
            return value.strip().casefold() == "yes"
        if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):  # also numpy's
            return bool(value)
        raise asked_again(value, self.give)

    def read(self, text: str) -> bool:
        """Return what was chosen."""
        if not text:
            raise AnotherKind("Nothing is chosen yet. Choose yes or no, then press the button.")
        return self.take(text)

    def show(self, value: Any) -> str:
        """Return yes or no."""
        return "yes" if value else "no"

    def same(self, first: Any, second: Any) -> bool:
        """Whether both say the same."""
        return bool(first) is bool(second)


def asked_again(value: Any, give: str) -> AnotherKind:
    """Return the one sentence for a value of another kind."""
    return AnotherKind(f"Almost: your answer is {described(value)}. {give}")


def described(value: Any) -> str:
    """Say what a value is.

    >>> described("3"), described([1, 2]), described(None), described(4)
    ("the text '3'", 'a list of 2', 'nothing (None)', 'the number 4')
    """
    if value is None:
        return "nothing (None)"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return f"the text {_short(repr(value))}"
    if (number := _number(value)) is not None:
        return f"the number {_short(str(value))}" if -_MOST < number < _MOST else "a number beyond all bounds"
    if isinstance(value, list | tuple | set | dict):
        return f"a {type(value).__name__} of {len(value)}"
    if callable(value):
        return f"the function {getattr(value, '__name__', 'without a name')}, not what it returns"
    return f"of type {type(value).__name__}"


def is_number(value: Any) -> bool:
    """Whether a value is a number, also one of numpy or a Decimal; True and False are none."""
    return _number(value) is not None


def _number(value: Any) -> Any:
    """Return a number as Python has it, also one of numpy or a Decimal; None for anything else."""
    if isinstance(value, bool | str | bytes) or type(value).__name__ == "bool_":
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, Real) or type(value).__name__ == "Decimal":
        return float(value)
    try:
        return value.__index__()
    except (AttributeError, TypeError):
        return None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
