"""Cases: a question to a ruleset that is answered by a run on a fresh chain.

    case = Case("R1", "1 ETH by contract-access alone", sent(lambda lab, wallet: (permissions, calls)))
    case.run(DEPLOYED)                        what became of it
    pictures.side_by_side(both([case]))       under both rulesets

Nothing is written of how a case ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.errors import GrantRefused
from sessionlab.insight.pictures.asking import Answer
from sessionlab.insight.pictures.side_by_side import answer_of
from sessionlab.keys import new_key
from sessionlab.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset

if TYPE_CHECKING:
    from sessionlab.call import Call
    from sessionlab.client import SmartWalletClient
    from sessionlab.lab import Lab
    from sessionlab.permissions.types import Permission

#: What the owner grants, and the calls that the key then sends in one operation.
Make = Callable[["Lab", "SmartWalletClient"], "tuple[list[Permission], list[Call]]"]


@dataclass(frozen=True)
class Case:
    """One question. ``flag``: the difference that decides it, ``R1`` to ``R8``, or none; ``run``: under a ruleset."""

    flag: str
    what: str
    run: Callable[[Ruleset], Answer]


def both(cases: Iterable[Case]) -> dict[str, tuple[Answer, Answer]]:
    """Run each case under both rulesets, the documented one first: what ``pictures.side_by_side`` shows."""
    return {f"{case.flag} {case.what}".strip(): (case.run(DOCUMENTED), case.run(DEPLOYED)) for case in cases}


def sent(make: Make, seed: int = 13) -> Callable[[Ruleset], Answer]:
    """A grant and its first operation, on a fresh chain."""

    def run(rules: Ruleset) -> Answer:
        from sessionlab.lab import Lab

        lab = Lab(rules, seed)
        wallet = lab.wallet()
        permissions, calls = make(lab, wallet)
        try:
            session = wallet.grant_permissions(permissions, key=new_key(seed))
        except GrantRefused as refused:
            return answer_of(refused)
        return answer_of(session.send_calls(calls))

    return run


def attacked(name: str) -> Callable[[Ruleset], Answer]:
    """A known attack: allowed if it takes something."""

    def run(rules: Ruleset) -> Answer:
        from sessionlab.attacks.attack import find_attack, judge
        from sessionlab.attacks.scene import fresh_scene

        one = find_attack(name)
        verdict = judge(one, fresh_scene(one.under(rules)))
        return Answer(verdict.phase or "ok", verdict.by) if verdict.refused else Answer("ok")

    return run
