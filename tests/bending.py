"""JSON that is good but for a few members: what fuzzers send."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st


def bent(draw: Any, good: Any, values: st.SearchStrategy[Any], *, least: int = 0) -> Any:
    """``good`` with ``least`` to three members replaced by ``values``, taken out or added; sometimes all of it."""
    found = copy.deepcopy(good)
    for _ in range(draw(st.integers(least, 3))):
        path = draw(st.sampled_from(list(_places(found))))
        if not path:
            if draw(st.integers(0, 9)) == 0:
                return draw(values)
            continue
        place = found
        for step in path[:-1]:
            place = place[step]
        how = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
        if how == "replace":
            place[path[-1]] = copy.deepcopy(draw(values))
        elif how == "remove":
            del place[path[-1]]
        elif isinstance(place, dict):
            place[draw(st.text(max_size=6))] = copy.deepcopy(draw(values))
    return found


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _places(inner, (*path, key))
