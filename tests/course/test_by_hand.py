"""A chain that was changed by hand is no answer, and what was sent to a weak wallet is held against a sound one."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.course.classroom import judge
from sessionlab.course.lesson import exercise


def drained_by_hand(lab: Any, session: Any, thief: Any) -> None:
    for name in ("token", "dollar", "coin"):
        lab.give(name, thief.address, lab.token_balance(name, session.wallet))
    lab.chain.set_balance(thief.address, 1)


def rescued_by_hand(lab: Any, wallet: Any, leaked: Any, spender: Any) -> None:
    lab.chain.set_balance(wallet.address, 0)


def taken_by_hand(play: Any) -> None:
    play.lab.chain.set_balance(play.merchant, 10**18)


@pytest.mark.parametrize(
    ("id", "answer"), [("08.2", drained_by_hand), ("11.2", rescued_by_hand), ("14.2", taken_by_hand)]
)
def test_a_chain_that_was_changed_by_hand_is_no_answer(id: str, answer: Any) -> None:
    judged = judge(exercise(id), answer)
    assert not judged.passed
    assert judged.says.startswith("The chain was changed by hand.")


def test_an_attack_that_tells_the_sound_wallet_from_the_weak_one_gains_nothing() -> None:
    from sessionlab.attacks.operations import act

    times = []

    def with_the_owners_key_the_first_time(play: Any) -> None:
        times.append(1)
        if len(times) == 1:
            act(play.lab, [sl.Call(play.counter, 10**18)], entity=0)

    judged = judge(exercise("14.2"), with_the_owners_key_the_first_time)
    assert not judged.passed
    assert len(times) == 1
