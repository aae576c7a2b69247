"""A permission list as the wallet contract installs it: one row per elementary grant or limit.

    rows([Erc20TokenTransfer(address=token, allowance=100)])
    # (Row(kind=<LimitKind.ERC20: 2>, target='0x13a9…', selector=b'\\0\\0\\0\\0', amount=100),)

Rows are in the order of the permissions, because under the deployed rules the last one for a target decides. Fields
that a kind does not use are zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.permissions.limits import LIMITS, Kind, LimitKind, Meter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sessionlab.core.permissions.types import Permission

NO_SELECTOR = bytes(4)


class GrantRow(NamedTuple):
    """One elementary grant or limit, in the contract's order of fields."""

    kind: Kind
    #: Lower-case address; zero for kinds without a target.
    target: str = ZERO_ADDRESS
    #: Four bytes; zero for kinds without a function.
    selector: bytes = NO_SELECTOR
    #: The limit, in the kind's unit (``LIMITS``); zero for kinds that limit nothing.
    amount: int = 0

    @property
    def meter(self) -> Meter | None:
        """What the row limits; None if it limits nothing."""
        if not isinstance(self.kind, LimitKind):
            return None
        return Meter(self.kind, self.target if LIMITS[self.kind].binds_target else None)


def rows(permissions: Iterable[Permission]) -> tuple[GrantRow, ...]:
    """Return the rows of all permissions, in order."""
    return tuple(row for permission in permissions for row in permission.rows())


def limits_of(permissions: Iterable[Permission]) -> dict[Meter, int]:
    """Return the limit of each meter that these permissions set. If two set the same meter, the last one counts."""
    result = ((row.meter, row.amount) for row in rows(permissions))
    return {meter: amount for meter, amount in result if meter is not None}
