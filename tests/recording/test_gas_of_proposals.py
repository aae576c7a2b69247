"""A proposal's gas-limit lets the recorded run pass in a fresh lab, however its gas was set and whoever paid first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.erc4337.gas import FRESH_DEPOSIT, FRESH_NONCE_KEY
from sessionlab.core.permissions import Permission
from sessionlab.study.recording.mining import MEASURED_WITHIN

Sent = tuple[str, dict[str, Any]]
"""A function of the lab's counter, and the options of ``send_calls``."""

BLIND = {"preflight": False}
#: Mined, though it fails; with enough gas to deploy the wallet, too.
FAILS: Sent = "fail()", {"gas": sl.Gas(verification=2_000_000), **BLIND}
FULL = sl.Gas(call=200_000, verification=1_200_000, pre_verification=90_000)
both = pytest.mark.parametrize("rules", ["documented", "deployed"])


def broad(lab: sl.Lab) -> list[Permission]:
    """More than the runs need, so that its install takes more gas than a proposal's."""
    others = (lab.token, lab.coin, lab.dollar, lab.vault, lab.strict)
    open_to = [sl.ContractAccess(address=address) for address in (lab.counter, lab.recipient)]
    return [*open_to, *(sl.FunctionsOnContract(address=other, functions=["ping()"]) for other in others)]


def send(session: sl.Session, lab: sl.Lab, run: Sequence[Sent]) -> list[sl.Outcome]:
    return [session.send_calls([sl.Call(lab.counter, function=name)], **options) for name, options in run]


def recorded(rules: str, run: Sequence[Sent], **wallet: Any) -> sl.Recording:
    lab = sl.Lab(rules=rules)
    session = lab.wallet(**wallet).grant_permissions(broad(lab), key=sl.new_key("recorded"))
    send(session, lab, run)
    return session.record()


def again(proposal: sl.Proposal, run: Sequence[Sent], **wallet: Any) -> tuple[sl.Session, list[sl.Outcome]]:
    lab = sl.Lab(rules=proposal.rules)
    session = proposal.grant(lab.wallet(**wallet), key=sl.new_key("again"))
    return session, send(session, lab, run)


def gas_used(session: sl.Session) -> int:
    return session.allowances["gas-limit"].used


def is_measured(used: int, measured: int) -> bool:
    return abs(used - measured) <= measured * MEASURED_WITHIN


RUNS: dict[str, list[Sent]] = {
    "the first is refused now": [FAILS, ("increment()", {}), ("increment()", {})],
    "two are refused now": [FAILS, FAILS, ("increment()", {})],
    "the second is refused now": [("increment()", {}), FAILS, ("increment()", {}), ("increment()", {})],
    "none is simulated": [("fail()", BLIND), ("increment()", BLIND), ("increment()", BLIND)],
    "nonce keys": [("increment()", {}), *[("increment()", {"nonce_key": key}) for key in (1, 2, 1, 0)]],
}


@both
@pytest.mark.parametrize(
    ("name", "deployed"),  # limits that are not estimated are too low to deploy a wallet
    [(name, deployed) for name in RUNS for deployed in (True, False) if deployed or name != "none is simulated"],
)
def test_whatever_is_refused_now_the_others_find_gas(rules: str, deployed: bool, name: str) -> None:
    recording = recorded(rules, RUNS[name], deployed=deployed)
    assert [step.creates for step in recording.steps] == [not deployed, *[False] * (len(recording.steps) - 1)]
    for margin in (0, 0.25):
        proposal = sl.least_permissions(recording, gas_margin=margin)
        assert proposal.rerun().now_refused == ()
    session, outcomes = again(proposal, RUNS[name], deployed=deployed)
    assert [outcome.ok for outcome in outcomes] == [step.ok for step in recording.steps]
    assert is_measured(gas_used(session), proposal.limits[-1].used)


