"""A loss, and what all losses ask: can the thief become the owner, and which contracts does the session reach?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sessionlab.insight.audit import steps
from sessionlab.insight.audit.calls import UNNAMED, arguments_of_zeros, replace_owner
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.steps import Step
from sessionlab.permissions.operation import plain_call


@dataclass(frozen=True, slots=True)
class Loss:
    """The worst for one asset, in ``unit``: wei, or the smallest units of the token with this address."""

    asset: str
    unit: str
    #: Of what is there today; until the session ends (None: no limit).
    now: int
    ever: int | None
    #: The shortest sequence that takes ``now``; where one operation may take less, its words say "again and again".
    sequence: tuple[Step, ...]
    #: ``now`` and ``ever`` as people write them.
    shown: tuple[str, str]
    #: Who alone gets it, in words; empty where the thief does.
    to: str = ""

    def __repr__(self) -> str:
        return f"<Loss of {self.asset}: {self.shown[0]} today, {self.shown[1]} until the session ends>"

    def to_json(self) -> dict[str, Any]:
        """As JSON, amounts as decimal strings; ``ever`` is null for no limit."""
        return {
            "asset": self.asset,
            "unit": self.unit,
            "now": str(self.now),
            "ever": None if self.ever is None else str(self.ever),
            "sequence": [found.to_json() for found in self.sequence],
        }


def eth_loss(case: Case, asset: str, now: int, ever: int | None, sequence: tuple[Step, ...]) -> Loss:
    """A loss in wei."""
    shown = (case.eth(now), "no limit" if ever is None else case.eth(ever))
    return Loss(asset, "wei", now, ever, sequence, shown)


def new_owner(case: Case) -> Step | None:
    """The step that makes the thief the owner, if the session can take it."""
    if case.policy.is_root:
        return None  # what the owner may, it may already
    way = case.own_function(replace_owner(case.thief))
    return steps.become_owner(case, way) if way else None


def reaches(case: Case, address: str) -> bool:
    """Whether the session can call some function of a contract."""
    target = case.policy.targets.get(address.lower())
    functions = {UNNAMED, *case.policy.anywhere, *(target.functions if target else ())}
    # What a condition asks of the arguments is not known here: some may be right.
    free = replace(case, conditional=False)
    return any(free.passes(plain_call(address, 0, arguments_of_zeros(function))) for function in sorted(functions))


def kept_elsewhere(case: Case) -> int:
    """Wei that contracts keep for the wallet, as far as a thief can call them."""
    everything = case.policy.is_root or new_owner(case) is not None
    return sum(wei for address, wei in case.wallet.elsewhere.items() if everything or reaches(case, address))
