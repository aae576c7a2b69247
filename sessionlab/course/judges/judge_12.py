"""How the exercises of lesson 12 are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import units
from sessionlab.core.permissions.types import Erc20TokenTransfer, Permission, Root
from sessionlab.course.judges.policy_check import TOTAL, Miss, missed, missed_on_chain, spare, told
from sessionlab.course.judges.subscription import LUSD, SubscriptionPlan
from sessionlab.course.lesson import Judgement
from sessionlab.study.pictures.hypothetical_session import HypotheticalSession

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

SEEDS = (121, 122, 123)
ADDED, UNUSED = "adding a permission only restricts", "what is not used does no harm"


def judge(answer: Callable[[Lab], Sequence[Permission]]) -> Judgement:
    """``answer``: a function from a lab to the permissions of the app's key."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_policy must be a function: it gets a lab, and returns a list of permissions.")
    for seed in SEEDS:
        lab = sl.Lab(seed=seed)
        wallet = lab.wallet()
        granted: Any = answer(lab)
        if not isinstance(granted, list | tuple):
            return Judgement(False, "my_policy must return a list of permissions: [sl.NativeTokenTransfer(…), …].")
        session = wallet.grant_permissions(granted, key=sl.new_key(seed))
        asked = HypotheticalSession(session.permissions, lab.rules, wallet.address, lab.now)
        miss = missed(lab, asked, seed)
        if miss is None and seed == SEEDS[-1]:
            miss = missed_on_chain(lab, session, seed)
        if miss:
            return Judgement(False, told(lab, asked, miss), misconception(lab, asked, miss, seed))
    if more := spare(lab, asked, SEEDS[-1]):
        says = f"All operations end as they should. But {more}. Leave it out."
        return Judgement(False, says, UNUSED)
    return Judgement(True, f"{len(SEEDS)} × {TOTAL} operations, none wrongly allowed, none wrongly refused.")


def misconception(lab: Lab, asked: HypotheticalSession, miss: Miss, seed: int) -> str | None:
    """What the policy shows, if it is listed."""
    granted = asked.permissions
    if any(isinstance(item, Root) for item in granted):
        return "the app decides what its key may do"
    allowances = [item.allowance for item in granted if isinstance(item, Erc20TokenTransfer)]
    if not miss.passed:
        if miss.reason == "NativeTransferNotAllowed":
            return "a payable function brings its ETH along"
        return "1 = 1 token" if LUSD in allowances else None
    rest = (granted[:index] + granted[index + 1 :] for index in range(len(granted)))
    if any(missed(lab, replace(asked, permissions=less), seed) is None for less in rest):
        return ADDED
    if SubscriptionPlan(lab).wants(miss.request.calls):  # the operation is one of the app's: it is the sum that is over
        if units(LUSD, 18) in allowances:
            return "every token has 18 decimals"
        return None if allowances else "reach limits amounts"
    return UNUSED
