"""Amounts: from what people write to whole wei or token units, and back. Exact, never a float.

    ether("0.3")                    300000000000000000 wei
    gwei(2)                         2000000000 wei
    units("25.5", decimals=6)       25500000 units of a token with 6 decimals
    format_ether(3 * 10**17)        "0.3 ETH"

A wei is 10**-18 ether, a gwei 10**-9 ether. An amount fits in 256 bits, as on the chain.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from sessionlab.core.base.errors import InvalidInput

#: The largest number that the chain can hold.
MAX_UINT256 = 2**256 - 1

ETHER_DECIMALS = 18
GWEI_DECIMALS = 9


def ether(amount: str | int | Decimal) -> int:
    """An amount of ether in wei; InvalidInput if it is not a whole number of wei."""
    return units(amount, ETHER_DECIMALS)


def gwei(amount: str | int | Decimal) -> int:
    """An amount of gwei in wei; InvalidInput if it is not a whole number of wei."""
    return units(amount, GWEI_DECIMALS)


def units(amount: str | int | Decimal, decimals: int, field: str = "amount") -> int:
    """An amount of a token in its smallest unit, 10**-decimals; InvalidInput if it is not a whole number."""
    _check_decimals(decimals)
    number = _exact(amount, field)
    sign, digits, exponent = number.as_tuple()
    if sign and number:
        raise _refused(field, amount, "is below zero", "Give zero or more.")
    if number and number.adjusted() + decimals > len(str(MAX_UINT256)):
        raise _too_large(field, amount)
    significant = "".join(map(str, digits)).rstrip("0")
    places = int(exponent) + len(digits) - len(significant) + decimals
    if significant and places < 0:
        raise _refused(field, amount, f"has more than {decimals} decimals", f"Round it to {decimals} decimals.")
    whole = int(significant) * 10**places if significant else 0
    if whole > MAX_UINT256:
        raise _too_large(field, amount)
    return whole


def format_ether(wei: int) -> str:
    """Wei as ether, in full: ``0.3 ETH``; less than a gwei as what it is: ``300,000 wei``."""
    if 0 < abs(wei) < 10**GWEI_DECIMALS:
        return f"{wei:,} wei"
    return format_units(wei, ETHER_DECIMALS, "ETH")


def format_units(amount: int, decimals: int, symbol: str = "") -> str:
    """Smallest units as the amount people write, thousands apart, then the symbol: ``1,025.5 USDC``."""
    _check_decimals(decimals)
    sign, digits = "-" * (amount < 0), str(abs(amount)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    number = f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{number} {symbol}".rstrip()


def format_time(timestamp: int) -> str:
    """Unix seconds as a date and time: ``2027-01-15 08:00:07 UTC``; seconds that are no date stay a number."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {timestamp}"


def short_address(address: str) -> str:
    """The two ends of an address, for people who know it: ``0x5a70…BE22``."""
    return f"{address[:6]}…{address[-4:]}"


def _exact(amount: str | int | Decimal, field: str) -> Decimal:
    if isinstance(amount, (bool, float)) or not isinstance(amount, (str, int, Decimal)):
        raise _refused(field, amount, f"is a {type(amount).__name__}", "Write the amount as text, such as '0.3'.")
    try:
        number = Decimal(amount)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _refused(field, amount, "is not a number", "Write the amount as text, such as '0.3'.")
    return number


def _check_decimals(decimals: int) -> None:
    if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= 255:
        raise _refused("decimals", decimals, "is not the decimals of a token", "Give a whole number from 0 to 255.")


def _too_large(field: str, amount: object) -> InvalidInput:
    return _refused(field, amount, "is more than 256 bits can hold", "Give at most 2**256 - 1 of the smallest unit.")


def _refused(field: str, amount: object, why: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{amount!r} {why}.", field=field, asked=amount, fix=fix)
