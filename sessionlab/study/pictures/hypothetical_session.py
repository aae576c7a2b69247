"""Ask the decision engine whether some permissions allow some calls. No rule is repeated here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sessionlab.core.base.amounts import gwei
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.limits import Remaining
from sessionlab.core.permissions.operation import Operation, plain_call
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.explain.client_operation import client_operation
from sessionlab.study.tables import NO, YES, Cell

#: Placeholder for the wallet when none is given; nobody owns this address.
A_WALLET = "0x7a11e7000000000000000000000000000007a11e"
#: The worst case of a sample operation: gas, and wei per gas.
SAMPLE_GAS, SAMPLE_FEE = 300_000, gwei(1)

GRANT = "grant"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one operation: ``ok``, or refused in ``grant``, ``validation`` or ``execution``, and why."""

    phase: str
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether it passes."""
        return self.phase == "ok"

    @property
    def cell(self) -> Cell:
        """A sign and words for tables."""
        if self.ok:
            return Cell(YES, "allowed")
        if self.phase == GRANT:
            return Cell(NO, "no grant:", self.reason or "")
        return Cell(NO, self.reason or "refused", f"in {self.phase}")


@dataclass(frozen=True)
class HypotheticalSession:
    """A session that has not been granted, against which calls can be tested."""

    permissions: tuple[Permission, ...]
    rules: Ruleset
    wallet: str = A_WALLET
    now: int = 0
    expiry: int = 0
    #: What remains of its allowances; None: nothing is used.
    left: Remaining | None = None

    @property
    def refused_grant(self) -> Answer | None:
        """Why these permissions cannot be granted; None if they can."""
        try:
            check_grant(
                self.permissions, wallet=self.wallet, expiry=self.expiry or None, now=self.now, rules=self.rules
            )
            check_install(self.permissions, expiry=self.expiry or None)
        except GrantRefused as refused:
            return Answer(GRANT, refused.rule)
        return None

    def installed(self) -> tuple[Policy, Remaining]:
        """What the wallet would store."""
        policy, fresh = install(rows(self.permissions), wallet=self.wallet, rules=self.rules, valid_until=self.expiry)
        return policy, fresh if self.left is None else self.left

    def answer(self, calls: Sequence[Call], *, gas: int = 0, fee: int = SAMPLE_FEE) -> Answer:
        """Decide these calls as one operation. Without ``gas``, a paymaster pays for it."""
        if (refused := self.refused_grant) is not None:
            return refused
        policy, state = self.installed()
        decision = decide(policy, state, operation(calls, policy, gas=gas, fee=fee), self.now, self.rules)
        return Answer(decision.phase, decision.reason)

    def passes(self, call: Call) -> bool:
        """Whether the rules let the session make one call, alone or in a batch, with some arguments.

        The arguments that a condition requires are unknown here, so some are assumed to pass.
        """
        policy, state = self.installed()
        policy = policy.without_conditions()
        made = operation([call], policy)
        asked = [made, operation([call], policy, batch=True)] if made.own_data else [made]
        return any(decide(policy, state, item, self.now, self.rules).accepted for item in asked)

    def because_of(self, call: Call) -> tuple[int, ...]:
        """Return the permissions that let a call pass: the necessary ones, else each that suffices alone."""
        indices = range(len(self.permissions))
        needed = [index for index in indices if not replace(self, permissions=self._without(index)).passes(call)]
        if needed:
            return tuple(needed)
        return tuple(p for p in indices if replace(self, permissions=(self.permissions[p],)).passes(call))

    def _without(self, index: int) -> tuple[Permission, ...]:
        return self.permissions[:index] + self.permissions[index + 1 :]


def operation(
    calls: Iterable[Call], policy: Policy, *, gas: int = 0, fee: int = 0, batch: bool | None = None
) -> Operation:
    """Return the operation that an honest client of this session sends for these calls."""
    result = (plain_call(call.to, call.value, call.data) for call in calls)
    return client_operation(result, policy, batch=batch, gas=gas, fee=fee, sponsored=not gas)
