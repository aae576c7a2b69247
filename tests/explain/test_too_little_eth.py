"""Calls that send more ETH than the wallet has are refused with that reason: how much is asked, how much there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl
from tests.faults.steps import PreparationFailed

Calls = list[sl.Call]

#: The ways to learn of a refusal. They all say the same.
WAYS: dict[str, Callable[[sl.Session, Calls, str | None], sl.Denial | None]] = {
    "explain": lambda session, calls, policy: session.explain(calls, policy_id=policy).denial,
    "send": lambda session, calls, policy: session.send_calls(calls, policy_id=policy).denial,
    "on the chain": lambda session, calls, policy: session.send_calls(calls, policy_id=policy, preflight=False).denial,
}

#: Calls that a wallet with 10 ETH cannot make; which of them is at fault, and what it asks and finds, in ETH.
TOO_MUCH: dict[str, tuple[Callable[[sl.Lab], Calls], int, int, int]] = {
    "a payment": (lambda lab: [sl.Call(lab.recipient, value=sl.ether(20))], 0, 20, 10),
    "the second of two payments": (lambda lab: [sl.Call(lab.recipient, value=sl.ether(6))] * 2, 1, 6, 4),
    "a function that takes ETH": (
        lambda lab: [sl.Call(lab.vault, value=sl.ether(20), function="deposit()")],
        *(0, 20, 10),
    ),
}


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    """It has 10 ETH."""
    return lab.wallet()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    """It may send more than there is."""
    access = sl.ContractAccess(address=lab.vault)
    return wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(100)), access], key=sl.new_key(1))


def short_of(denial: sl.Denial | None) -> tuple[str, int | None, int | str | None, int | str | None, str | None]:
    """Where it is refused, which call, how much it asks for, how much there is, and in what."""
    if denial is None:
        raise PreparationFailed("It is not refused at all.")
    return denial.phase, denial.call, denial.asked, denial.left, denial.unit


def nothing_moved(lab: sl.Lab, wallet: sl.SmartWalletClient) -> bool:
    return (lab.balance(lab.recipient), lab.balance(lab.vault), wallet.balance) == (0, 0, sl.ether(10))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", TOO_MUCH)
def test_more_than_there_is(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, what: str, way: str
) -> None:
    """A policy pays for the gas, so the wallet can send its whole balance."""
    calls, number, asked, there = TOO_MUCH[what]
    denial = WAYS[way](session, calls(lab), lab.policy_id)
    assert short_of(denial) == ("execution", number, sl.ether(asked), sl.ether(there), "wei")
    assert f"{asked} ETH" in str(denial) and f"{there} ETH" in str(denial) and "the wallet has" in str(denial)
    assert nothing_moved(lab, wallet)


@pytest.mark.parametrize("what", TOO_MUCH)
def test_check_foresees_it(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, what: str) -> None:
    calls, number, asked, there = TOO_MUCH[what]
    check = session.check(calls(lab), policy_id=lab.policy_id)
    assert not check.ok
    assert short_of(check.denial) == ("execution", number, sl.ether(asked), sl.ether(there), "wei")
    assert nothing_moved(lab, wallet)


@pytest.mark.parametrize("way", [*WAYS, "check"])
def test_a_wallet_that_pays_for_its_gas_has_a_little_less(lab: sl.Lab, wallet: sl.SmartWalletClient, way: str) -> None:
    limits = [sl.NativeTokenTransfer(allowance=sl.ether(100)), sl.GasLimit(limit=9_000_000)]
    access = sl.ContractAccess(address=lab.vault)
    session = wallet.grant_permissions([*limits, access], key=sl.new_key(1))
    calls = [sl.Call(lab.recipient, value=sl.ether(20))]
    denial = session.check(calls).denial if way == "check" else WAYS[way](session, calls, None)
    phase, number, asked, there, unit = short_of(denial)
    assert (phase, number, asked, unit) == ("execution", 0, sl.ether(20), "wei")
    assert isinstance(there, int) and sl.ether("9.99") < there <= sl.ether(10)
    assert lab.balance(lab.recipient) == 0


@pytest.mark.parametrize("balance", [0, sl.ether(10)])
def test_the_owner_is_told_the_same(lab: sl.Lab, balance: int) -> None:
    wallet = lab.wallet(balance=balance)
    denial = wallet.send_calls([sl.Call(lab.recipient, value=balance + 1)], policy_id=lab.policy_id).denial
    assert short_of(denial) == ("execution", 0, balance + 1, balance, "wei")
    assert "the wallet has" in str(denial)
    assert (lab.balance(lab.recipient), wallet.balance) == (0, balance)


def test_all_that_there_is_can_be_sent(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> None:
    calls = [sl.Call(lab.recipient, value=sl.ether(10))]
    assert session.check(calls, policy_id=lab.policy_id)
    assert session.send_calls(calls, policy_id=lab.policy_id)
    assert (lab.balance(lab.recipient), wallet.balance) == (sl.ether(10), 0)


def test_a_call_that_fails_for_another_reason_is_not_told_as_too_little_eth(lab: sl.Lab, session: sl.Session) -> None:
    denial = session.send_calls([sl.Call(lab.vault, function="nothing()")], policy_id=lab.policy_id).denial
    assert denial is not None
    assert (denial.code, denial.asked, denial.left) == ("EmptyRevert", None, None)
