"""Calls that fail without a word are named with figures and one thing to do, at every door.

Every test starts from untouched state, under both rulesets, and looks afterwards that nothing has moved.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json
from tests.explain.state import (
    ENDLESS,
    INVALID,
    SENDS_ONE_ETH,
    STARVES_ITSELF,
    TRIES_TO_SEND_ONE_ETH,
    contradicts_itself,
    deployed,
    grant,
    increment,
    rejected,
    signed,
)

# -- too little ETH


def test_the_bundlers_methods_name_too_little_eth(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    call = sl.Call(lab.recipient, value=sl.ether(20))
    data = wallet_encoding.execute(call, wrapped=False)
    operation = wallet.prepare_calls([])["data"] | {"callData": "0x" + data.hex(), "signature": "0x" + "01" * 65}
    error = rejected(lab, "eth_estimateUserOperationGas", operation, ENTRY_POINT)
    assert error.code == -32521
    assert str(error).startswith(
        "execution reverted: OutOfFunds. The call sends 20 ETH; the wallet has 10 ETH, and its gas "
    )
    operation |= {"callGasLimit": hex(200_000)}
    sent = operation | {"signature": signed(lab, wallet.owner, operation)}
    digest = lab.provider.request("eth_sendUserOperation", [sent, ENTRY_POINT])
    denial = lab.provider.request("eth_getUserOperationReceipt", [digest])["denial"]
    assert (denial["code"], denial["call"], denial["asked"], denial["unit"]) == (
        "OutOfFunds",
        0,
        str(sl.ether(20)),
        "wei",
    )
    assert "with its gas set aside, the wallet has " in denial["sentence"]
    assert lab.balance(lab.recipient) == 0


def test_what_the_later_calls_send_is_asked_for_as_well(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    calls = [sl.Call(lab.recipient, value=sl.ether(6))] * 3
    denial = session.send_calls(calls, policy_id=lab.policy_id).denial
    assert denial is not None
    assert denial.sentence == "The second call sends 6 ETH; by then, the wallet has 4 ETH."
    assert denial.fix == "Fund the wallet with at least 8 ETH more, or send less."
    assert (lab.balance(lab.recipient), wallet.balance) == (0, sl.ether(10))
    lab.fund(wallet.address, sl.ether(8))
    assert session.send_calls(calls, policy_id=lab.policy_id)


@pytest.mark.parametrize("value", [1, sl.ether("0.5")])
def test_a_wallet_without_eth_is_asked_for_gas_and_value_together(lab: sl.Lab, value: int) -> None:
    wallet = lab.wallet(balance=0)
    session, calls = grant(lab, wallet), [sl.Call(lab.recipient, value=value)]
    check, explanation = session.check(calls), session.explain(calls)
    denial, unsimulated = session.send_calls(calls).denial, session.send_calls(calls, preflight=False).denial
    assert denial is not None and unsimulated is not None and unsimulated.code.startswith("AA21")
    assert check.denial is not None and check.denial.fix == denial.fix
    assert explanation.denial is not None and explanation.denial.fix == denial.fix
    for asked in (denial, unsimulated):
        with_gas = sl.Lab(lab.rules.name, seed=1)
        poor = with_gas.wallet(balance=0)
        again = grant(with_gas, poor)
        missing = wei_in(asked.fix)
        assert missing > value
        with_gas.chain.set_balance(poor.address, missing)
        assert again.send_calls(calls, preflight=asked is denial)
    assert str(value) in unsimulated.fix or "0.5 ETH that the operation sends" in unsimulated.fix


@pytest.mark.parametrize("balance", [0, 10**12])
def test_check_foresees_that_gas_cannot_be_paid(lab: sl.Lab, balance: int) -> None:
    session = grant(lab, lab.wallet(balance=balance))
    checked, sent = session.check(increment(lab)), session.send_calls(increment(lab)).denial
    assert sent is not None and sent.code.startswith("AA21")
    assert not checked and checked.denial is not None and checked.denial.sentence == sent.sentence
    assert session.check(increment(lab), policy_id=lab.policy_id)


def wei_in(fix: str) -> int:
    """Return the first amount in a fix."""
    found = re.search(r"([\d.,]+) (ETH|wei)", fix)
    assert found is not None
    amount = found[1].replace(",", "")
    return int(amount) if found[2] == "wei" else sl.ether(amount)


def test_eth_that_an_earlier_call_brings_in_counts(lab: sl.Lab, session: sl.Session) -> None:
    """The values of the calls come to more than there is at the beginning, and the operation passes."""
    assert session.send_calls([sl.Call(lab.vault, value=sl.ether(8), function="deposit()")], policy_id=lab.policy_id)
    calls = [
        sl.Call(lab.vault, function="withdraw(uint256)", args=[sl.ether(8)]),
        sl.Call(lab.recipient, value=sl.ether(9)),
    ]
    assert session.check(calls, policy_id=lab.policy_id)
    assert session.explain(calls, policy_id=lab.policy_id).ok
    assert session.send_calls(calls, policy_id=lab.policy_id)
    assert lab.balance(lab.recipient) == sl.ether(9)


@pytest.mark.usefixtures("rich")
def test_a_contract_that_lacks_eth_is_named(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    poor = deployed(lab, SENDS_ONE_ETH)
    session = grant(lab, wallet, poor)
    calls = [*increment(lab), sl.Call(poor, value=sl.ether("0.25"))]
    for denial in (session.send_calls(calls).denial, session.send_calls(calls, preflight=False).denial):
        assert denial is not None
        assert (denial.code, denial.call) == ("OutOfFunds", 1)
        assert (denial.asked, denial.left) == (sl.ether(1), sl.ether("0.25"))
        assert denial.sentence.startswith("The second call to ") and denial.sentence.endswith("and has 0.25 ETH.")
        assert "with at least 0.75 ETH more" in denial.fix
    assert (lab.balance(poor), lab.read("Counter", lab.counter, "number")) == (0, 0)


def test_each_operation_of_a_bundle_has_its_own_figures(lab: sl.Lab) -> None:
    wallets = [lab.wallet() for _ in range(3)]
    operations = []
    for number, wallet in enumerate(wallets):
        data = wallet_encoding.execute(sl.Call(lab.recipient, value=sl.ether(11 + number)), wrapped=False)
        prepared = wallet.prepare_calls([], policy_id=lab.policy_id, preflight=False)["data"]
        prepared |= {"callData": "0x" + data.hex()}
        del prepared["paymaster"]
        prepared = {name: value for name, value in prepared.items() if not name.startswith("paymaster")}
        operations.append(from_json(prepared | {"signature": signed(lab, wallet.owner, prepared)}))
    found = [lab.api.denial_of(mined) for mined in lab.bundler.bundle(operations)]
    assert [denial.asked for denial in found if denial] == [sl.ether(11), sl.ether(12), sl.ether(13)]
    assert lab.balance(lab.recipient) == 0


def test_a_loaded_lab_says_the_same(lab: sl.Lab, session: sl.Session, tmp_path: Path) -> None:
    outcome = session.send_calls([sl.Call(lab.recipient, value=sl.ether(20))], preflight=False)
    lab.save(tmp_path / "a.lab")
    again = sl.Lab.load(tmp_path / "a.lab")
    assert outcome.denial is not None and outcome.denial.code == "OutOfFunds"
    assert again.provider.request("wallet_getCallsStatus", [outcome.call_id])["denial"] == outcome.denial.to_json()


# -- gas


def test_too_little_gas_for_the_calls_names_what_they_need(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    request = {
        "calls": [call.to_json() for call in increment(lab)],
        "from": wallet.address,
        "chainId": "0x539",
        "capabilities": {"permissions": {"context": session.context}, "gasParamsOverride": {"callGasLimit": "0x4e20"}},
    }
    error = rejected(lab, "wallet_prepareCalls", request)
    denial = error.data["denial"]
    needs = int(denial["asked"])
    assert (denial["code"], denial["left"], denial["unit"], denial["call"]) == ("OutOfGas", "20000", "gas", 0)
    assert denial["sentence"].endswith(f"ran out of gas: callGasLimit is 20,000, and the calls need {needs:,}.")
    assert denial["fix"] == f"Raise callGasLimit to at least {needs:,}."
    request["capabilities"]["gasParamsOverride"] = {"callGasLimit": hex(needs)}  # type: ignore[index]
    assert lab.provider.request("wallet_prepareCalls", [request])


def test_too_little_gas_on_the_chain_names_the_same(lab: sl.Lab, session: sl.Session) -> None:
    fixed = {"callGasLimit": hex(20_000), "verificationGasLimit": hex(500_000), "preVerificationGas": hex(100_000)}
    request = {
        "calls": [call.to_json() for call in increment(lab)],
        "from": session.wallet,
        "chainId": "0x539",
        "capabilities": {"permissions": {"context": session.context}, "gasParamsOverride": fixed},
    }
    prepared = lab.provider.request("wallet_prepareCalls", [request])
    status = session.get_calls_status(session.send_prepared_calls(session.sign_prepared_calls(prepared)))
    denial = status["denial"]
    assert (denial["code"], denial["phase"], denial["left"]) == ("OutOfGas", "execution", "20000")
    assert denial["fix"] == f"Raise callGasLimit to at least {int(denial['asked']):,}."
    assert lab.read("Counter", lab.counter, "number") == 0
    assert session.send_calls([*increment(lab), *increment(lab)])
    assert session.get_calls_status(status["id"])["denial"] == denial  # it is told from the state in which it failed


@pytest.mark.usefixtures("rich")
def test_a_contract_that_never_ends_is_not_told_to_get_more_gas(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    endless = deployed(lab, ENDLESS)
    session = grant(lab, wallet, endless)
    explanation = session.explain([sl.Call(endless)])
    denial = explanation.denial
    assert denial is not None and (denial.code, denial.call) == ("OutOfGas", 0)
    assert "20,000,000 gas is not enough either" in denial.sentence
    assert denial.fix == "Ask the contract to do less in one call."
    assert not contradicts_itself(explanation)


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize(
    ("code", "fact"),
    [
        (TRIES_TO_SEND_ONE_ETH, ", failed for lack of ETH; that need not be the reason."),
        (STARVES_ITSELF, ", used up the 50,000 gas that it was given; that need not be the reason."),
    ],
    ids=["eth", "gas"],
)
def test_a_failed_call_that_its_caller_survived_is_not_the_reason(
    lab: sl.Lab, wallet: sl.SmartWalletClient, code: bytes, fact: str
) -> None:
    contract = deployed(lab, code)
    session = grant(lab, wallet, contract)
    calls = [*increment(lab), sl.Call(contract)]
    explanation = session.explain(calls)
    assert explanation.denial is not None
    for denial in (session.send_calls(calls).denial, session.send_calls(calls, preflight=False).denial):
        assert denial is not None and (denial.code, denial.call, denial.raw) == ("EmptyRevert", 1, "0x")
        assert "reverted with empty data (0x); the reason is unknown. Before that, a call in it, " in denial.sentence
        assert denial.sentence.endswith(fact) and denial.sentence == explanation.denial.sentence
        assert "callGasLimit" not in str(denial) and "Fund" not in denial.fix
    lab.chain.set_balance(contract, sl.ether(2))
    after = session.send_calls(calls).denial
    assert after is not None and after.code == "EmptyRevert"


@pytest.mark.usefixtures("rich")
def test_a_fault_of_the_code_is_named(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    broken = deployed(lab, INVALID)
    session = grant(lab, wallet, broken)
    denial = session.send_calls([sl.Call(broken)]).denial
    assert denial is not None and denial.code == "InvalidInstruction"
    assert "stopped with InvalidInstruction" in denial.sentence


def test_what_is_unknown_is_called_unknown(lab: sl.Lab, session: sl.Session) -> None:
    calls = [*increment(lab), sl.Call(lab.vault, function="nothing()")]
    explanation = session.explain(calls)
    denial = explanation.denial
    assert denial is not None and (denial.code, denial.call, denial.raw) == ("EmptyRevert", 1, "0x")
    assert denial.sentence.startswith("The second call, 0x448f30a3 of vault (")
    assert (
        "reverted with empty data (0x); the reason is unknown. No function 0x448f30a3 is known here" in denial.sentence
    )
    for guess in ("callGasLimit", "too little gas", "wrong arguments"):
        assert guess not in str(explanation)
    assert lab.read("Counter", lab.counter, "number") == 0


def test_a_function_that_nobody_knows_may_be_misspelt(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    open_, closed = grant(lab, wallet), wallet.grant_permissions([sl.ContractAccess(address=lab.vault)])
    misspelt = sl.Call("counter", function="incremnt()")
    sentence = open_.send_calls([misspelt]).denial.sentence  # type: ignore[union-attr]  # it is refused
    code = "0x" + misspelt.data[:4].hex()
    assert f"No function {code} is known here" in sentence
    behind = closed.send_calls([misspelt]).denial
    assert behind is not None and f"No function {code} is known here" in behind.fix
