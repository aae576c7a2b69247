"""Which permission do I need: what each leaf grants passes under both rulesets, and lets nothing beside it pass."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab import course
from sessionlab.course.deciding import Leaf

TRANSFER = "transfer(address,uint256)"
LEAVES = [(" / ".join(way), leaf) for way, leaf in course.which_permission().leaves() if leaf.python != "[]"]


def asked(lab: Any, wallet: Any) -> dict[str, tuple[sl.Call, sl.Call]]:
    """For each way, what the key has to do, and a neighbour that it must not."""
    one, owner = sl.ether(1), sl.Call(wallet.address, function="owner()")
    pay, more = sl.Call(lab.merchant, one), sl.Call(lab.merchant, one + 1)
    increment, with_eth = (sl.Call(lab.counter, value, function="deposit()") for value in (0, 1))
    return {
        "send ETH / to an address without code, a person": (pay, more),
        "send ETH / to a payable function of a contract": (
            sl.Call(lab.vault, one, function="deposit()"),
            sl.Call(lab.vault, one + 1, function="deposit()"),
        ),
        "move a token": (
            sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, sl.units(25, 6)]),
            sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, sl.units(25, 6) + 1]),
        ),
        "call a contract / some of its functions": (
            sl.Call(lab.counter, function="increment()"),
            sl.Call(lab.counter, function="deposit()"),
        ),
        "call a contract / all of it": (increment, with_eth),
        "call a contract / one function, of contracts that nobody knows yet": (
            sl.Call(lab.counter_2, function="increment()"),
            sl.Call(lab.counter_2, function="deposit()"),
        ),
        "use a function of the wallet itself": (owner, sl.Call(lab.counter, function="increment()")),
    }


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize(("way", "leaf"), LEAVES, ids=[way for way, _ in LEAVES])
def test_a_leaf_grants_what_is_asked_for_and_not_its_neighbour(way: str, leaf: Leaf, rules: str) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    wanted, neighbour = asked(lab, wallet)[way]
    session = wallet.grant_permissions(eval(leaf.python, {"sl": sl, "lab": lab}), key=sl.new_key(1))
    assert not session.send_calls([neighbour], policy_id=lab.policy_id).ok
    assert session.send_calls([wanted], policy_id=lab.policy_id).ok


def test_every_way_is_told_in_text_and_in_html() -> None:
    tree = course.which_permission()
    for _, leaf in tree.leaves():
        assert leaf.grant in repr(tree)
        assert leaf.grant in tree.alternative_text
    assert tree._repr_html_().count("<summary>") == 10
