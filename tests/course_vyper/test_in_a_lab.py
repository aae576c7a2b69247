"""A changed contract in a fresh lab, and under attack."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.integrations import vyper
from sessionlab.integrations.vyper import Changed

#: The limit of native tokens is not looked at.
LIMITLESS = """
@internal
def _use_native(session: sessions.Session, asked: uint256):
    pass
"""
NUMBER = "number: public(uint256)\n"


@pytest.fixture(scope="module")
def limitless() -> Changed:
    return vyper.rewrite("allowances", LIMITLESS)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_a_lab_with_a_changed_wallet_does_what_it_says(limitless: Changed, rules: str) -> None:
    def spends(lab: sl.Lab) -> tuple[bool, int]:
        allowed = [sl.NativeTokenTransfer(allowance=5), sl.ContractAccess(address=lab.recipient)]
        session = lab.wallet().grant_permissions(allowed, key=sl.new_key(1))
        outcome = session.send_calls([sl.Call(lab.recipient, 7)])
        return outcome.ok, lab.balance(lab.recipient)

    assert spends(sl.Lab(rules)) == (False, 0)
    assert spends(vyper.lab_with(limitless, rules=rules)) == (True, 7)
    assert vyper.lab_with(limitless, rules=rules, seed=3).rules.name == rules


def test_a_lab_without_changes_is_a_lab() -> None:
    assert vyper.lab_with().chain.state_root == sl.Lab().chain.state_root
    same = vyper.rewrite("Counter", vyper.source("Counter"), optimized=True)
    assert vyper.lab_with(same, seed=2).chain.state_root == sl.Lab(seed=2).chain.state_root


def test_other_contracts_of_the_lab_are_changed_where_they_stand() -> None:
    by_seven = vyper.rewrite("Counter", "@external\ndef increment():\n    self.number += 7\n")
    free = vyper.rewrite("Token", vyper.source("Token") + "\n# a remark\n")
    lab = vyper.lab_with(by_seven, free)
    wallet = lab.wallet()
    for counter in (lab.counter, lab.counter_2):
        assert wallet.send_calls([sl.Call(counter, function="increment()")]).ok
        assert lab.read("Counter", counter, "number") == 7
    assert lab.token_balance("dollar", wallet.address) == 1_000 * 10**6


def test_a_changed_entry_point_and_sponsor_still_work() -> None:
    creators = vyper.rewrite("EntryPoint", vyper.source("EntryPoint"))
    sponsor = vyper.rewrite("SponsorPaymaster", vyper.source("SponsorPaymaster"))
    lab = vyper.lab_with(creators, sponsor)
    outcome = lab.wallet(deployed=False).send_calls([sl.Call(lab.recipient, 1)], policy_id=lab.policy_id)
    assert outcome.ok, outcome.denial
    assert lab.balance(lab.recipient) == 1


def test_what_cannot_stand_in_a_lab_is_refused(limitless: Changed) -> None:
    other = vyper.rewrite("Counter", vyper.source("Counter"))
    with pytest.raises(InvalidInput, match="Counter is there more than once"):
        vyper.lab_with(limitless, other, other)
    with pytest.raises(InvalidInput, match=r"Its storage lies elsewhere .*: first, number\..*leave the storage"):
        vyper.lab_with(vyper.change("Counter", NUMBER, "first: uint256\n" + NUMBER))
    immutable = NUMBER + "A: immutable(uint256)\n@deploy\ndef __init__():\n    A = 1\n"
    with pytest.raises(InvalidInput, match=r"declares 1 words of immutables, and the lab's has 0\..*constant"):
        vyper.lab_with(vyper.change("Counter", NUMBER, immutable))
    with pytest.raises(NotFound, match="A lab has no OpenPaymaster"):
        vyper.lab_with(vyper.rewrite("OpenPaymaster", vyper.source("OpenPaymaster")))


# -- attacks


def test_a_hole_is_found_by_the_attack_that_it_lets_through(limitless: Changed) -> None:
    attacked = vyper.attack(limitless, "over-the-limit", "batch-split")
    assert [verdict.attack.name for verdict in attacked.succeeded] == ["over-the-limit", "batch-split"]
    assert repr(attacked) == "<Attacked: 2 of 2 attacks succeed that are refused in the lab>"
    assert "over-the-limit (documented): takes 11 wei, where 10 were granted" in str(attacked)
    assert "takes 11 wei" in attacked._repr_html_()


def test_a_change_that_weakens_nothing_lets_nothing_through() -> None:
    same = vyper.rewrite("allowances", vyper.source("allowances") + "\n# a remark\n")
    attacked = vyper.attack(same, "over-the-limit", rules=("documented", "deployed"))
    assert [verdict.rules for verdict in attacked.verdicts] == ["documented", "deployed"]
    assert attacked.succeeded == ()
    assert repr(attacked) == "<Attacked: 0 of 2 attacks succeed that are refused in the lab>"
    assert "no attack gains anything new" in attacked._repr_html_()


def test_after_an_attack_the_stage_has_its_own_contracts_again(limitless: Changed) -> None:
    from sessionlab.attacks.attack import find_attack, judge
    from sessionlab.attacks.attack_lab import fresh_attack_lab
    from sessionlab.core.permissions import DOCUMENTED

    assert vyper.attack(limitless, "over-the-limit").succeeded
    assert judge(find_attack("over-the-limit"), fresh_attack_lab(DOCUMENTED)).refused


def test_an_attack_that_cannot_be_tried_is_not_said_to_fail() -> None:
    mute = vyper.change("Counter", NUMBER, "number: uint256\n")  # whoever asks for the count is not answered
    attacked = vyper.attack(mute, "replay", "over-the-limit")
    assert [verdict.attack.name for verdict in attacked.verdicts] == ["over-the-limit"]
    assert repr(attacked).endswith("0 of 2 attacks succeed that are refused in the lab; 1 cannot be tried>")
    assert "\n  replay cannot be tried: " in str(attacked)
    assert "cannot be tried: " in attacked._repr_html_()


def test_a_wallet_whose_storage_moved_is_not_attacked() -> None:
    owner = "stored_owner: address\n"
    assert owner in vyper.source("signatures")
    moved = vyper.change("signatures", owner, "before: uint256\n" + owner)
    assert "signatures.stored_owner" in moved.moved
    with pytest.raises(InvalidInput, match="storage lies elsewhere"):
        vyper.attack(moved, "over-the-limit")
    lab = vyper.lab_with(moved)  # its wallets are made by its own code
    assert lab.wallet().send_calls([sl.Call(lab.recipient, 1)]).ok


def test_an_attack_that_is_not_there_is_refused(limitless: Changed) -> None:
    with pytest.raises(NotFound, match="over-the-limit"):
        vyper.attack(limitless, "over-the-limits")
