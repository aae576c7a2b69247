"""What only the state tells: each such refusal is named with its figures and one thing to do, at every door.

Every test starts from untouched state, under both rulesets, and looks afterwards that nothing has moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.client.wallet_api_client import WalletApiClient
from sessionlab.core.denials.denial import Denial
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json
from sessionlab.core.evm.records import Receipt
from sessionlab.core.wallet_api.prepare import signature_of
from sessionlab.core.wallet_api.sessions import find_granted

INCREMENT = "increment()"
#: Jumps to its own beginning for ever.
ENDLESS = bytes.fromhex("5b5f56")
#: Sends 1 ETH to 0x…dead, and reverts without data if that fails.
SENDS_ONE_ETH = bytes.fromhex("5f5f5f5f670de0b6b3a764000061dead5af11560175700" + "5b5f5ffd")
REVERTS_WITH_DATA = bytes.fromhex("63deadbeef5f526004601cfd")
REVERTS_EMPTY = bytes.fromhex("5f5ffd")
#: Answers 1 to everything: as validationData, that is a wrong signature.
ANSWERS_ONE = bytes.fromhex("60015f5260205ff3")
INVALID = bytes.fromhex("fe")


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


def grant(lab: sl.Lab, wallet: sl.SmartWalletClient, *targets: str, key: int = 1) -> sl.Session:
    access = [sl.ContractAccess(address=target) for target in (lab.recipient, lab.counter, lab.vault, *targets)]
    return wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(100)), *access], key=sl.new_key(key))


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    return grant(lab, wallet)


def deployed(lab: sl.Lab, runtime: bytes) -> str:
    """Put a contract with this code on the chain."""
    size = len(runtime)
    copies = bytes([0x60, size, 0x60, 0x0B, 0x5F, 0x39, 0x60, size, 0x5F, 0xF3, 0x00])
    receipt: Receipt = lab.chain.transact(sl.new_key("faucet of the test").private, None, copies + runtime)
    assert receipt.contract_address and lab.chain.code(receipt.contract_address) == runtime
    return receipt.contract_address


@pytest.fixture
def rich(lab: sl.Lab) -> None:
    """The account that deploys has ETH."""
    lab.fund(sl.new_key("faucet of the test").address, sl.ether(1))


def refused(act: Callable[[], Any]) -> Denial:
    with pytest.raises(sl.OperationRefused) as error:
        act()
    return error.value.denial


def rejected(lab: sl.Lab, method: str, *params: Any) -> sl.RpcError:
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(sl.RpcError) as error:
        lab.provider.request(method, list(params))
    assert (lab.chain.state_root, lab.chain.height) == before
    return error.value


def contradicts_itself(explanation: object) -> bool:
    return "No permission changes that" in str(explanation) and "Grant " in str(explanation)


def increment(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.counter, function=INCREMENT)]


# -- too little ETH


def test_the_bundlers_methods_name_too_little_eth(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    call = sl.Call(lab.recipient, value=sl.ether(20))
    data = wallet_encoding.execute(call, wrapped=False)
    operation = wallet.prepare_calls([])["data"] | {"callData": "0x" + data.hex(), "signature": "0x" + "01" * 65}
    error = rejected(lab, "eth_estimateUserOperationGas", operation, ENTRY_POINT)
    assert error.code == -32521
    assert str(error).startswith("execution reverted: OutOfFunds. The call sends 20 ETH; the wallet has 10 ETH. ")
    operation |= {"callGasLimit": hex(200_000)}
    sent = operation | {"signature": signed(lab, wallet.owner, operation)}
    digest = lab.provider.request("eth_sendUserOperation", [sent, ENTRY_POINT])
    denial = lab.provider.request("eth_getUserOperationReceipt", [digest])["denial"]
    assert (denial["code"], denial["call"], denial["asked"], denial["unit"]) == ("OutOfFunds", 0, sl.ether(20), "wei")
    assert "with its gas set aside, the wallet has " in denial["sentence"]
    assert lab.balance(lab.recipient) == 0


def signed(lab: sl.Lab, key: sl.Key, operation: dict[str, Any]) -> str:
    digest = lab.bundler.hash_of(from_json(operation))
    return "0x" + wallet_encoding.signature_envelope(key.sign_message(digest)).hex()


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
    needs = denial["asked"]
    assert (denial["code"], denial["left"], denial["unit"], denial["call"]) == ("OutOfGas", 20_000, "gas", 0)
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
    assert (denial["code"], denial["phase"], denial["left"]) == ("OutOfGas", "execution", 20_000)
    assert denial["fix"] == f"Raise callGasLimit to at least {denial['asked']:,}."
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
    assert denial.sentence.endswith("reverted with empty data (0x); the reason is unknown.")
    for guess in ("callGasLimit", "too little gas", "wrong arguments"):
        assert guess not in str(explanation)
    assert lab.read("Counter", lab.counter, "number") == 0


# -- calls of the wallet itself


def to_itself(wallet: str) -> dict[str, list[sl.Call]]:
    return {
        "nothing": [sl.Call(wallet)],
        "value": [sl.Call(wallet, value=1)],
        "an unknown function": [sl.Call(wallet, function="nonsense()")],
        "an unknown function twice": [sl.Call(wallet, function="nonsense()")] * 2,
    }


@pytest.mark.parametrize("what", to_itself("0x" + "11" * 20))
def test_a_call_of_the_wallet_itself_is_not_told_to_be_granted(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, what: str
) -> None:
    calls, before = to_itself(wallet.address)[what], (wallet.balance, lab.chain.state_root)
    explanation, check = session.explain(calls), session.check(calls)
    for denial in (explanation.denial, check.denial, session.send_calls(calls).denial, wallet.send_calls(calls).denial):
        assert denial is not None and denial.phase == "validation"
        said = "The wallet has no function 0x1202e7e4." if "unknown" in what else "names no function"
        assert said in denial.sentence
        assert "Grant" not in denial.fix
    assert not contradicts_itself(explanation) and not contradicts_itself(explanation._repr_html_())
    assert (wallet.balance, lab.chain.state_root) == before


def test_a_call_of_the_wallet_itself_among_others_is_pointed_out(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    calls = [*increment(lab), sl.Call(wallet.address, value=1)]
    explanation = session.explain(calls)
    assert explanation.denial is not None
    assert (explanation.denial.phase, explanation.denial.call) == ("validation", 1)
    assert explanation.denial.sentence == "The second call goes to the wallet itself and names no function."
    assert explanation.denial.fix == "Name a function of the wallet, or leave the call out."
    assert not contradicts_itself(explanation)
    sent = session.send_calls(calls).denial
    assert sent is not None and (sent.call, sent.sentence) == (1, explanation.denial.sentence)
    assert lab.read("Counter", lab.counter, "number") == 0


def test_what_stays_behind_a_missing_grant_is_said_instead_of_the_grant(lab: sl.Lab, session: sl.Session) -> None:
    explanation = session.explain([sl.Call(lab.token, function="nothing()")])
    assert explanation.denial is not None and explanation.denial.code == "AddressNotAllowed"
    assert explanation.stays is not None and explanation.outside == "EmptyRevert"
    assert "because something else stays. The call, 0x448f30a3 of token (" in str(explanation)
    assert not contradicts_itself(explanation) and not contradicts_itself(explanation._repr_html_())


# -- addresses without code


def test_a_call_that_does_nothing_is_pointed_out(lab: sl.Lab, session: sl.Session) -> None:
    pays = sl.Call(lab.recipient, value=1, function="transfer(address,uint256)", args=[lab.merchant, 5])
    calls = [*increment(lab), sl.Call(lab.recipient, data=bytes(8)), pays]
    who = lab.names.address(lab.recipient)
    notes = (
        f"The second call does nothing: {who} has no code, so its 8 bytes of data reach no function.",
        f"The third call only sends 1 wei: {who} has no code, so its 68 bytes of data reach no function.",
    )
    explanation, check = session.explain(calls), session.check(calls)
    assert explanation.ok and check.ok
    assert (explanation.notes, check.notes) == (notes, notes)
    assert all(note in str(explanation) for note in notes) and notes[0] in repr(check)
    assert "has no code" in explanation._repr_html_() and explanation.to_json()["notes"] == list(notes)
    assert session.send_calls(calls)
    assert lab.token_balance("token", lab.merchant) == 0


def test_calls_that_do_something_are_not(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    identity = "0x0000000000000000000000000000000000000004"
    session = grant(lab, wallet, identity)
    calls = [*increment(lab), sl.Call(lab.recipient, value=1), sl.Call(identity, data=b"echo")]
    assert session.explain(calls).notes == session.check(calls).notes == ()


# -- signatures and installs


def test_a_session_key_that_names_no_permissions_is_told_to(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    before = lab.chain.state_root
    alone = WalletApiClient(lab.provider, wallet.address, wallet.chain_id, session.key)
    denial = alone.send_calls(increment(lab)).denial
    assert denial is not None and denial.code == "AA24 signature error"
    assert denial.sentence == (
        f"The key of the session {session.id} signed an operation that names no session, so the wallet takes it for "
        "the owner's."
    )
    assert "capabilities.permissions" in denial.fix and "owner" not in denial.fix
    assert "perhaps" not in str(denial.cause)
    operation = wallet.prepare_calls(increment(lab))["data"]
    sent = operation | {"signature": signed(lab, session.key, operation)}
    error = rejected(lab, "eth_sendUserOperation", sent, ENTRY_POINT)
    assert (error.code, error.data["denial"]["sentence"]) == (-32507, denial.sentence)
    assert lab.chain.state_root == before


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("owner", "The wallet's owner signed an operation of a session."),
        ("other session", "The key of another session, "),
        ("stranger", "The signature over this operation is one of "),
        ("nobody", "The signature is not 65 bytes that a key can have made."),
    ],
)
def test_the_signer_of_a_wrong_signature_is_named(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, who: str, says: str
) -> None:
    other = grant(lab, wallet, key=2)
    keys = {"owner": wallet.owner, "other session": other.key, "stranger": sl.new_key(99), "nobody": session.key}
    prepared = session.prepare_calls(increment(lab))
    sent = replace(session._api, key=keys[who]).sign_prepared_calls(prepared)
    if who == "nobody":
        sent["signature"]["data"] = "0x" + "ff" * 64 + "1b"
    before = lab.chain.state_root
    denial = refused(lambda: session.send_prepared_calls(sent))
    assert denial.code == "AA24 signature error"
    assert denial.sentence.startswith(says)
    assert lab.chain.state_root == before


def first_signature(lab: sl.Lab, session: sl.Session, late: dict[str, Any]) -> bytes:
    """Return the operation's signature with the session's install, as the Wallet API puts it together."""
    granted = find_granted(lab.api, {"context": session.context}, session.wallet)
    return signature_of(granted, bytes.fromhex(late["signature"]["data"][2:]))


def test_an_install_that_is_on_the_chain_meanwhile_is_named(lab: sl.Lab, session: sl.Session) -> None:
    late = session.sign_prepared_calls(session.prepare_calls(increment(lab)))
    carried = late["data"] | {"signature": "0x" + first_signature(lab, session, late).hex()}
    assert session.send_calls([sl.Call(lab.recipient, value=5)])
    before = lab.chain.state_root
    says = "The operation was prepared to install its session, and another operation has installed it since."
    denial = refused(lambda: session.send_prepared_calls(late))
    assert (denial.phase, denial.sentence, denial.fix) == ("validation", says, "Prepare the calls again.")
    error = rejected(lab, "eth_sendUserOperation", carried, ENTRY_POINT)
    assert error.data["denial"]["sentence"] == says
    assert (lab.chain.state_root, lab.read("Counter", lab.counter, "number")) == (before, 0)
    again = session.sign_prepared_calls(session.prepare_calls(increment(lab)))
    assert session.send_prepared_calls(again)
    assert lab.read("Counter", lab.counter, "number") == 1


# -- accounts that are not this lab's wallets


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            REVERTS_WITH_DATA,
            "12 bytes of code reverted with 0xdeadbeef in validation; what it means is unknown here.",
        ),
        (
            REVERTS_EMPTY,
            "3 bytes of code reverted with empty data (0x) in validation; what it means is unknown here.",
        ),
        (ANSWERS_ONE, "does not run this lab's wallet, and does not accept the signature."),
    ],
)
def test_an_account_of_somebody_else_is_not_explained_as_ours(
    lab: sl.Lab, wallet: sl.SmartWalletClient, code: bytes, says: str
) -> None:
    account = deployed(lab, code)
    lab.deposit(account, sl.ether(1))
    operation = wallet.prepare_calls(increment(lab))["data"] | {"sender": account, "nonce": "0x0"}
    error = rejected(lab, "eth_sendUserOperation", operation | {"signature": "0x" + "01" * 65}, ENTRY_POINT)
    denial = error.data["denial"]
    assert denial["phase"] == "validation" and account[:6] in denial["sentence"]
    assert denial["sentence"].endswith(says)
    assert "Grant" not in denial["fix"] and "session" not in denial["sentence"]
