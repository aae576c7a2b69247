"""What ``format_ether`` and ``format_units`` write is exact, and read back as the same number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl

WORDS = st.integers(0, 2**256 - 1)


@given(wei=WORDS)
def test_ether_reads_what_format_ether_writes(wei: int) -> None:
    assert sl.ether(sl.format_ether(wei)) == wei


@given(amount=WORDS, decimals=st.integers(0, 77))
def test_units_reads_what_format_units_writes(amount: int, decimals: int) -> None:
    text = sl.format_units(amount, decimals)
    assert sl.units(text, decimals) == amount
    assert Decimal(text.replace(",", "")) == Decimal(amount).scaleb(-decimals, None) or len(str(amount)) > 28
    assert sl.format_units(amount, decimals, "LUSD") == f"{text} LUSD"


@pytest.mark.parametrize(
    "text", ["1,5", "1,0000", ",100", "1,000,00", "1.000,5", "1,000.", "10,00 ETH", "1 ether", "5 gwei"]
)
def test_commas_and_units_in_other_places_are_refused(text: str) -> None:
    with pytest.raises(sl.InvalidInput, match="is not a number"):
        sl.ether(text)


@pytest.mark.parametrize("wrong", [0.5, 1.0, True, None, "5", Decimal(5)])
def test_only_whole_numbers_are_formatted(wrong: Any) -> None:
    for field, door in (("wei", sl.format_ether), ("amount", lambda amount: sl.format_units(amount, 6))):
        with pytest.raises(sl.InvalidInput) as no:
            door(wrong)
        assert no.value.field == field
