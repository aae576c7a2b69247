"""What an explanation is about: one operation of one session, at one moment, under one ruleset. Plain data.

A change ("raise this allowance", "wait so long") is a function from a situation to another one, so whatever decides
about the first, the engine or the EVM, decides about the second as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from sessionlab.errors import GrantRefused
from sessionlab.insight.names import Names
from sessionlab.permissions.decide import Decision, decide
from sessionlab.permissions.functions import NEVER_GRANTED
from sessionlab.permissions.grant import check_grant
from sessionlab.permissions.kinds import LIMITS, Remaining
from sessionlab.permissions.operation import Operation, PlainCall, plain_call
from sessionlab.permissions.policy import NOTHING, Policy, install
from sessionlab.permissions.rows import Row, limits_of, rows
from sessionlab.permissions.rulesets import DOCUMENTED, Ruleset
from sessionlab.permissions.types import Permission, Root


@dataclass(frozen=True)
class Situation:
    """An operation of a session, and everything that decides about it."""

    wallet: str
    #: As they were granted; ``left`` says what remains of them.
    permissions: tuple[Permission, ...]
    left: Remaining
    operation: Operation
    #: Unix seconds; a window's end of 0 is none.
    now: int
    valid_after: int = 0
    valid_until: int = 0
    rules: Ruleset = DOCUMENTED
    names: Names = field(default_factory=Names)
    revoked: bool = False
    #: False: how much gas the operation takes is not known yet, and 0 stands for it.
    gas_known: bool = True
    #: The owner sends the operation, instead of the session.
    by_owner: bool = False

    @cached_property
    def policy(self) -> Policy:
        """What the wallet keeps of the session; of a revoked one, nothing; the owner may do everything."""
        if self.revoked and not self.by_owner:
            return replace(NOTHING, wallet=self.wallet.lower())
        if self.by_owner:
            return install(rows([Root()]), wallet=self.wallet, rules=self.rules)[0]
        return install(
            rows(self.permissions),
            wallet=self.wallet,
            rules=self.rules,
            valid_after=self.valid_after,
            valid_until=self.valid_until,
        )[0]

    @cached_property
    def decision(self) -> Decision:
        """What the rules say, if every called contract does what it is asked to."""
        operation = self.operation._replace(is_global=True) if self.by_owner else self.operation
        return decide(self.policy, self.left, operation, self.now, self.rules)

    @property
    def calls(self) -> tuple[PlainCall, ...]:
        """What the operation does, a function of the wallet itself being a call of the wallet."""
        if self.operation.own_data:
            return (plain_call(self.wallet, 0, self.operation.own_data),)
        return self.operation.calls

    @property
    def kept_used(self) -> tuple[str, ...]:
        """The permission types whose limits stay used if the operation fails in execution."""
        limits = (LIMITS[meter.kind] for meter in self.policy.operation_meters)
        return tuple(
            limit.permission
            for limit in limits
            if limit.of_operation and limit.of_operation(self.operation, self.rules) is not None
        )

    @property
    def standing(self) -> tuple[Row, ...]:
        """The session's rows as they stand: what is left in place of what was granted."""
        return tuple(
            row if row.meter is None else row._replace(amount=self.left.get(row.meter, 0))
            for row in rows(self.permissions)
        )

    @property
    def grantable(self) -> bool:
        """Whether the owner could sign these permissions, of an expired session without its end."""
        expiry = self.valid_until if self.valid_until >= self.now else 0
        try:
            check_grant(self.permissions, wallet=self.wallet, expiry=expiry, now=self.now, rules=self.rules)
        except GrantRefused:
            return False
        return True

    def with_permissions(self, permissions: tuple[Permission, ...], **more: object) -> Situation:
        """Other permissions; new allowances are whole, raised ones have what is left and the rise."""
        before, left = limits_of(self.permissions), dict(self.left)
        for meter, limit in limits_of(permissions).items():
            counted = meter in before and LIMITS[meter.kind].counts
            left[meter] = limit - before[meter] + left.get(meter, 0) if counted else limit
        return replace(self, permissions=permissions, left=left, **more)  # type: ignore[arg-type]  # fields by name


def never_granted(selector: bytes) -> bool:
    """Whether no session but root may have this function of the wallet."""
    return "0x" + selector.hex() in NEVER_GRANTED
