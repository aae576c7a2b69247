"""Bounds of the numbers that enter the chain."""

from __future__ import annotations

from typing import Any

from sessionlab.errors import InvalidInput

MAX_WORD = 2**256 - 1
MAX_NONCE = 2**64 - 2  # EIP-2681


def check_number(value: Any, field: str, limit: int = MAX_WORD) -> None:
    """Raise InvalidInput, naming the field, unless the value is an int from 0 to the limit."""
    if not isinstance(value, int) or not 0 <= value <= limit:
        raise InvalidInput(f"{value!r} is not a number from 0 to {limit}.", field=field, asked=value, left=limit)


def check_bytes(value: Any, field: str) -> None:
    """Raise InvalidInput, naming the field, unless the value is bytes."""
    if not isinstance(value, bytes):
        raise InvalidInput(f"{field} is bytes, not {type(value).__name__}.", field=field, asked=type(value).__name__)
