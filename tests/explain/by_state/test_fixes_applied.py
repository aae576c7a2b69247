"""A fix is applied as it is written, and the same operation is sent again: it passes at the first try."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product

import pytest

import sessionlab as sl
from sessionlab.core.permissions.types import Permission
from tests.sampling import by_turns

Calls = list[sl.Call]
#: A figure in a fix, and the wei that one of its units is.
ETH = re.compile(r"(?:at least|Add) ([\d.,]+) (ETH|wei|gas)")
LIVES_ON = "More permission is not enough: "

PAYS: dict[str, Callable[[sl.Lab], Calls]] = {
    "a payment": lambda lab: [sl.Call(lab.recipient, sl.ether("0.1"))],
    "two payments": lambda lab: [sl.Call(lab.recipient, sl.ether("0.1")), sl.Call(lab.merchant, sl.ether("0.3"))],
    "there and back": lambda lab: [
        sl.Call(lab.vault, sl.ether("0.1"), function="deposit()"),
        sl.Call(lab.vault, function="withdraw(uint256)", args=[sl.ether("0.1")]),
        sl.Call(lab.vault, sl.ether("0.1"), function="deposit()"),
    ],
}


def figure(text: str) -> int:
    """The amount that a fix names, in wei or gas."""
    found = ETH.search(text)
    assert found is not None, text
    number, unit = found.groups()
    return sl.ether(number.replace(",", "")) if unit == "ETH" else int(number.replace(",", ""))


def refused(session: sl.Session, calls: Calls, *, preflight: bool = True, policy: str | None = None) -> sl.Denial:
    outcome = session.send_calls(calls, preflight=preflight, policy_id=policy)
    assert outcome.denial is not None
    return outcome.denial


def payer(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    reached = [sl.ContractAccess(address=at) for at in (lab.vault, lab.recipient, lab.merchant)]
    return wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(5)), *reached], key=sl.new_key(1))


@pytest.mark.parametrize(
    ("rules", "what", "preflight", "sponsored"),
    by_turns(["documented", "deployed"], PAYS, [True, False], [False, True]),
)
def test_the_eth_that_is_missing_is_enough(rules: str, what: str, preflight: bool, sponsored: bool) -> None:
    """Also where a failed operation was charged, and the next one has to pay for gas again."""
    for deployed, balance in product((True, False), (0, 10**15)):
        lab = sl.Lab(rules, seed=3)
        wallet = lab.wallet(deployed=deployed, balance=balance)
        session, calls = payer(lab, wallet), PAYS[what](lab)
        policy = lab.policy_id if sponsored else None
        outcome = session.send_calls(calls, preflight=preflight, policy_id=policy)
        if outcome.ok:
            continue
        denial = outcome.denial
        assert denial is not None
        assert denial.fix in str(denial.explain()), "one figure"
        lab.fund(wallet.address, figure(denial.fix))
        again = session.send_calls(calls, preflight=preflight, policy_id=policy)
        assert again.ok, (deployed, balance, denial.fix, again.denial)


@pytest.mark.parametrize("what", list(PAYS))
def test_the_eth_is_enough_for_an_estimated_operation_after_a_charged_one(rules: str, what: str) -> None:
    lab = sl.Lab(rules, seed=3)
    wallet = lab.wallet(balance=10**15)
    session, calls = payer(lab, wallet), PAYS[what](lab)
    lab.fund(wallet.address, figure(refused(session, calls, preflight=False).fix))
    assert session.send_calls(calls)


@pytest.mark.parametrize("seed", range(4))
def test_the_higher_gas_limit_is_enough(rules: str, seed: int) -> None:
    lab = sl.Lab(rules, seed=seed)
    wallet, calls = lab.wallet(), [sl.Call(lab.counter, function="increment()")]
    may: list[Permission] = [sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])]
    denial = refused(wallet.grant_permissions([*may, sl.GasLimit(limit=5)]), calls)
    higher = figure(denial.fix)
    assert wallet.grant_permissions([*may, sl.GasLimit(limit=5 + higher)]).send_calls(calls)
    raised = [change for remedy in denial.explain().remedies for change in remedy.changes if change.kind == "raise"]
    assert [change.amount for change in raised] == [higher], "one figure"


TRANSFER, APPROVE = "transfer(address,uint256)", "approve(address,uint256)"
#: What a session holds, what it sends, and the permission that a fix proposes.
PROPOSED: dict[str, tuple[Callable[[sl.Lab], Sequence[Permission]], Callable[[sl.Lab], Calls], str]] = {
    "a function of a contract": (
        lambda lab: [sl.ContractAccess(address=lab.strict)],
        lambda lab: [sl.Call(lab.counter, function="increment()")],
        "functions-on-contract",
    ),
    "two transfers of a token": (
        lambda lab: [sl.ContractAccess(address=lab.strict)],
        lambda lab: [sl.Call(lab.token, function=TRANSFER, args=[lab.merchant, units]) for units in (5, 7)],
        "erc20-token-transfer",
    ),
    "a transfer where other functions are granted": (
        lambda lab: [sl.FunctionsOnContract(address=lab.token, functions=[APPROVE])],
        lambda lab: [sl.Call(lab.token, function=TRANSFER, args=[lab.merchant, 5])],
        "erc20-token-transfer",
    ),
    "calls without any permission for calls": (
        lambda lab: [sl.AccountFunctions(functions=["invalidateDeferredValidationInstallNonce(uint256)"])],
        lambda lab: [sl.Call(lab.token, function=TRANSFER, args=[lab.merchant, 5])],
        "erc20-token-transfer",
    ),
    "an approval of a collectible": (
        lambda lab: [sl.ContractAccess(address=lab.strict)],
        lambda lab: [sl.Call(lab.collectible, function="setApprovalForAll(address,bool)", args=[lab.merchant, True])],
        "functions-on-contract",
    ),
}
AMOUNT = re.compile(r"at least (?:([\d.,]+) \w+)")


@pytest.mark.parametrize("what", list(PROPOSED))
def test_fix_and_remedies_propose_the_same_permission(rules: str, what: str) -> None:
    held, sends, kind = PROPOSED[what]
    lab = sl.Lab(rules, seed=2)
    wallet = lab.wallet()
    denial = refused(wallet.grant_permissions(held(lab)), sends(lab))
    assert f"Grant {kind}" in denial.fix and LIVES_ON not in denial.fix
    (remedy, *_) = denial.explain().remedies
    (change,) = remedy.changes
    assert change.permission is not None and change.permission.type == kind
    amount = AMOUNT.search(denial.fix)
    if amount:
        assert lab.names.amount(change.permission.allowance, lab.token) in denial.fix
    assert wallet.grant_permissions([*held(lab), change.permission]).send_calls(sends(lab))


def test_the_allowance_of_all_values_is_named(rules: str) -> None:
    lab = sl.Lab(rules, seed=2)
    wallet = lab.wallet()
    reached = [sl.ContractAccess(address=lab.vault)]
    calls = [sl.Call(lab.vault, sl.ether(n), function="deposit()") for n in (1, 2)]
    outcome = wallet.grant_permissions(reached).send_calls(calls)
    if rules == "deployed":  # these rules let a session send ETH where it may call
        assert outcome.ok
        return
    assert outcome.denial is not None and "at least 3 ETH" in outcome.denial.fix
    allowed = sl.NativeTokenTransfer(allowance=figure(outcome.denial.fix))
    assert wallet.grant_permissions([*reached, allowed]).send_calls(calls)


#: Calls that fail whoever makes them, with the wallet's balance and the words that say so.
FAILS: dict[str, tuple[int, Callable[[sl.Lab], Calls], str]] = {
    "a function that always reverts": (
        sl.ether(1),
        lambda lab: [sl.Call(lab.counter, function="fail()")],
        "fail() of the counter always reverts.",
    ),
    "ETH to a contract that takes none, from a wallet without ETH": (
        0,
        lambda lab: [sl.Call(lab.counter, sl.ether(1))],
        "The call sends 1 ETH; the wallet has 0 ETH",
    ),
    "a function that the contract does not have": (
        sl.ether(1),
        lambda lab: [sl.Call(lab.token, function="deposit()")],
        "reverted with empty data",
    ),
    "more tokens than there are": (
        sl.ether(1),
        lambda lab: [sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, 10**30])],
        "the sender has only 1,000 LUSD of the token",
    ),
}


@pytest.mark.parametrize("what", list(FAILS))
def test_a_fix_that_proposes_a_grant_says_what_it_does_not_change(rules: str, what: str) -> None:
    balance, sends, said = FAILS[what]
    lab = sl.Lab(rules, seed=2)
    wallet = lab.wallet(balance=balance)
    calls = sends(lab)
    denial = refused(wallet.grant_permissions([sl.ContractAccess(address=lab.strict)]), calls)
    assert said in denial.fix.partition(LIVES_ON)[2], denial.fix
    assert "session" not in denial.fix.partition(LIVES_ON)[2], "the owner has none"
    assert not denial.explain().remedies
    assert not wallet.send_calls(calls).ok, "not even the owner"
