"""A loss, and what all losses depend on: whether the thief can become the owner, and which contracts are in reach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sessionlab.core.permissions.operation import plain_call
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import UNNAMED, arguments_of_zeros, replace_owner
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep


@dataclass(frozen=True, slots=True)
class Loss:
    """The worst case for one asset, in ``unit``: wei, or base units of the token at this address."""

    asset: str
    unit: str
    #: From what the wallet holds today (``now``), and until the session ends (``ever``; None: no limit).
    now: int
    ever: int | None
    #: The shortest sequence that takes ``now``; if one operation cannot take it all, its words say "again and again".
    sequence: tuple[TheftStep, ...]
    #: ``now`` and ``ever`` formatted for people.
    shown: tuple[str, str]
    #: The only possible recipient, in words; empty if the thief is.
    to: str = ""

    def __repr__(self) -> str:
        return f"<Loss of {self.asset}: {self.shown[0]} today, {self.shown[1]} until the session ends>"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON: amounts are decimal strings, and ``ever`` is null for no limit."""
        return {
            "asset": self.asset,
            "unit": self.unit,
            "now": str(self.now),
            "ever": None if self.ever is None else str(self.ever),
            "sequence": [result.to_json() for result in self.sequence],
        }


def eth_loss(case: AuditSubject, asset: str, now: int, ever: int | None, sequence: tuple[TheftStep, ...]) -> Loss:
    """Make a loss in wei."""
    shown = (case.eth(now), "no limit" if ever is None else case.eth(ever))
    return Loss(asset, "wei", now, ever, sequence, shown)


def new_owner(case: AuditSubject) -> TheftStep | None:
    """Return the step that makes the thief the owner; None if the session cannot take it."""
    if case.policy.is_root:
        return None  # a root session can already do what the owner can
    way = case.own_function(replace_owner(case.thief))
    return theft_steps.become_owner(case, way) if way else None


def reaches(case: AuditSubject, address: str) -> bool:
    """Whether the session can call any function of a contract."""
    target = case.policy.targets.get(address.lower())
    functions = {UNNAMED, *case.policy.anywhere, *(target.functions if target else ())}
    # The arguments that a condition requires are unknown here, so assume that some pass.
    free = replace(case, conditional=False)
    return any(free.passes(plain_call(address, 0, arguments_of_zeros(function))) for function in sorted(functions))


def kept_elsewhere(case: AuditSubject) -> int:
    """Return the wei that contracts hold for the wallet and a thief can reach."""
    everything = case.policy.is_root or new_owner(case) is not None
    return sum(wei for address, wei in case.wallet.elsewhere.items() if everything or reaches(case, address))
