"""The points of a sweep: named parameters, as a grid or drawn at random. Each point is a dict of plain values.

>>> grid(limit=[1, 2], unit=["wei"])
({'limit': 1, 'unit': 'wei'}, {'limit': 2, 'unit': 'wei'})
>>> drawn(2, seed=7, limit=range(100), unit=["wei", "gas"])
({'limit': 53, 'unit': 'gas'}, {'limit': 27, 'unit': 'gas'})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from random import Random
from typing import Any

from sessionlab.core.base.doors import ANY_NUMBER, NUMBER, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.doors import FUNCTION, anything, either, mapping_of, some

Plain = str | int | float | bool | None
Point = Mapping[str, Any]
"""Plain values by name."""
Draw = Sequence[Any] | Callable[[Random], Any]
"""Values to choose from, or a function that makes a value."""


@reads(values=mapping_of(some(anything)))
def grid(**values: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Return every combination; the last name changes fastest."""
    return tuple(dict(zip(values, combination, strict=True)) for combination in product(*values.values()))


@reads(count=NUMBER, seed=ANY_NUMBER, draws=mapping_of(either(FUNCTION, some(anything))))
def drawn(count: int, seed: int = 0, **draws: Draw) -> tuple[dict[str, Any], ...]:
    """Return ``count`` random points, the same for the same seed."""
    random = Random(f"sessionlab {seed}")  # a text, because Python seeds n and -n alike
    return tuple(
        {name: draw(random) if callable(draw) else random.choice(draw) for name, draw in draws.items()}
        for _ in range(count)
    )


def check_points(points: Sequence[Point]) -> None:
    """Raise InvalidInput unless there are points, all with the same names and with values that survive a CSV file."""
    if not points:
        raise InvalidInput("A sweep has no points.", field="points", asked=points, fix="make some with grid(name=[…]).")
    names = list(points[0])
    for number, point in enumerate(points):
        where = f"points[{number}]"
        if list(point) != names:
            fix = "name the same parameters in each, in the same order."
            raise InvalidInput(f"{where} names {list(point)}, not {names}.", field=where, asked=dict(point), fix=fix)
        for name, value in point.items():
            check_plain(value, name, f"{where}.{name}")


def check_plain(value: Any, name: str, field: str) -> None:
    """Raise InvalidInput unless a CSV file can hold the value."""
    if not isinstance(value, Plain):
        fix = "use a number or a text, and make of it elsewhere what it stands for."
        message = f"{name} is a {type(value).__name__}."
        raise InvalidInput(message, field=field, asked=repr(value)[:80], fix=fix)
