"""What is wrong is named by the caller's own words, and the advice that comes with it can be followed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl

RULES = ["documented", "deployed"]
GWEI = 10**9


class World:
    def __init__(self, rules: str) -> None:
        self.lab = sl.Lab(rules)
        self.wallet = self.lab.wallet()
        permissions = [sl.NativeTokenTransfer(allowance=100), sl.ContractAccess(address=self.lab.recipient)]
        self.session = self.wallet.grant_permissions(permissions, key=sl.new_key(1))
        self.calls = [sl.Call(self.lab.recipient, value=1)]


Act = Callable[[World], Any]
UNKNOWN = "d7a0c9d8-0000-4000-8000-000000000000"

#: What is done, the field that is named, and what the advice says.
WRONG: dict[str, tuple[Act, str, str]] = {
    "policy": (lambda w: w.session.send_calls(w.calls, policy_id="nope"), "policy_id", "lab.policy_id"),
    "unknown policy": (lambda w: w.session.check(w.calls, policy_id=UNKNOWN), "policy_id", "lab.policy_id"),
    "fee": (lambda w: w.session.send_calls(w.calls, max_fee=1), "max_fee", "raise max_fee to at least 1 gwei"),
    "tip": (lambda w: w.session.send_calls(w.calls, max_priority_fee=2 * GWEI), "max_priority_fee", "at most 1 gwei"),
    "checked fee": (lambda w: w.session.check(w.calls, max_fee=1), "max_fee", "raise max_fee to at least 1 gwei"),
    "place in a bundle": (
        lambda w: w.session.send_calls(w.calls, gas={"pre_verification": 1}),
        "gas.pre_verification",
        "raise gas.pre_verification",
    ),
    "huge nonce key": (lambda w: w.session.send_calls(w.calls, nonce_key=2**192), "nonce_key", "from 0 to"),
    "first nonce key": (lambda w: w.session.send_calls(w.calls, nonce_key=5), "nonce_key", "without nonce_key first"),
    "two fees": (
        lambda w: w.session.check(w.calls, gas=sl.Gas(max_fee=2 * GWEI), max_fee=3 * GWEI), "max_fee", "name it once",
    ),
    "travel": (lambda w: w.lab.travel(10**30), "seconds", "from 0 to"),
    "travel back": (lambda w: w.lab.travel(-1), "seconds", "snapshot"),
    "base fee": (lambda w: sl.Lab(base_fee=0), "base_fee", "from 1 to"),
    "contract": (lambda w: w.lab.read("nope", w.lab.token, "f"), "contract_name", "Token"),
    "not a token": (lambda w: w.lab.give(w.lab.recipient, w.wallet.address, 5), "token", "lab.token"),
    "a wallet as a token": (lambda w: w.lab.give(w.wallet, w.wallet.address, 5), "token", "lab.token"),
    "balance of no token": (lambda w: w.lab.token_balance(w.lab.recipient, w.wallet.address), "token", "lab.token"),
    "too many tokens": (lambda w: w.lab.give("token", w.wallet, 10**40), "to", "give less"),
    "policy that is over": (lambda w: w.lab.gas_policy(end=w.lab.now - 5), "end", "or more"),
    "time": (lambda w: setattr(w.lab, "now", 5), "now", "lab.travel"),
    "balance": (lambda w: setattr(w.wallet, "balance", 5), "balance", "lab.fund"),
    "an amount in words": (lambda w: sl.NativeTokenTransfer(allowance="0.3"), "allowance", "ether('0.3')"),
    "an amount with its unit": (lambda w: sl.NativeTokenTransfer(allowance="1 ether"), "allowance", "ether('0.3')"),
    "a copy below zero": (
        lambda w: sl.NativeTokenTransfer(allowance=5).model_copy(update={"allowance": -5}), "allowance", "zero or more",
    ),
    "arguments": (lambda w: sl.Call(w.lab.counter, function="increment()", args=[1]), "args", "leave them out"),
    "path": (lambda w: w.session.plot().save(None), "path", "in quotes"),
    "folder": (lambda w: w.session.plot().save("/nowhere/at/all.svg"), "path", "make the folder"),
    "cases": (lambda w: sl.pictures.side_by_side({"a": 5}), "cases['a']", "two values"),
    "blocks": (lambda w: sl.pictures.blocks(w.lab, 3, 2), "last", "give 3 or more"),
    "session": (lambda w: w.wallet.revoke(5), "session", "wallet.sessions()"),
}  # fmt: skip


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_by_the_callers_words(name: str, rules: str) -> None:
    world = World(rules)
    act, field, advice = WRONG[name]
    before = world.lab.chain.state_root, world.lab.chain.height, world.lab.sponsor.policies
    try:
        outcome = act(world)
    except sl.SessionlabError as error:
        assert error.field == field
        assert advice in (error.fix or "")
        said = str(error)
    else:  # refused by the node, as an outcome
        assert outcome.denial is not None
        assert advice in outcome.denial.fix
        said = outcome.denial.fix
    assert not re.search("capabilities|nonceOverride|PerGas|policyId", said)
    assert said.count("Next step") <= 1
    assert (world.lab.chain.state_root, world.lab.chain.height, world.lab.sponsor.policies) == before


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("ago", [5, 1, 0])
def test_the_earliest_expiry_that_is_advised_is_taken(rules: str, ago: int) -> None:
    world = World(rules)
    with pytest.raises(sl.InvalidInput) as error:
        world.wallet.grant_permissions([sl.Root()], expiry_sec=world.lab.now - ago)
    (advised,) = re.findall(r"at least (\d+)", error.value.fix or "")
    session = world.wallet.grant_permissions([sl.Root()], expiry_sec=int(advised))
    assert session.send_calls(world.calls).ok


def test_permissions_and_calls_read_addresses_alike() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    for address in (wallet, wallet.address, bytes.fromhex(wallet.address[2:])):
        assert sl.Call(address).to == sl.ContractAccess(address=address).address == wallet.address
    with pytest.raises(sl.InvalidInput):  # the API's JSON has text alone
        wallet.grant_permissions([{"type": "contract-access", "data": {"address": wallet.owner}}])


def test_a_step_says_the_next_step_once_and_in_small_letters() -> None:
    world = World("documented")
    with pytest.raises(sl.InvalidInput) as error:
        world.session.request("eth_getBalance", ["x", "latest"])
    assert str(error.value).count("(field: ") == str(error.value).count("Next step: ") == 1
    with pytest.raises(sl.InvalidInput, match=r"Next step: give zero or more\."):
        sl.NativeTokenTransfer(allowance=-1)


def test_a_name_of_the_lab_that_is_misspelled_is_guessed() -> None:
    lab = sl.Lab(base_fee=7)
    for wrong, right in {"reciepient": "recipient", "travle": "travel", "tokn": "token"}.items():
        with pytest.raises(AttributeError, match=rf"Did you mean lab\.{right}\?"):
            getattr(lab, wrong)
    assert lab.base_fee == 7


@pytest.mark.parametrize("rules", RULES)
def test_outcomes_checks_and_allowances_are_exported(rules: str) -> None:
    world = World(rules)
    outcome, check = world.session.send_calls(world.calls), world.session.check(world.calls)
    refused = world.session.check([sl.Call(world.lab.recipient, value=101)])
    assert outcome.to_json()["gas"] == str(outcome.gas) and outcome.to_json()["callId"] == outcome.call_id
    assert check.to_json()["ok"] and "Would pass" in check._repr_html_()
    assert not refused.to_json()["ok"] and refused.to_json()["denial"]["left"] == "99"
    assert "Refused" in refused._repr_html_()
    assert [each["used"] for each in world.session.allowances.to_json()] == ["1"]
    assert world.lab.names.amount(1, "gas") == "1 gas"
