"""A hostile contract does what it was armed with, once, and has no rights but its own."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.attacks.hostile import hostile_contract

PULL = "transferFrom(address,address,uint256)"
CLAIM = sl.FunctionsOnAllContracts(functions=["claim()"])


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab()


def test_it_makes_its_calls_once_whatever_it_is_called_by(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([CLAIM], key=sl.new_key(1))
    hostile = hostile_contract(lab, [sl.Call(to=lab.counter, function="add(uint256)", args=[7])])
    for _ in range(2):
        assert session.send_calls([sl.Call(to=hostile, function="claim()")]).ok
    assert lab.read("Counter", lab.counter, "number") == 7


def test_being_called_by_a_wallet_gives_it_no_right_to_the_wallets_tokens_or_functions(lab: sl.Lab) -> None:
    wallet, thief = lab.wallet(), sl.new_key(2).address
    session = wallet.grant_permissions([CLAIM], key=sl.new_key(1))
    steal = sl.Call(to=lab.token, function=PULL, args=[wallet.address, thief, 1])
    pay = sl.Call(to=wallet.address, function="execute(address,uint256,bytes)", args=[thief, 1, b""])
    count = sl.Call(to=lab.counter, function="increment()")
    hostile = hostile_contract(lab, [steal, pay, count])
    assert session.send_calls([sl.Call(to=hostile, function="claim()")]).ok
    assert lab.read("Counter", lab.counter, "number") == 1
    assert lab.token_balance("token", thief) == lab.balance(thief) == 0


def test_it_reverts_if_it_is_told_to(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([CLAIM], key=sl.new_key(1))
    hostile = hostile_contract(lab, [], reverts=True)
    assert not session.send_calls([sl.Call(to=hostile, function="claim()")]).ok


def test_too_long_a_script_is_refused_and_nothing_is_deployed(lab: sl.Lab) -> None:
    height = lab.chain.height
    with pytest.raises(sl.ChainError):
        hostile_contract(lab, [sl.Call(to=lab.counter)] * 5)
    assert lab.chain.height == height
