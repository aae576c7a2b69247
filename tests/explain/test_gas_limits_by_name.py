"""A gas limit that the sender names: what is said of it is what sending comes to, and advice about it is enough."""

from __future__ import annotations

import re
from typing import Any

import pytest

import sessionlab as sl
from tests.sampling import by_turns

RULES = ["documented", "deployed"]
LIMITS = ["verification", "call", "pre_verification"]


def session_of(rules: str, *, installed: bool) -> tuple[sl.Lab, sl.Session, list[sl.Call]]:
    lab = sl.Lab(rules)
    permissions = [sl.NativeTokenTransfer(allowance=100), sl.ContractAccess(address=lab.recipient)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    calls = [sl.Call(lab.recipient, value=1)]
    if installed:
        assert session.send_calls(calls).ok
    return lab, session, calls


def told(act: Any) -> str:
    """What is said of it; empty if it passes."""
    try:
        denial = act().denial
    except sl.InvalidInput as error:
        return str(error)
    return "" if denial is None else f"{denial.sentence} {denial.fix}"


@pytest.mark.parametrize(
    ("name", "rules", "installed", "preflight"), by_turns(LIMITS, RULES, [False, True], [True, False])
)
def test_a_limit_raised_as_advised_is_enough(name: str, rules: str, *, installed: bool, preflight: bool) -> None:
    lab, session, calls = session_of(rules, installed=installed)
    root = lab.chain.state_root
    said = told(lambda: session.check(calls, gas={name: 1}, preflight=preflight))
    (advised,) = re.findall(r"at least ([\d,]+)", said)
    enough = {name: int(advised.replace(",", ""))}
    assert lab.chain.state_root == root
    assert session.check(calls, gas=enough, preflight=preflight).ok
    assert session.send_calls(calls, gas=enough, preflight=preflight).ok


@pytest.mark.parametrize(("rules", "installed"), by_turns(RULES, [False, True]))
def test_every_verification_limit_passes_in_a_check_as_it_does_when_sent(rules: str, *, installed: bool) -> None:
    lab, session, calls = session_of(rules, installed=installed)
    enough = int(session.prepare_calls(calls)["data"]["verificationGasLimit"], 16)
    seen = set()
    for limit in range(enough // 10, enough + 1, enough // 12):
        for preflight in (True, False):
            gas = {"verification": limit}
            check = session.check(calls, gas=gas, preflight=preflight)
            before = lab.chain.state_root
            moment = lab.snapshot()
            outcome = session.send_calls(calls, gas=gas, preflight=preflight)
            assert check.ok == outcome.ok, (limit, preflight, check, outcome)
            if outcome.denial is not None:
                assert lab.chain.state_root == before
                assert "Add 0" not in outcome.denial.fix
                assert f"verificationGasLimit is {limit:,}" in outcome.denial.sentence
                assert re.search(r"Raise verificationGasLimit to at least", outcome.denial.fix)
                seen.add(outcome.denial.code)
            explained = str(session.explain(calls, gas=gas, preflight=preflight))
            assert "something else" not in explained, explained
            assert "unknown" not in explained, explained
            lab.revert(moment)
    assert seen == {"OutOfGas", "AA26 over verificationGasLimit"}


@pytest.mark.parametrize("rules", RULES)
def test_a_wallet_without_eth_is_not_told_to_raise_gas(rules: str) -> None:
    lab = sl.Lab(rules)
    session = lab.wallet(balance=5).grant_permissions([sl.Root()], key=sl.new_key(1))
    for gas in ({}, {"verification": 400_000}):
        denial = session.check([sl.Call(lab.recipient)], gas=gas).denial
        assert denial is not None
        assert denial.code.startswith("AA21")
        assert denial.fix.startswith("Add ")
