"""Bounds of the numbers that enter the chain."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.amounts import MAX_UINT256
from sessionlab.core.base.errors import InvalidInput

MAX_NONCE = 2**64 - 2  # EIP-2681


def check_number(value: Any, field: str, limit: int = MAX_UINT256) -> None:
    """Raise InvalidInput, naming the field, unless the value is an int from 0 to the limit."""
    if not isinstance(value, int) or not 0 <= value <= limit:
        fix = f"give a whole number of at most {limit.bit_length()} bits."
        raise InvalidInput(
            f"{value!r} is not a number from 0 to {limit}.", field=field, asked=value, left=limit, fix=fix
        )


def check_bytes(value: Any, field: str) -> None:
    """Raise InvalidInput, naming the field, unless the value is bytes."""
    if not isinstance(value, bytes):
        kind = type(value).__name__
        raise InvalidInput(f"{field} is bytes, not {kind}.", field=field, asked=kind, fix="give bytes.")
