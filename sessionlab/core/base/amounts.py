"""Convert amounts between what people write and whole wei or token base units. Exact; floats are never used.

    ether("0.3")                    300000000000000000 wei
    gwei(2)                         2000000000 wei
    units("25.5", decimals=6)       25500000 base units of a token with 6 decimals
    format_ether(3 * 10**17)        "0.3 ETH", which ether() reads

One wei is 10**-18 ether and one gwei is 10**-9 ether. Amounts must fit in 256 bits, as on the chain.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from operator import index

from sessionlab.core.base.errors import InvalidInput

#: The largest integer that the EVM can hold.
MAX_UINT256 = 2**256 - 1

#: The largest number that is plausible as seconds since 1970 (the year 2286); larger values must be milliseconds.
MAX_SECONDS = 9_999_999_999

ETHER_DECIMALS = 18
GWEI_DECIMALS = 9
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)


def as_index(value: object) -> int | None:
    """Return a whole number, of Python or numpy, as an int; None for anything else. A bool is not a number here."""
    try:
        return None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]  # or TypeError
    except TypeError:
        return None


def ether(amount: str | int | Decimal) -> int:
    """Convert ether to wei; ``1.5 ETH`` and ``300,000 wei`` are read too. Raises InvalidInput for part of a wei."""
    if isinstance(amount, str) and amount.endswith((" ETH", " wei")):
        return units(amount[:-4], ETHER_DECIMALS if amount.endswith("ETH") else 0)
    return units(amount, ETHER_DECIMALS)


def gwei(amount: str | int | Decimal) -> int:
    """Convert gwei to wei. Raises InvalidInput unless the result is a whole number of wei."""
    return units(amount, GWEI_DECIMALS)


def units(amount: str | int | Decimal, decimals: int, field: str = "amount") -> int:
    """Convert a token amount, as ``1,025.5``, to base units of 10**-decimals. Raises InvalidInput unless it fits."""
    decimals = _read_decimals(decimals)
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
    """Format wei for ``ether`` to read: with every digit (``0.3 ETH``), or as wei below one gwei (``300,000 wei``)."""
    wei = _read_whole(wei, "wei")
    if 0 < abs(wei) < 10**GWEI_DECIMALS:
        return f"{wei:,} wei"
    return format_units(wei, ETHER_DECIMALS, "ETH")


def format_units(amount: int, decimals: int, symbol: str = "") -> str:
    """Format base units with every digit, thousands separators and the symbol: ``1,025.5 USDC``. ``units`` reads it."""
    decimals, amount = _read_decimals(decimals), _read_whole(amount, "amount")
    if not isinstance(symbol, str):
        raise _refused("symbol", type(symbol).__name__, "is not text", "Write it in quotes, such as 'USDC'.")
    sign, digits = "-" * (amount < 0), str(abs(amount)).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    number = f"{sign}{int(whole):,}" + (f".{fraction}" if fraction else "")
    return f"{number} {symbol}".rstrip()


def format_time(timestamp: int) -> str:
    """Format Unix seconds as ``2027-01-15 08:00:07 UTC``, or as ``second N`` if they are out of range for a date."""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {timestamp}"


def format_seconds(seconds: int) -> str:
    """``1 second``, ``3,600 seconds``."""
    return f"{seconds:,} second{'' if seconds == 1 else 's'}"


def check_seconds(time: int, field: str, now: int | None = None) -> int:
    """Return a time in Unix seconds. Raises InvalidInput for milliseconds; for those about ``now``, if it is known."""
    if time > MAX_SECONDS and (now is None or now // 10 <= time // 1000 <= now * 10):
        fix = f"Give seconds, not milliseconds{f': {time // 1000}' if time // 1000 <= MAX_SECONDS else ''}."
        raise InvalidInput(f"{time} is past the year 2286.", field=field, asked=time, fix=fix)
    return time


def short_address(address: str) -> str:
    """Shorten an address to its two ends: ``0x5a70…BE22``. A name stays as it is."""
    return address if address[:2] != "0x" else f"{address[:6]}…{address[-4:]}"


def _exact(amount: str | int | Decimal, field: str) -> Decimal:
    amount = amount.replace(",", "") if isinstance(amount, str) and _GROUPED.fullmatch(amount) else amount
    whole = amount if isinstance(amount, (str, Decimal)) else as_index(amount)
    if whole is None:
        raise _refused(field, amount, f"is a {type(amount).__name__}", "Write the amount as text, such as '0.3'.")
    try:
        number = Decimal(whole)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _refused(field, amount, "is not a number", "Write the amount as text, such as '0.3'.")
    return number


def _read_decimals(decimals: int) -> int:
    number = as_index(decimals)
    if number is None or not 0 <= number <= 255:
        raise _refused("decimals", decimals, "is not the decimals of a token", "Give a whole number from 0 to 255.")
    return number


def _read_whole(amount: int, field: str) -> int:
    number = as_index(amount)
    if number is None:
        raise _refused(field, amount, f"is a {type(amount).__name__}", "Give a whole number; no float is exact.")
    return number


def _too_large(field: str, amount: object) -> InvalidInput:
    return _refused(field, amount, "is more than 256 bits can hold", "Give at most 2**256 - 1 base units.")


def _refused(field: str, amount: object, why: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{amount!r} {why}.", field=field, asked=amount, fix=fix)
