"""Attacks in one call, and what a thief can be asked."""

from __future__ import annotations

import pytest

import sessionlab as sl

MUTANT, ATTACK = "wrapped-reach-unchecked", "wrapped-call"


def test_an_attack_runs_under_the_documented_rules_unless_told_otherwise() -> None:
    documented, deployed = (sl.attacks.run("stale-allowlist", **more) for more in ({}, {"rules": "deployed"}))
    assert (documented.rules, documented.refused) == ("documented", True)
    assert (deployed.rules, deployed.refused) == ("deployed", False)
    assert deployed.taken


def test_an_attack_that_is_refused_succeeds_on_the_mutant_that_lets_it_through() -> None:
    mutant = sl.attacks.find_mutant(MUTANT)
    assert sl.attacks.run(ATTACK).refused
    for chosen in (mutant, MUTANT):
        assert sl.attacks.run(sl.attacks.find_attack(ATTACK), mutant=chosen).taken


def test_attacks_that_succeed_on_a_mutant_are_listed_and_no_others() -> None:
    chosen = [sl.attacks.find_attack(name) for name in (ATTACK, "batch-split")]
    assert [result.attack.name for result in sl.attacks.successful(MUTANT, chosen)] == [ATTACK]


@pytest.mark.parametrize(
    "call",
    [
        lambda: sl.attacks.run("no-such-attack"),
        lambda: sl.attacks.run(ATTACK, mutant="no-such-mutant"),
        lambda: sl.attacks.successful("no-such-mutant"),
    ],
)
def test_an_unknown_name_is_refused(call: object) -> None:
    with pytest.raises(sl.NotFound):
        call()  # type: ignore[operator]


def test_unknown_rules_are_refused() -> None:
    with pytest.raises(sl.InvalidInput, match="rules"):
        sl.attacks.run(ATTACK, rules="undocumented")


def test_a_thief_sends_calls_as_applications_write_them_and_reads_what_is_left() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    limits = [sl.NativeTokenTransfer(allowance=10), sl.Erc20TokenTransfer(address=lab.dollar, allowance=7)]
    thief = sl.attacks.Thief(lab, wallet, wallet.grant_permissions(limits))
    assert thief.call(sl.Call(to=thief.address, value=4))
    assert thief.left("native-token-transfer") == 6
    assert thief.left("erc20-token-transfer", lab.dollar) == 7
    assert thief.left("gas-limit") == 0
    with pytest.raises(sl.InvalidInput, match="use 'native-token-transfer'"):
        thief.left("root")


def test_a_thief_becomes_the_owner_where_the_session_allows_it_and_nowhere_else() -> None:
    lab = sl.Lab()
    for permissions, works in (([sl.Root()], True), ([sl.NativeTokenTransfer(allowance=10)], False)):
        wallet = lab.wallet()
        thief = sl.attacks.Thief(lab, wallet, wallet.grant_permissions(permissions))
        assert thief.become_owner() is thief.is_owner is works
        owner = lab.read("SessionWallet", wallet.address, "owner")
        assert owner == (thief.address if works else wallet.owner.address)
