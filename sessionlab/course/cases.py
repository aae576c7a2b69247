"""Cases: questions about a ruleset, answered by a run on a fresh chain.

    case = Difference("R1", "1 ETH by contract-access alone", sent(lambda lab, wallet: (permissions, calls)))
    case.run(DEPLOYED)                                  the answer under one ruleset
    pictures.side_by_side(under_both_rules([case]))     the answers under both rulesets

No outcome is hard-coded; every answer comes from a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import each, reads
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.base.keys import new_key
from sessionlab.core.permissions.rulesets import DEPLOYED, DOCUMENTED, Ruleset
from sessionlab.study.doors import a
from sessionlab.study.pictures.hypothetical_session import Answer
from sessionlab.study.pictures.side_by_side import answer_of

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.core.permissions.types import Permission
    from sessionlab.study.facade import Lab, SmartWalletClient

#: Returns the permissions that the owner grants, and the calls that the key then sends in one operation.
Make = Callable[["Lab", "SmartWalletClient"], "tuple[list[Permission], list[Call]]"]


@dataclass(frozen=True)
class Difference:
    """One question. ``flag``: the flag that decides it, ``R1`` to ``R9``, or none; ``run``: answers under a ruleset."""

    flag: str
    what: str
    run: Callable[[Ruleset], Answer]


@reads(cases=each(a("sessionlab.course.cases:Difference", fix="give course.FACTS or course.DIFFERENCES.")))
def under_both_rules(cases: Iterable[Difference]) -> dict[str, tuple[Answer, Answer]]:
    """Run each case under both rulesets, the documented one first, for ``pictures.side_by_side``."""
    return {f"{case.flag} {case.what}".strip(): (case.run(DOCUMENTED), case.run(DEPLOYED)) for case in cases}


def sent(make: Make, seed: int = 13) -> Callable[[Ruleset], Answer]:
    """Return a run that grants permissions and sends the session's first operation on a fresh chain."""

    def run(rules: Ruleset) -> Answer:
        from sessionlab.study.facade import Lab

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
    """Return a run of a known attack, which counts as allowed if it takes something."""

    def run(rules: Ruleset) -> Answer:
        from sessionlab.attacks.attack import find_attack, judge
        from sessionlab.attacks.attack_lab import fresh_attack_lab

        item = find_attack(name)
        verdict = judge(item, fresh_attack_lab(item.under(rules)))
        return Answer(verdict.phase or "ok", verdict.by) if verdict.refused else Answer("ok")

    return run
