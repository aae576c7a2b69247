"""Questions to the decision engine: may these permissions make these calls? No rule is written here a second time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sessionlab.amounts import gwei
from sessionlab.call import Call
from sessionlab.errors import GrantRefused
from sessionlab.insight.pictures.tables import NO, YES, Cell
from sessionlab.permissions.decide import decide
from sessionlab.permissions.grant import check_grant, check_install
from sessionlab.permissions.kinds import Remaining
from sessionlab.permissions.operation import Operation, operation_of, plain_call, read_operation
from sessionlab.permissions.policy import Policy, install
from sessionlab.permissions.rows import rows
from sessionlab.permissions.rulesets import Ruleset
from sessionlab.permissions.types import Permission

#: Stands for the wallet where none is given: an address that nobody has.
A_WALLET = "0x7a11e7000000000000000000000000000007a11e"
#: The worst case of a sample operation: gas, and wei per gas.
SAMPLE_GAS, SAMPLE_FEE = 300_000, gwei(1)

GRANT = "grant"


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one operation: ``ok``, or refused in ``grant``, ``validation`` or ``execution``, and why."""

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
class Asked:
    """A session that nobody has granted yet, ready to be asked."""

    permissions: tuple[Permission, ...]
    rules: Ruleset
    wallet: str = A_WALLET
    now: int = 0
    expiry: int = 0
    #: What is left of its allowances; None: all.
    left: Remaining | None = None

    @property
    def refused_grant(self) -> Answer | None:
        """Why nobody could grant these permissions; None if the owner can."""
        try:
            check_grant(
                self.permissions, wallet=self.wallet, expiry=self.expiry or None, now=self.now, rules=self.rules
            )
            check_install(self.permissions, expiry=self.expiry or None)
        except GrantRefused as refused:
            return Answer(GRANT, refused.rule)
        return None

    def installed(self) -> tuple[Policy, Remaining]:
        """What the wallet would keep."""
        policy, fresh = install(rows(self.permissions), wallet=self.wallet, rules=self.rules, valid_until=self.expiry)
        return policy, fresh if self.left is None else self.left

    def answer(self, calls: Sequence[Call], *, gas: int = 0, fee: int = SAMPLE_FEE) -> Answer:
        """What becomes of these calls in one operation. Without ``gas`` a paymaster pays for it."""
        if (refused := self.refused_grant) is not None:
            return refused
        policy, state = self.installed()
        decision = decide(policy, state, operation(calls, policy, gas=gas, fee=fee), self.now, self.rules)
        return Answer(decision.phase, decision.reason)

    def passes(self, call: Call) -> bool:
        """Whether the rules let the session make one call, by itself or within a batch, with some arguments.

        What a condition asks of arguments is not known here: some may be right.
        """
        policy, state = self.installed()
        policy = policy.without_conditions()
        made = operation([call], policy)
        asked = [made, operation([call], policy, batch=True)] if made.own_data else [made]
        return any(decide(policy, state, one, self.now, self.rules).accepted for one in asked)

    def because_of(self, call: Call) -> tuple[int, ...]:
        """The permissions by which a call passes: those it cannot do without, or each that is enough by itself."""
        places = range(len(self.permissions))
        needed = [place for place in places if not replace(self, permissions=self._without(place)).passes(call)]
        if needed:
            return tuple(needed)
        return tuple(p for p in places if replace(self, permissions=(self.permissions[p],)).passes(call))

    def _without(self, place: int) -> tuple[Permission, ...]:
        return self.permissions[:place] + self.permissions[place + 1 :]


def operation(
    calls: Iterable[Call], policy: Policy, *, gas: int = 0, fee: int = 0, batch: bool | None = None
) -> Operation:
    """The operation by which an honest client of this session makes these calls."""
    found = tuple(plain_call(call.to, call.value, call.data) for call in calls)
    facts = {"gas": gas, "fee": fee, "sponsored": not gas, "is_global": policy.is_root}
    if len(found) == 1 and found[0].target == policy.wallet and not batch:
        own = read_operation(found[0].data, **facts)  # type: ignore[arg-type]  # facts by name
        return own._replace(wrapped=policy.limits_spending)
    return operation_of(found, batch=batch, wrapped=policy.limits_spending, **facts)  # type: ignore[arg-type]
