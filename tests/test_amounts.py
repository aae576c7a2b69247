from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessionlab.core.base.amounts import MAX_UINT256, ether, format_ether, format_units, gwei, short_address, units
from sessionlab.core.base.errors import InvalidInput


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (ether("0.3"), 3 * 10**17),
        (ether(1), 10**18),
        (ether(Decimal("0.000000000000000001")), 1),
        (ether("-0"), 0),
        (gwei(2), 2 * 10**9),
        (gwei("1.5"), 1_500_000_000),
        (units("25.5", decimals=6), 25_500_000),
        (units("25.500000000", decimals=6), 25_500_000),
        (units("1e3", decimals=0), 1000),
        (units("0e999999999", decimals=18), 0),
        (units("1_000", decimals=2), 100_000),
        (units(MAX_UINT256, decimals=0), MAX_UINT256),
        (units("0." + "0" * 76 + "1", decimals=77), 1),
    ],
)
def test_amounts_become_whole_units(found: int, expected: int) -> None:
    assert found == expected
    assert type(found) is int


@pytest.mark.parametrize(
    ("amount", "decimals", "message", "fix"),
    [
        (0.3, 18, "0.3 is a float.", "Write the amount as text, such as '0.3'."),
        (True, 18, "True is a bool.", "Write the amount as text, such as '0.3'."),
        (None, 18, "None is a NoneType.", "Write the amount as text, such as '0.3'."),
        ("a lot", 18, "'a lot' is not a number.", "Write the amount as text, such as '0.3'."),
        ("NaN", 18, "'NaN' is not a number.", "Write the amount as text, such as '0.3'."),
        ("Infinity", 18, "'Infinity' is not a number.", "Write the amount as text, such as '0.3'."),
        ("-0.1", 18, "'-0.1' is below zero.", "Give zero or more."),
        ("0.1234567", 6, "'0.1234567' has more than 6 decimals.", "Round it to 6 decimals."),
        ("1e-99999999", 18, "'1e-99999999' has more than 18 decimals.", "Round it to 18 decimals."),
        (
            MAX_UINT256 + 1,
            0,
            f"{MAX_UINT256 + 1} is more than 256 bits can hold.",
            "Give at most 2**256 - 1 base units.",
        ),
        (
            "1e999999999",
            18,
            "'1e999999999' is more than 256 bits can hold.",
            "Give at most 2**256 - 1 base units.",
        ),
    ],
)
def test_other_amounts_are_refused(amount: Any, decimals: int, message: str, fix: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        units(amount, decimals)
    error = refused.value
    assert (error.message, error.field, error.asked, error.fix) == (message, "amount", amount, fix)


def test_the_field_is_named_as_the_caller_says() -> None:
    with pytest.raises(InvalidInput, match="field: price"):
        units("x", 2, "price")


@pytest.mark.parametrize("decimals", [-1, 256, True, "6"])
def test_decimals_must_be_those_of_a_token(decimals: Any) -> None:
    for refused in (lambda: units("1", decimals), lambda: format_units(1, decimals)):
        with pytest.raises(InvalidInput, match="field: decimals"):
            refused()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (format_ether(3 * 10**17), "0.3 ETH"),
        (format_ether(0), "0 ETH"),
        (format_ether(1), "1 wei"),
        (format_ether(999_999_999), "999,999,999 wei"),
        (format_ether(10**9), "0.000000001 ETH"),
        (format_units(1_025_500_000, 6, "USDC"), "1,025.5 USDC"),
        (format_units(7, 0), "7"),
        (format_units(-5, 1, "X"), "-0.5 X"),
        (short_address("0x5a700d1124D968B640E329410935Eb2D7ABDBE22"), "0x5a70…BE22"),
    ],
)
def test_amounts_and_addresses_print_well(found: str, expected: str) -> None:
    assert found == expected


@given(st.integers(0, MAX_UINT256), st.integers(0, 255))
def test_what_is_printed_reads_back(amount: int, decimals: int) -> None:
    assert units(format_units(amount, decimals).replace(",", ""), decimals) == amount