@both
@pytest.mark.parametrize(
    "options",
    [
        {"gas": FULL},
        {"gas": FULL, **BLIND},
        {"gas": sl.Gas(call=200_000, pre_verification=90_000), **BLIND},
        {"gas": sl.Gas(verification=1_200_000)},
        {"gas": sl.Gas(pre_verification=90_000)},
        {"gas": sl.Gas(verification=1_200_000), **BLIND},
    ],
)
@pytest.mark.parametrize("before", [[], [("fail()", BLIND)]])
def test_gas_that_was_named_is_asked_for_again(rules: str, options: dict[str, Any], before: list[Sent]) -> None:
    run: list[Sent] = [*before, ("increment()", options), ("increment()", options)]
    proposal = sl.least_permissions(recorded(rules, run))
    session, outcomes = again(proposal, run)
    assert [outcome.ok for outcome in outcomes[len(before) :]] == [True, True]
    assert is_measured(gas_used(session), proposal.limits[-1].used)


@both
def test_an_estimate_that_was_named_is_asked_for_again(rules: str) -> None:
    """Nobody can tell it from an estimate, which would be lower now."""
    estimated = recorded(rules, [("increment()", {})]).steps[0].gas_limits
    run: list[Sent] = [("increment()", {"gas": estimated})]
    recording = recorded(rules, run)
    assert recording == recorded(rules, [("increment()", {})])
    exact, usual = sl.least_permissions(recording, gas_margin=0), sl.least_permissions(recording)
    assert not again(exact, run)[1][0].ok
    assert again(usual, run)[1][0].ok
    assert usual.limits[-1].limit > usual.limits[-1].used * 5 // 4
    assert [note for note in usual.notes if "estimated or named" in note]
    assert not [note for note in exact.notes if "estimated or named" in note]


@both
def test_a_wallet_with_a_deposit_is_no_measure_for_one_without(rules: str) -> None:
    lab = sl.Lab(rules=rules)
    wallet = lab.wallet()
    assert wallet.send_calls([sl.Call(lab.recipient)]).ok
    permissions = [sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]), sl.GasLimit(limit=10**18)]
    session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 600, key=sl.new_key("recorded"))
    run: list[Sent] = [("increment()", {})]
    send(session, lab, run)
    recording = session.record()
    exact = sl.least_permissions(recording, gas_margin=0)
    price = 1 if rules == "documented" else recording.steps[0].fee
    refused = again(exact, run)[1][0].denial
    assert refused is not None and refused.asked is not None
    assert abs(int(refused.asked) - exact.limits[-1].used - FRESH_DEPOSIT * price) < 1_000 * price
    assert again(sl.least_permissions(recording, gas_margin="0.0001"), run)[1][0].ok


def test_a_nonce_key_costs_more_when_it_is_first_used() -> None:
    run = RUNS["nonce keys"]
    recording = recorded("documented", run)
    assert [step.nonce_key for step in recording.steps] == [0, 1, 2, 1, 0]
    proposal = sl.least_permissions(recording)
    gas = [verdict.operation.gas for verdict in proposal.rerun().verdicts]
    assert all(fresh - gas[3] in range(FRESH_NONCE_KEY - 500, FRESH_NONCE_KEY + 500) for fresh in (*gas[1:3], gas[4]))
    assert recording.under([*recording.permissions, sl.GasLimit(limit=10**9)]).changes == ()


def without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda step: {name: value for name, value in step.items() if name not in names}


@both
def test_a_recording_of_the_sum_alone_is_measured_too(rules: str) -> None:
    run = RUNS["the first is refused now"]
    data = recorded(rules, run).to_json()
    older = data | {"steps": list(map(without("gasLimits", "nonceKey", "creates"), data["steps"]))}
    proposal = sl.least_permissions(sl.Recording.from_json(older))
    session, outcomes = again(proposal, run)
    assert [outcome.ok for outcome in outcomes] == [False, True, True]
    assert is_measured(gas_used(session), proposal.limits[-1].used)


@both
def test_notes_say_what_gas_limit_does_not_know(rules: str) -> None:
    run: list[Sent] = [("increment()", {})]
    notes = {made: " ".join(sl.least_permissions(recorded(rules, run, deployed=made)).notes) for made in (True, False)}
    assert all("called contracts in another state" in note for note in notes.values())
    assert ["not deployed yet" in notes[made] for made in (True, False)] == [True, False]
    assert all(("counts wei (R3)" in note) == (rules == "deployed") for note in notes.values())
    sponsored: list[Sent] = [("increment()", {"policy_id": sl.Lab(rules=rules).policy_id})]
    assert "gas" not in " ".join(sl.least_permissions(recorded(rules, sponsored)).notes[:-1])
