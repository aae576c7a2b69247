"""The subject of an explanation: one operation of one session, at one moment, under one ruleset. Plain data.

A change ("raise this allowance", "wait 60 seconds") maps one decision context to another, so the engine or EVM
that decides the first also decides the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.decide import Decision, decide
from sessionlab.core.permissions.grant import check_grant
from sessionlab.core.permissions.limits import LIMITS, Remaining
from sessionlab.core.permissions.operation import Operation, PlainCall
from sessionlab.core.permissions.policy import NOTHING, Policy, install
from sessionlab.core.permissions.rows import GrantRow, limits_of, rows
from sessionlab.core.permissions.rulesets import DOCUMENTED, Ruleset
from sessionlab.core.permissions.types import Permission, Root


@dataclass(frozen=True)
class DecisionContext:
    """An operation of a session, and everything that its decision depends on."""

    wallet: str
    #: The permissions as granted; ``left`` is what remains of them.
    permissions: tuple[Permission, ...]
    left: Remaining = field(hash=False)
    operation: Operation
    #: Unix seconds. A ``valid_until`` of 0 means no end.
    now: int
    valid_after: int = 0
    valid_until: int = 0
    rules: Ruleset = DOCUMENTED
    names: AddressBook = field(default_factory=AddressBook)
    revoked: bool = False
    #: False: the operation's gas is not known yet, and is given as 0.
    gas_known: bool = True
    #: True: the owner sends the operation instead of the session.
    by_owner: bool = False

    @cached_property
    def policy(self) -> Policy:
        """What the wallet stores for the session: nothing if it is revoked; the owner may do everything."""
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
        """What the rules decide, if every called contract does what it is asked to."""
        operation = self.operation._replace(is_global=True) if self.by_owner else self.operation
        return decide(self.policy, self.left, operation, self.now, self.rules)

    @property
    def calls(self) -> tuple[PlainCall, ...]:
        """What the operation does; a function of the wallet itself counts as a call to the wallet."""
        return self.operation.calls_of(self.wallet)

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
    def remaining_rows(self) -> tuple[GrantRow, ...]:
        """The session's rows with the remaining amounts in place of the granted ones."""
        return tuple(
            row if row.meter is None else row._replace(amount=self.left.get(row.meter, 0))
            for row in rows(self.permissions)
        )

    @property
    def grantable(self) -> bool:
        """Whether the owner could grant these permissions; an expired session is checked without its expiry."""
        expiry = self.valid_until if self.valid_until >= self.now else 0
        try:
            check_grant(self.permissions, wallet=self.wallet, expiry=expiry, now=self.now, rules=self.rules)
        except GrantRefused:
            return False
        return True

    def with_permissions(self, permissions: tuple[Permission, ...], **more: object) -> DecisionContext:
        """Return the context with other permissions: new allowances are unused, raised ones gain the increase."""
        before, left = limits_of(self.permissions), dict(self.left)
        for meter, limit in limits_of(permissions).items():
            counted = meter in before and LIMITS[meter.kind].counts
            left[meter] = limit - before[meter] + left.get(meter, 0) if counted else limit
        return replace(self, permissions=permissions, left=left, **more)  # type: ignore[arg-type]  # fields by name
