"""``sl.explain`` says of an application's operations what a chain does with them."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.permissions.json_codec import permissions_to_json

NAMES = ("documented", "deployed")
KEY = sl.new_key(1)


@pytest.fixture(scope="module", params=NAMES)
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, seed=15)


def policies(lab: sl.Lab) -> dict[str, list[sl.Permission]]:
    budget, counter = sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=lab.counter)
    dollars = sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(20, 6))
    anywhere = sl.FunctionsOnAllContracts(functions=["increment()"])
    return {
        "counter and ETH": [counter, budget],
        "counter alone": [counter],
        "ETH and dollars": [budget, dollars],
        "dollars, increment anywhere": [dollars, anywhere],
        "list and wildcard": [anywhere, sl.FunctionsOnContract(address=lab.counter, functions=["deposit()"])],
        "root": [sl.Root()],
    }


def operations(lab: sl.Lab) -> list[list[sl.Call]]:
    def pay(units: int) -> sl.Call:
        return sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, units])

    count = sl.Call(to=lab.counter, function="increment()")
    deposit = sl.Call(to=lab.counter, function="deposit()", value=sl.ether("0.6"))
    return [
        [count],
        [deposit],
        [sl.Call(to=lab.merchant, value=sl.ether("0.3"))],
        [pay(12_000_000), count],
        [pay(9_000_000)],
        [deposit],
        [pay(8_000_000)],
    ]


def as_requests(sent: list[list[sl.Call]]) -> list[dict[str, Any]]:
    """The same operations as an SDK sends them, paid for by a sponsor."""
    paid = {"paymasterService": {"policyId": "7f2c1f0e-0000-4000-8000-000000000000"}}
    return [
        {
            "jsonrpc": "2.0",
            "id": number,
            "method": "wallet_prepareCalls",
            "params": [
                {
                    "from": "0x" + "22" * 20,
                    "chainId": "0x539",
                    "capabilities": paid,
                    "calls": [{"to": c.to, "value": hex(c.value), "data": "0x" + c.data.hex()} for c in calls],
                }
            ],
        }
        for number, calls in enumerate(sent)
    ]


@pytest.mark.parametrize("name", ["counter and ETH", "counter alone", "ETH and dollars", "dollars, increment anywhere",
                                  "list and wildcard", "root"])  # fmt: skip
def test_it_says_what_the_chain_does(lab: sl.Lab, name: str) -> None:
    granted, sent = policies(lab)[name], operations(lab)
    policy = {"permissions": permissions_to_json(granted), "expiresIn": 3_600}
    told = sl.explain(policy, as_requests(sent), rules=lab.rules.name, now=lab.now)
    (under,) = told.results
    snapshot = lab.snapshot()
    try:
        session = lab.wallet().grant_permissions(granted, expires_in=3_600, key=KEY)
        outcomes = [session.send_calls(calls, policy_id=lab.policy_id, preflight=False) for calls in sent]
    except sl.GrantRefused as refused:
        assert under.refused is not None and under.refused.rule == refused.rule
        return
    finally:
        lab.revert(snapshot)
    assert [each.ok for each in under.operations] == [outcome.ok for outcome in outcomes]
    for explained, outcome in zip(under.operations, outcomes, strict=True):
        if outcome.denial is not None and explained.denial is not None:
            assert (explained.denial.code, explained.denial.phase) == (outcome.denial.code, outcome.denial.phase)
    assert told.ok == all(outcome.ok for outcome in outcomes)


def test_what_is_not_needed_can_be_left_out_on_a_chain(lab: sl.Lab) -> None:
    sent = [[sl.Call(to=lab.counter, function="increment()")], [sl.Call(to=lab.counter, function="deposit()", value=5)]]
    granted = [
        sl.ContractAccess(address=lab.counter),
        sl.NativeTokenTransfer(allowance=20),
        sl.ContractAccess(address=lab.vault),
    ]
    (under,) = sl.explain(granted, sent, rules=lab.rules.name).results
    assert [(part.permission, part.sentence) for part in under.unneeded] == [
        (0, "only increment(), deposit() of it is used"),
        (1, "5 wei of 20 wei is used"),
        (2, "every operation passes without it"),
    ]
    named = sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "deposit()"])
    least = [named, sl.NativeTokenTransfer(allowance=5)]
    snapshot = lab.snapshot()
    session = lab.wallet().grant_permissions(least, key=KEY)
    assert all(session.send_calls(calls, policy_id=lab.policy_id) for calls in sent)
    lab.revert(snapshot)
    assert not sl.explain(least, sent, rules=lab.rules.name).results[0].unneeded


def test_a_gas_limit_is_judged_only_if_the_gas_is_known() -> None:
    shop = "0x" + "11" * 20
    policy = [sl.ContractAccess(address=shop), sl.GasLimit(limit=500_000)]
    call = {"to": shop, "data": "0xd96a094a"}
    unknown = sl.explain(policy, [[call]])
    assert unknown.ok and unknown.gas_unknown and "gas-limit is not judged" in repr(unknown)
    known = sl.explain(policy, [{"calls": [call], "gas": 400_000, "fee": "1 gwei", "times": 2}])
    documented, deployed = known.results
    assert [each.ok for each in documented.operations] == [True, False]
    assert [each.ok for each in deployed.operations] == [False, False]  # 400,000 gas at 1 gwei is more than 500,000 wei
    assert documented.operations[1].denial is not None
    assert documented.operations[1].denial.code == "ExceededGasLimit" and not known.gas_unknown


def test_names_and_functions_of_the_file_are_used_in_the_words() -> None:
    shop = "0x" + "11" * 20
    sent = {"names": {"shop": shop}, "operations": [[{"to": "shop", "function": "buy(uint256)", "args": [1]}]]}
    text = repr(sl.explain([sl.FunctionsOnContract(address=shop, functions=["sell(uint256)"])], sent))
    assert "buy(uint256)" in text and "shop (0x1111…1111)" in text and "SelectorNotAllowed" in text
    assert "add buy(uint256) on shop" in text  # what is missing


@pytest.mark.parametrize(
    ("sent", "field", "says"),
    [
        ([], "operations", "has no operation"),
        ({"calls": 3}, "operations.calls", "list of calls"),
        ([{"calls": [], "times": 600}] * 2, "operations", "1,200 operations"),
        ([[{"to": "0x11"}]], "operations[0].calls[0].to", "hex digits"),
        ([{"calls": [], "callz": 1}], "operations[0].callz", "is not known"),
        ([{"method": "eth_call", "params": []}], "operations[0].method", "eth_call"),
        ({"method": "wallet_prepareCalls", "params": [1]}, "operations.params", "one object"),
        ({"names": {"shop": "0x1"}, "operations": [[]]}, "operations.names.shop", "hex digits"),
        ([[{"to": "0x" + "11" * 20, "value": "0xzz"}]], "operations[0].calls[0].value", "whole number"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(sent: Any, field: str, says: str) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        sl.explain([sl.Root()], sent)
    assert error.value.field == field
    assert says in str(error.value)


def test_a_policy_is_read_as_an_application_sends_it() -> None:
    asked = {
        "account": "0x" + "22" * 20,
        "chainId": "0x1",
        "key": {"type": "secp256k1", "publicKey": "0x" + "33" * 20},
        "expirySec": 1_900_000_000,
        "permissions": [{"type": "contract-access", "data": {"address": "0x" + "22" * 20}}],
    }
    request = {"jsonrpc": "2.0", "id": 0, "method": "wallet_createSession", "params": [asked]}
    for sent in (asked, request):
        (under,) = sl.explain(sent, [[]], rules="documented").results
        assert under.refused is not None and under.refused.rule == "AccountAddressAsTargetError"  # its own wallet
    assert sl.compare(request, asked["permissions"], rules="deployed").relation
    with pytest.raises(sl.InvalidInput) as error:
        sl.compare(request | {"method": "wallet_sendCalls"}, asked)
    assert error.value.field == "a.method"


def test_the_card_shows_each_refusal_and_escapes_what_a_file_calls_things() -> None:
    shop = "0x" + "11" * 20
    sent = {"names": {"<b>shop</b>": shop}, "operations": [[{"to": "<b>shop</b>", "data": "0xd96a094a"}]]}
    explained = sl.explain([sl.FunctionsOnContract(address=shop, functions=["sell(uint256)"])], sent)
    page = explained._repr_html_()
    assert page.count("Refused in validation") == 2  # under each ruleset
    assert "&lt;b&gt;shop" in page and "<b>shop" not in page
