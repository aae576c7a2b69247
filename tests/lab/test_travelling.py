"""A lab travels by days as timedelta counts them, and back by a revert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sessionlab as sl

LAB = sl.Lab()
UNITS = ("seconds", "minutes", "hours", "days", "weeks")
SPANS = st.fixed_dictionaries({}, optional={name: st.integers(1, 60) for name in UNITS})


@settings(max_examples=25, deadline=None)
@given(span=SPANS.filter(bool))
def test_a_span_is_what_timedelta_makes_of_it(span: dict[str, int]) -> None:
    before, snapshot = LAB.now, LAB.snapshot()
    assert LAB.travel(**span) == LAB.now == before + timedelta(**span) // timedelta(seconds=1)
    LAB.revert(snapshot)
    assert LAB.now == before


@pytest.mark.parametrize("name", ["minutes", "hours", "days", "weeks"])
@pytest.mark.parametrize("wrong", [1.5, -1, True, None, "1", 2**64])
def test_a_wrong_span_is_refused_by_name_and_nothing_moves(name: str, wrong: Any) -> None:
    before = LAB.now
    with pytest.raises(sl.InvalidInput) as no:
        LAB.travel(**{name: wrong})
    assert no.value.field == name and LAB.now == before


def test_nothing_to_travel_is_refused_and_zero_seconds_are_not() -> None:
    with pytest.raises(sl.InvalidInput, match=r"Nothing says how far.*travel\(days=30\)"):
        LAB.travel()
    assert LAB.travel(0) == LAB.now
