"""A permission list as the wallet contract installs it: one row for each elementary grant.

    rows([Erc20TokenTransfer(address=token, allowance=100)])
    # (Row(kind=<Kind.ERC20: 2>, target='0x13a9…', selector=b'\\0\\0\\0\\0', amount=100),)

Rows come in the order of the permissions: under the deployed rules the last one about a target decides.
What a kind has no use for is zero.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessionlab.permissions.types import Permission

ZERO_ADDRESS = "0x" + "0" * 40
NO_SELECTOR = bytes(4)


class Kind(IntEnum):
    """What a row grants. Zero is no kind: an empty row in storage grants nothing."""

    NATIVE = 1
    ERC20 = 2
    GAS = 3
    CONTRACT = 4
    ACCOUNT_FUNCTION = 5
    FUNCTION_ANYWHERE = 6
    FUNCTION_ON_CONTRACT = 7
    ROOT = 8


class Row(NamedTuple):
    """One elementary grant, in the contract's order of fields."""

    kind: Kind
    #: Lower-case address; zero for kinds that bind no address.
    target: str = ZERO_ADDRESS
    #: Four bytes; zeros for kinds that name no function.
    selector: bytes = NO_SELECTOR
    #: Wei (NATIVE), smallest units of the token (ERC20), gas or wei by the ruleset (GAS); else zero.
    amount: int = 0


def rows(permissions: Iterable[Permission]) -> tuple[Row, ...]:
    """The rows of all permissions, in order."""
    return tuple(row for permission in permissions for row in permission.rows())
