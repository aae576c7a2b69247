"""A history under other permissions, another ruleset, another expiry: what changes, why, and what is left."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

import sessionlab as sl
from tests.recording.makers import (
    ADD,
    COUNTER,
    GAS,
    INCREMENT,
    OTHER,
    START,
    TOKEN,
    UNINSTALL,
    WALLET,
    call,
    recording,
    step,
    transfer,
)

both = pytest.mark.parametrize("rules", ["documented", "deployed"])
ACCESS = [sl.ContractAccess(address=COUNTER)]


def changed(comparison: sl.Comparison) -> list[tuple[int, str, str | None]]:
    return [(verdict.number, verdict.change, verdict.decision.reason) for verdict in comparison.changes]


def tokens(rules: str, limit: int, *amounts: int, refused: dict[int, str] | None = None) -> sl.Recording:
    steps = []
    for number, amount in enumerate(amounts):
        facts: dict[str, Any] = {"time": START + number, "wrapped": True}
        if number in (refused or {}):
            facts |= {"phase": "execution", "reason": (refused or {})[number]}
        steps.append(step(call(TOKEN, transfer(amount)), **facts))
    return recording(rules, *steps, permissions=[sl.Erc20TokenTransfer(address=TOKEN, allowance=limit)])


@both
def test_a_higher_allowance_lets_what_it_refused_pass_and_says_that_this_is_assumed(rules: str) -> None:
    run = tokens(rules, 10, 6, 5, 4, refused={1: "ExceededTokenLimit"})
    assert run.under().changes == ()
    again = run.under([sl.Erc20TokenTransfer(address=TOKEN, allowance=15)])
    assert changed(again) == [(1, "now allowed", None)]
    assert again.now_allowed[0].assumed
    assert [(item.limit, item.used, item.remaining) for item in again.allowances] == [(15, 15, 0)]
    assert "assumed" in repr(again)
    assert "ssumed" in again._repr_html_()


@both
def test_a_lower_allowance_refuses_with_what_was_asked_and_left(rules: str) -> None:
    again = tokens(rules, 100, 6, 5, 4).under([sl.Erc20TokenTransfer(address=TOKEN, allowance=10)])
    assert changed(again) == [(1, "now refused", "ExceededTokenLimit")]
    decision = again.now_refused[0].decision
    assert (decision.call, decision.asked, decision.left) == (0, 5, 4)
    assert again.now_refused[0].amounts(again.rules).unit == TOKEN
    assert again.allowances["erc20-token-transfer"].remaining == 0, "what was refused used nothing"


@both
def test_an_operation_that_now_passes_can_take_what_a_later_one_needs(rules: str) -> None:
    run = tokens(rules, 10, 6, 5, 4, refused={1: "ExceededTokenLimit"})
    again = run.under([sl.Erc20TokenTransfer(address=TOKEN, allowance=12)])
    assert changed(again) == [(1, "now allowed", None), (2, "now refused", "ExceededTokenLimit")]


@both
def test_what_a_contract_refused_it_refuses_again(rules: str) -> None:
    broken = step(call(COUNTER, ADD), phase="execution", reason="CounterFailed")
    run = recording(rules, broken, step(call(COUNTER, INCREMENT)), permissions=ACCESS)
    more = [sl.Root()], [*ACCESS, sl.ContractAccess(address=OTHER)]
    assert all(run.under(permissions).changes == () for permissions in more)
    fewer = [sl.FunctionsOnContract(address=COUNTER, functions=["increment()"])]
    assert changed(run.under(fewer)) == [(0, "refused otherwise", "SelectorNotAllowed")]


@both
@pytest.mark.parametrize("reason", ["NotSponsored", "AA21 didn't pay prefund"])
def test_what_the_rules_had_no_part_in_stays(rules: str, reason: str) -> None:
    run = recording(
        rules,
        step(call(COUNTER, INCREMENT), block=None, phase="validation", reason=reason),
        step(call(OTHER, INCREMENT), block=None, phase="validation", reason="AddressNotAllowed"),
        permissions=ACCESS,
    )
    assert changed(run.under([*ACCESS, sl.ContractAccess(address=OTHER)])) == [(1, "now allowed", None)]


@both
def test_gas_is_paid_for_what_failed_on_the_chain_and_not_for_what_was_never_sent(rules: str) -> None:
    permissions = [*ACCESS, sl.GasLimit(limit=10**18)]
    failed = step(call(COUNTER, ADD), phase="execution", reason="CounterFailed")
    unsent = step(call(COUNTER, ADD), block=None, phase="execution", reason="CounterFailed")
    sponsored = step(call(COUNTER, INCREMENT), sponsored=True)
    run = recording(rules, step(call(COUNTER, INCREMENT)), failed, unsent, sponsored, permissions=permissions)
    price = 1 if rules == "documented" else 10**9
    assert run.under().allowances["gas-limit"].used == 2 * GAS * price


@both
def test_a_higher_gas_limit_lets_pass_what_failures_had_used_it_up_for(rules: str) -> None:
    price, code = (1, "ExceededGasLimit") if rules == "documented" else (10**9, "ExceededNativeTokenLimit")
    failed = step(call(COUNTER, ADD), phase="execution", reason="CounterFailed")
    refused = step(call(COUNTER, INCREMENT), block=None, phase="validation", reason=code)
    run = recording(rules, failed, refused, permissions=[*ACCESS, sl.GasLimit(limit=GAS * price)])
    assert run.under().changes == ()
    assert changed(run.under([*ACCESS, sl.GasLimit(limit=2 * GAS * price)])) == [(1, "now allowed", None)]


def test_the_other_ruleset_decides_value_gas_and_targets_otherwise() -> None:
    steps = step(call(COUNTER, INCREMENT, 5)), step(call(COUNTER, INCREMENT))
    run = recording("deployed", *steps, permissions=[*ACCESS, sl.GasLimit(limit=2 * GAS * 10**9)])
    assert changed(run.under(rules="documented")) == [(0, "now refused", "NativeTransferNotAllowed")]
    back = recording("documented", steps[1], permissions=[*ACCESS, sl.GasLimit(limit=2 * GAS)])
    again = back.under(rules="deployed")
    assert changed(again) == [(0, "now refused", "ExceededNativeTokenLimit")]
    assert again.now_refused[0].amounts(again.rules).unit == "wei"
    assert "ETH" in repr(again)


def test_a_set_that_is_no_grant_is_refused_as_one() -> None:
    plain = step(call(OTHER, value=5), wrapped=True)
    run = recording("documented", plain, permissions=[sl.NativeTokenTransfer(allowance=5)])
    with pytest.raises(sl.GrantRefused) as error:
        run.under(rules="deployed")
    assert error.value.rule == "ValidationConfigUnsetError"
    with pytest.raises(sl.GrantRefused) as error:
        run.under([sl.Root(), *ACCESS])
    assert error.value.rule == "RootPermissionOnlyError"
    with pytest.raises(sl.GrantRefused) as error:
        run.under(expiry_sec=START - 1)
    assert error.value.rule == "ExpiredDeadlineError"


@both
def test_operations_are_wrapped_as_a_client_would_unless_told_otherwise(rules: str) -> None:
    run = recording(rules, step(call(COUNTER, INCREMENT)), permissions=ACCESS)
    limited = [*ACCESS, sl.NativeTokenTransfer(allowance=0)]
    assert run.under(limited).changes == ()
    assert changed(run.under(limited, as_sent=True)) == [(0, "now refused", "RequireUserOperationContext")]


@both
def test_root_travels_with_a_nonce_key_of_its_own(rules: str) -> None:
    run = recording(rules, step(call(COUNTER, INCREMENT)), permissions=ACCESS)
    assert run.under([sl.Root()]).changes == ()
    assert changed(run.under([sl.Root()], as_sent=True)) == [(0, "now refused", "ValidationFunctionMissing")]
    owner = recording(rules, step(call(WALLET, UNINSTALL), is_global=True))
    assert owner.under().changes == ()
    assert changed(owner.under(ACCESS)) == [(0, "now refused", "ValidationFunctionMissing")]


@both
def test_an_earlier_expiry_refuses_and_none_lets_pass(rules: str) -> None:
    in_time = [step(call(COUNTER, INCREMENT), time=START + seconds) for seconds in (0, 4)]
    refused: dict[str, Any] = {"phase": "validation", "reason": "AA22 expired or not due"}
    late = step(call(COUNTER, INCREMENT), time=START + 9, block=None, **refused)
    run = recording(rules, *in_time, late, permissions=ACCESS, expiry=START + 5)
    assert run.under().changes == ()
    assert changed(run.under(expiry_sec=START + 3)) == [(1, "now refused", "AA22 expired or not due")]
    assert changed(run.under(expiry_sec=0)) == [(2, "now allowed", None)]


def test_a_comparison_exports_every_operation() -> None:
    ten = {"type": "erc20-token-transfer", "data": {"address": TOKEN, "allowance": "0xa"}}
    again = tokens("documented", 100, 6, 5).under([ten])
    facts = json.loads(json.dumps(again.to_json()))
    assert [one["change"] for one in facts["operations"]] == ["same", "now refused"]
    assert (facts["operations"][1]["asked"], facts["operations"][1]["left"]) == ("5", "4")
    assert facts["allowances"][0]["remaining"] == "4"
    first, second = csv.DictReader(io.StringIO(again.to_csv()))
    assert (first["change"], first["after_reason"], first["asked"]) == ("same", "-", "-")
    assert (second["before_phase"], second["after_reason"], second["left"]) == ("ok", "ExceededTokenLimit", "4")


def test_signs_and_words_go_with_every_colour() -> None:
    run = tokens("documented", 10, 6, 5, 4, refused={1: "ExceededTokenLimit"})
    html = run.under([sl.Erc20TokenTransfer(address=TOKEN, allowance=12)])._repr_html_()
    for words in ("✗</span> now refused", "✓</span> now allowed", "4 units", "12 units"):
        assert words in html
    assert "Every operation ends as it was recorded" in run.under()._repr_html_()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"rules": "documanted"}, "rules"),
        ({"permissions": sl.Root()}, "permissions"),
        ({"permissions": [{"type": "root", "data": {}}]}, "permissions[0].data"),
        ({"permissions": "root"}, "permissions"),
        ({"expiry_sec": "soon"}, "expiry_sec"),
        ({"expiry_sec": -1}, "expiry_sec"),
        ({"expiry_sec": 1_800_000_000_000}, "expiry_sec"),
    ],
)
def test_bad_input_is_refused_with_its_field(options: dict[str, Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        recording("documented", step(call(COUNTER, INCREMENT)), permissions=ACCESS).under(**options)
    assert (error.value.field, bool(error.value.fix)) == (field, True)
