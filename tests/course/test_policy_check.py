"""A policy held against the plan of a subscription: what is drawn, and what is found."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.permissions import Permission
from sessionlab.course.judges.judge_12 import SEEDS
from sessionlab.course.judges.policy_check import TOTAL, drawn, missed, missed_on_chain, spare
from sessionlab.course.judges.subscription import SubscriptionPlan
from sessionlab.course.lessons.lesson_12 import policy
from sessionlab.study.pictures.hypothetical_session import HypotheticalSession

WALLET = "0x" + "77" * 20


def right(lab: sl.Lab) -> list[Permission]:
    names: dict[str, object] = {"sl": sl}
    exec(policy(), names)
    found: list[Permission] = names["my_policy"](lab)  # type: ignore[operator]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_draws_the_same_operations_each_time_wanted_and_unwanted(seed: int) -> None:
    lab = sl.Lab(seed=1)
    plan, again = SubscriptionPlan(lab), SubscriptionPlan(lab)
    wanted = [plan.wants(request.calls) for _, request in drawn(lab, WALLET, plan, seed)]
    assert len(wanted) == TOTAL
    assert sum(wanted) >= 40
    assert wanted == [again.wants(request.calls) for _, request in drawn(lab, WALLET, again, seed)]
    assert wanted[-4:] == [False, True, False, True]  # one more than is left, then all that is left
    assert (plan.lusd_left, plan.eth_left) == (0, 0)


def test_a_refused_operation_uses_nothing_up() -> None:
    lab = sl.Lab(seed=1)
    plan = SubscriptionPlan(lab)
    before = plan.lusd_left, plan.eth_left
    assert not plan.wants([sl.Call(lab.merchant, sl.ether("0.6"))])
    assert not plan.wants([sl.Call(lab.merchant, sl.ether("0.1")), sl.Call(lab.counter, function="fail()")])
    assert (plan.lusd_left, plan.eth_left) == before


@pytest.mark.parametrize("granted", [[sl.Root()], [sl.NativeTokenTransfer(allowance=5)]])
def test_the_chain_misses_what_the_rules_miss(granted: list[Permission]) -> None:
    lab = sl.Lab(seed=2)
    wallet = lab.wallet()
    session = wallet.grant_permissions(granted, key=sl.new_key(2))
    asked = HypotheticalSession(tuple(granted), lab.rules, wallet.address, lab.now)
    by_rules, on_chain = missed(lab, asked, SEEDS[0]), missed_on_chain(lab, session, SEEDS[0])
    assert by_rules is not None and on_chain is not None
    assert (by_rules.number, by_rules.passed) == (on_chain.number, on_chain.passed)


def test_what_nobody_would_miss_is_named() -> None:
    lab = sl.Lab(seed=1)
    asked = HypotheticalSession((*right(lab), sl.ContractAccess(address=lab.dollar)), lab.rules, WALLET, lab.now)
    assert missed(lab, asked, SEEDS[0]) is None
    assert "every function of dollar" in spare(lab, asked, SEEDS[0])
    needed = HypotheticalSession((*right(lab), sl.GasLimit(limit=1)), lab.rules, WALLET, lab.now)
    assert spare(lab, needed, SEEDS[0]) == ""
