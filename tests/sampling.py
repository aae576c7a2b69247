"""What a usual run takes of a product of cases, the rest being for ``--long``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest


def long(*values: Any) -> Any:
    """One more of the same: with ``--long``."""
    return pytest.param(*values, marks=pytest.mark.long)


def by_turns(*axes: Iterable[Any]) -> list[Any]:
    """Every combination of values, one from each axis; every second one is left to ``--long``.

    A usual run has each value of each axis, and, of three axes or more, each pair of values of two of them.
    """
    numbered = [list(enumerate(axis)) for axis in axes]
    found = []
    for chosen in product(*numbered):
        values = [value for _, value in chosen]
        found.append(long(*values) if sum(place for place, _ in chosen) % 2 else pytest.param(*values))
    return found
