"""A policy held against a plan: the first operation that it wrongly lets pass, or wrongly refuses.

missed(lab, Asked(permissions, rules, wallet), seed)       by the rules alone, all operations of a seed
missed_on_chain(lab, session, seed)                        the first few, sent
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sessionlab.core.permissions.decide import decide
from sessionlab.core.permissions.types import GasLimit
from sessionlab.course.judges.subscription import SubscriptionPlan, WantedOperation, edges, requests
from sessionlab.study.pictures.hypothetical_session import HypotheticalSession, operation
from sessionlab.study.recording.minimality import weaker_sets

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, Session

DRAWN, ON_CHAIN = 196, 10
TOTAL = DRAWN + 4  # and the edges of the two sums


class Miss(NamedTuple):
    """The first operation that ends otherwise than the plan wants."""

    number: int
    request: WantedOperation
    passed: bool
    reason: str | None


def drawn(lab: Lab, wallet: str, plan: SubscriptionPlan, seed: int) -> Iterator[tuple[int, WantedOperation]]:
    """All operations of a seed, numbered from 1."""
    return enumerate(chain(requests(lab, wallet, seed, DRAWN), edges(lab, plan)), 1)


def missed(lab: Lab, asked: HypotheticalSession, seed: int) -> Miss | None:
    """By the rules alone: each operation after the other, allowances used up as they pass."""
    policy, left = asked.installed()
    plan = SubscriptionPlan(lab)
    for number, request in drawn(lab, asked.wallet, plan, seed):
        decision = decide(policy, left, operation(request.calls, policy), asked.now, asked.rules)
        left = decision.remaining
        if decision.accepted != plan.wants(request.calls):
            return Miss(number, request, decision.accepted, decision.reason)
    return None


def missed_on_chain(lab: Lab, session: Session, seed: int) -> Miss | None:
    """The first few, sent; the lab's sponsor pays for the gas."""
    plan = SubscriptionPlan(lab)
    for number, request in drawn(lab, session.wallet, plan, seed):
        if number > ON_CHAIN:
            break
        outcome = session.send_calls(request.calls, policy_id=lab.policy_id)
        if outcome.ok != plan.wants(request.calls):
            return Miss(number, request, outcome.ok, outcome.denial.code if outcome.denial else None)
    return None


def spare(lab: Lab, asked: HypotheticalSession, seed: int) -> str:
    """What nobody would miss: a permission or one function of it, in words. A gas limit only binds: it may stay."""
    for weaker in weaker_sets(asked.permissions, 0, (), 0, lab.names):
        index = weaker.permission
        if index is None or isinstance(asked.permissions[index], GasLimit):
            continue
        if missed(lab, replace(asked, permissions=weaker.permissions), seed) is None:
            return f"{weaker.change} they would do as well: “{lab.names.permission(asked.permissions[index])}”"
    return ""


def told(lab: Lab, asked: HypotheticalSession, miss: Miss) -> str:
    """The operation in plain words, and what lets it pass or refuses it."""
    head = f"Operation {miss.number} of {TOTAL}, “{miss.request.says}”,"
    if not miss.passed:
        return f"{head} was refused ({miss.reason}), and the app needs it."
    stray = next((call for call in miss.request.calls if not SubscriptionPlan(lab).wants([call])), None)
    if stray is None:
        return f"{head} passed, and with it more has been spent than the plan allows in total."
    by = [lab.names.permission(asked.permissions[index]) for index in asked.because_of(stray)]
    return f"{head} passed, but it is not in the plan. What allowed it: {'; '.join(by)}."
