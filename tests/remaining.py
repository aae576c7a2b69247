"""What is left of a session's limits, written short."""

from __future__ import annotations

from collections.abc import Mapping

from sessionlab.core.permissions import LimitKind, Meter, Remaining

NATIVE, GAS = Meter(LimitKind.NATIVE), Meter(LimitKind.GAS)


def token(address: str) -> Meter:
    """The meter of a token's allowance."""
    return Meter(LimitKind.ERC20, address.lower())


def remaining(
    *, native: int | None = None, tokens: Mapping[str, int] | None = None, gas: int | None = None
) -> Remaining:
    """Only of what is named."""
    found = {NATIVE: native, GAS: gas} | {token(address): amount for address, amount in (tokens or {}).items()}
    return {meter: amount for meter, amount in found.items() if amount is not None}
