"""The bundler's methods (ERC-4337, ERC-7769): any account's operations; shapes, refusals, and nothing moved by them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.keys import derive_key
from sessionlab.core.deployments import DELEGATE_7702, FACTORY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, from_json
from sessionlab.core.evm import authorize
from sessionlab.core.wallet_api.accounts import account_of

#: Accounts that answer every call with 0, with 1, and with a revert that has data.
LENIENT, STERN, HARSH = (
    bytes.fromhex(code) for code in ("5f5f5260205ff3", "60015f5260205ff3", "63deadbeef5f5260205ffd")
)
FOREIGN = "0x" + "f0" * 20
NOBODY = "0x" + "bb" * 20
GAS = {"callGasLimit": "0x30d40", "verificationGasLimit": "0x7a120", "preVerificationGas": "0xc350"}
FEES = {"maxFeePerGas": "0x10642ac00", "maxPriorityFeePerGas": "0x77359400"}
FAIL = bytes.fromhex("a9cc4718")
OPERATION_EVENT = "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f"
Operation = dict[str, Any]


def unsigned(lab: sl.Lab, sender: str, *calls: Call, nonce_key: int = account.OWNER_NONCE_KEY) -> Operation:
    """An operation without a signature."""
    return {
        "sender": sender,
        "nonce": hex(lab.bundler.next_nonce(sender, nonce_key)),
        "callData": "0x" + account.call_data(calls, wallet=sender, wrapped=False).hex(),
        **GAS,
        **FEES,
    }


def signed(lab: sl.Lab, operation: Operation, key: sl.Key) -> Operation:
    digest = lab.bundler.hash_of(from_json(operation))
    return operation | {"signature": "0x" + account.signature_envelope(key.sign_message(digest)).hex()}


def ask(lab: sl.Lab, method: str, *params: Any) -> Any:
    answer = lab.provider.request(method, list(params))
    json.dumps(answer)
    return answer


def send(lab: sl.Lab, operation: Operation) -> str:
    return str(ask(lab, "eth_sendUserOperation", operation, ENTRY_POINT))


def estimate(lab: sl.Lab, operation: Operation, *more: Any) -> dict[str, str]:
    found: dict[str, str] = ask(lab, "eth_estimateUserOperationGas", operation, ENTRY_POINT, *more)
    return found


def refused(lab: sl.Lab, method: str, *params: Any) -> RpcError:
    """The error, after which nothing has moved."""
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(RpcError) as error:
        ask(lab, method, *params)
    assert (lab.chain.state_root, lab.chain.height) == before
    json.dumps(error.value.as_json())
    return error.value


@pytest.fixture
def owner(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Key:
    return derive_key(lab.seed, "owner 0")


@pytest.fixture
def pay(lab: sl.Lab, wallet: sl.SmartWalletClient, owner: sl.Key) -> Operation:
    """A good operation of the owner: a payment of 5 wei."""
    return signed(lab, unsigned(lab, wallet.address, Call(lab.recipient, 5)), owner)


# -- what is taken


def test_one_entry_point_is_served(lab: sl.Lab) -> None:
    assert lab.provider.request("eth_supportedEntryPoints", None) == [ENTRY_POINT]


def test_an_operation_is_mined_at_once_in_a_bundle_of_its_own(lab: sl.Lab, pay: Operation) -> None:
    height = lab.chain.height
    digest = send(lab, pay)
    assert digest == "0x" + lab.bundler.hash_of(from_json(pay)).hex()
    assert (lab.chain.height, lab.balance(lab.recipient)) == (height + 1, 5)

    receipt = ask(lab, "eth_getUserOperationReceipt", digest)
    assert set(receipt) == {
        *("userOpHash", "entryPoint", "sender", "nonce", "paymaster", "actualGasCost", "actualGasUsed"),
        *("success", "reason", "logs", "receipt"),
    }
    assert (receipt["userOpHash"], receipt["entryPoint"]) == (digest, ENTRY_POINT)
    assert (receipt["success"], receipt["reason"], receipt["nonce"]) == (True, "", pay["nonce"])
    assert receipt["paymaster"] == "0x" + "00" * 20
    bundle = ask(lab, "eth_getTransactionReceipt", receipt["receipt"]["transactionHash"])
    assert receipt["receipt"] == bundle and bundle["from"] == lab.bundler.address


def test_the_same_operation_again_is_mined_once(lab: sl.Lab, pay: Operation) -> None:
    height = lab.chain.height + 1
    send(lab, pay)
    error = refused(lab, "eth_sendUserOperation", pay, ENTRY_POINT)
    assert (error.code, str(error)[:27]) == (-32500, "AA25 invalid account nonce.")
    assert (lab.chain.height, lab.balance(lab.recipient)) == (height, 5)


def test_an_operation_is_found_as_it_was_sent(lab: sl.Lab, pay: Operation) -> None:
    digest = send(lab, pay)
    found = ask(lab, "eth_getUserOperationByHash", digest)
    assert found["userOperation"] == pay and found["entryPoint"] == ENTRY_POINT
    transaction = ask(lab, "eth_getTransactionByHash", found["transactionHash"])
    assert {name: transaction[name] for name in ("blockHash", "blockNumber")}.items() <= found.items()


def test_what_nobody_sent_is_null_also_after_a_revert(lab: sl.Lab, pay: Operation) -> None:
    moment = lab.snapshot()
    digest = send(lab, pay)
    lab.revert(moment)
    for method in ("eth_getUserOperationReceipt", "eth_getUserOperationByHash"):
        assert ask(lab, method, digest) is None and ask(lab, method, "0x" + "00" * 32) is None


def test_what_a_wallet_client_sent_is_found_too(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    wallet.send_calls([sl.Call(to=lab.counter, data="0xd09de08a")])
    (event,) = lab.chain.logs(ENTRY_POINT, [OPERATION_EVENT])
    receipt = ask(lab, "eth_getUserOperationReceipt", event.topics[1])
    assert receipt["success"] is True and receipt["sender"] == wallet.address


def test_a_failing_operation_is_mined_and_its_receipt_says_why(
    lab: sl.Lab, wallet: sl.SmartWalletClient, owner: sl.Key
) -> None:
    calls = Call(lab.recipient, 5), Call(lab.counter, 0, FAIL)
    digest = send(lab, signed(lab, unsigned(lab, wallet.address, *calls), owner))
    receipt = ask(lab, "eth_getUserOperationReceipt", digest)
    assert (receipt["success"], receipt["receipt"]["status"]) == (False, "0x1")
    assert receipt["reason"].startswith("0x") and receipt["denial"]["code"] == "CounterFailed"
    assert lab.balance(lab.recipient) == 0


# -- estimates


@pytest.mark.parametrize("given", [{}, dict.fromkeys(GAS, "0x0"), dict.fromkeys((*GAS, *FEES, "factory"))])
def test_an_estimate_needs_neither_gas_nor_signature_and_is_enough(
    lab: sl.Lab, wallet: sl.SmartWalletClient, owner: sl.Key, given: Mapping[str, Any]
) -> None:
    calls = Call(lab.recipient, 5), Call(lab.counter, 0, bytes.fromhex("d09de08a"))
    whole = unsigned(lab, wallet.address, *calls)
    bare = {name: whole[name] for name in ("sender", "nonce", "callData")}
    limits = estimate(lab, bare | given)
    assert set(limits) == set(GAS)
    send(lab, signed(lab, bare | FEES | limits, owner))
    assert lab.balance(lab.recipient) == 5


def test_a_wrong_signature_does_not_spoil_an_estimate(lab: sl.Lab, pay: Operation) -> None:
    dummy = "0x" + account.DUMMY_SIGNATURE.hex()
    assert set(estimate(lab, pay | {"signature": dummy})) == set(GAS)


def test_an_estimate_may_pretend_another_state(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    rich = unsigned(lab, wallet.address, Call(lab.recipient, sl.ether(1_000)))
    error = refused(lab, "eth_estimateUserOperationGas", rich, ENTRY_POINT)
    assert error.code == -32521 and error.data["denial"]["phase"] == "execution"
    assert estimate(lab, rich, {wallet.address: {"balance": hex(sl.ether(2_000))}})
    assert estimate(lab, unsigned(lab, wallet.address), None)
    bad = refused(lab, "eth_estimateUserOperationGas", rich, ENTRY_POINT, {wallet.address: {"balance": 5}})
    assert (bad.code, bad.data["field"]) == (-32602, "stateOverrides.balance")


def test_an_estimate_foresees_what_fails(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    request = unsigned(lab, wallet.address, Call(lab.counter, 0, FAIL))
    error = refused(lab, "eth_estimateUserOperationGas", request, ENTRY_POINT)
    assert error.code == -32521 and error.data["denial"]["code"] == "CounterFailed"
    assert error.data["revertData"] == "0x8522bf03"


# -- refusals


def test_refusals_say_the_code_first_and_bring_the_denial(lab: sl.Lab, pay: Operation) -> None:
    error = refused(lab, "eth_sendUserOperation", signed(lab, pay, sl.new_key("thief")), ENTRY_POINT)
    assert error.code == -32507 and str(error).startswith("AA24")
    assert error.data["denial"]["path"] == ["AA24 signature error"]
    assert error.data["denial"]["cause"]["causes"][0]["wrong"] is True
    late = refused(lab, "eth_sendUserOperation", pay | {"nonce": hex((1 << 64) + 9)}, ENTRY_POINT)
    assert late.code == -32500 and str(late).startswith("AA25")


def test_a_session_is_known_by_its_nonce_key(lab: sl.Lab, session: sl.Session) -> None:
    assert session.send_calls([sl.Call(to=lab.recipient, value=1)]).ok
    record = lab.api.records.sessions(session.wallet)[0]
    nonce_key = record.nonce_key(deferred=False)
    calls = [Call(lab.recipient, 5_000)]
    request = unsigned(lab, session.wallet, nonce_key=nonce_key)
    request["callData"] = "0x" + account.call_data(calls, wallet=session.wallet, wrapped=True).hex()
    error = refused(lab, "eth_estimateUserOperationGas", request, ENTRY_POINT)
    denial = error.data["denial"]
    assert denial["permission"] == "native-token-transfer"
    assert (denial["asked"], denial["left"], denial["call"]) == ("5000", "999", 0)


@pytest.mark.parametrize("code", [LENIENT, STERN, HARSH])
def test_any_account_is_served(lab: sl.Lab, code: bytes) -> None:
    lab.chain.set_code(FOREIGN, code)
    lab.deposit(FOREIGN, sl.ether(1))
    request = unsigned(lab, FOREIGN, nonce_key=0) | {"signature": "0x" + "11" * 65}
    if code == LENIENT:
        assert ask(lab, "eth_getUserOperationReceipt", send(lab, request))["success"] is True
        return
    error = refused(lab, "eth_sendUserOperation", request, ENTRY_POINT)
    assert str(error).startswith("AA24" if code == STERN else "AA23")
    assert error.data["denial"]["sentence"] and error.data["denial"]["cause"]["causes"]
    assert lab.api.records.known(FOREIGN) is None


def test_a_wallet_that_was_never_asked_for_is_deployed_by_its_operation(lab: sl.Lab) -> None:
    owner = sl.new_key("unheard of")
    sender = account_of(owner.address).address
    lab.fund(sender, sl.ether(1))
    request = unsigned(lab, sender, Call(lab.recipient, 5))
    factory = {"factory": FACTORY, "factoryData": "0x8b4e464e" + owner.address[2:].lower().zfill(64) + "0" * 64}
    whole = request | factory
    wrong = refused(lab, "eth_sendUserOperation", signed(lab, whole, sl.new_key("thief")), ENTRY_POINT)
    assert owner.address[2:6] in json.dumps(wrong.data["denial"]["cause"])  # who was to sign
    send(lab, signed(lab, whole, owner))
    assert lab.balance(lab.recipient) == 5


def test_a_silent_paymaster_is_not_taken_for_the_wallet(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    request = unsigned(lab, wallet.address) | {"paymaster": lab.counter}
    error = refused(lab, "eth_estimateUserOperationGas", request, ENTRY_POINT)
    assert error.code == -32501 and str(error).startswith("AA33")
    assert error.data["denial"]["sentence"].startswith("The paymaster")


# -- malformed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        *(({name: None}, name) for name in ("sender", "nonce", "callData", "signature", *GAS, *FEES)),
        *(({name: "soon"}, name) for name in ("sender", "nonce", "callData", "signature", *GAS, *FEES)),
        ({"callGasLimit": 5}, "callGasLimit"),
        ({"callGasLimit": "0x" + "f" * 40}, "callGasLimit"),
        ({"paymaster": "0x12"}, "paymaster"),
        ({"factory": NOBODY, "factoryData": "0x1"}, "factoryData"),
        ({"initCode": "0x"}, "initCode"),
        ({"paymasterAndData": "0x"}, "paymasterAndData"),
        ({"gasFees": "0x" + "00" * 32}, "gasFees"),
        ({"eip7702Auth": "yes"}, "eip7702Auth"),
        ({"eip7702Auth": {"address": NOBODY}}, "eip7702Auth.v"),
        ({"eip7702Auth": {"address": "0x", "yParity": "0x0"}}, "eip7702Auth.address"),
    ],
)
def test_a_malformed_operation_is_refused_by_the_path_of_its_field(
    lab: sl.Lab, pay: Operation, change: Mapping[str, Any], field: str
) -> None:
    error = refused(lab, "eth_sendUserOperation", {**pay, **change}, ENTRY_POINT)
    assert (error.code, error.data["field"]) == (-32602, f"userOperation.{field}")
    assert error.data["fix"]


@pytest.mark.parametrize("method", ["eth_sendUserOperation", "eth_estimateUserOperationGas"])
@pytest.mark.parametrize(
    ("params", "field"),
    [
        (None, "params"),
        ([], "params"),
        ([{}], "params"),
        ({"userOperation": {}}, "params"),
        (["0x", ENTRY_POINT], "userOperation"),
        ([{}, "0x0000000071727De22E5E9d8BAf0edAc6f37da033"], "userOperation.callData"),
    ],
)
def test_malformed_parameters_are_refused(lab: sl.Lab, method: str, params: Any, field: str) -> None:
    with pytest.raises(RpcError) as error:
        lab.provider.request(method, params)
    assert (error.value.code, error.value.data["field"]) == (-32602, field)


@pytest.mark.parametrize("method", ["eth_sendUserOperation", "eth_estimateUserOperationGas"])
@pytest.mark.parametrize("entry_point_", [NOBODY, None, 7])
def test_another_entry_point_is_refused(lab: sl.Lab, pay: Operation, method: str, entry_point_: Any) -> None:
    error = refused(lab, method, pay, entry_point_)
    assert (error.code, error.data["field"]) == (-32602, "entryPoint")


@pytest.mark.parametrize("params", [[], ["0x12"], [7], ["0x" + "00" * 32, 1]])
def test_a_malformed_hash_is_refused(lab: sl.Lab, params: list[Any]) -> None:
    for method in ("eth_getUserOperationReceipt", "eth_getUserOperationByHash"):
        assert refused(lab, method, *params).code == -32602


# -- EIP-7702


def delegation(key: sl.Key, chain_id: int = 1337, nonce: int = 0) -> dict[str, str]:
    request = authorize(key.private, DELEGATE_7702, chain_id=chain_id, nonce=nonce)
    numbers = {"chainId": request.chain_id, "nonce": request.nonce, "r": request.r, "s": request.s}
    return {"address": request.address, "yParity": f"0x0{request.y_parity}"} | {n: hex(v) for n, v in numbers.items()}


DUMMY = {"address": DELEGATE_7702, "chainId": "0x539", "nonce": "0x0", "yParity": "0x01", "r": "0x1", "s": "0x2"}


@pytest.fixture
def plain(lab: sl.Lab) -> sl.Key:
    key = sl.new_key("plain")
    lab.fund(key.address, sl.ether(1))
    return key


def test_an_authorization_travels_with_the_bundle(lab: sl.Lab, plain: sl.Key) -> None:
    request = unsigned(lab, plain.address, Call(lab.recipient, 5))
    limits = estimate(lab, request | {"eip7702Auth": DUMMY})
    whole = signed(lab, request | limits, plain) | {"eip7702Auth": delegation(plain)}
    digest = send(lab, whole)
    assert lab.chain.code(plain.address).hex() == "ef0100" + DELEGATE_7702[2:].lower()
    assert lab.balance(lab.recipient) == 5
    found = ask(lab, "eth_getUserOperationByHash", digest)["userOperation"]["eip7702Auth"]
    assert {name: int(value, 16) for name, value in found.items()} == {
        name: int(value, 16) for name, value in whole["eip7702Auth"].items()
    }
    assert refused(lab, "eth_sendUserOperation", whole, ENTRY_POINT).code == -32500
    without = estimate(lab, unsigned(lab, plain.address, Call(lab.recipient, 5)))
    assert int(limits["preVerificationGas"], 16) > int(without["preVerificationGas"], 16) + 20_000


@pytest.mark.parametrize(
    ("authorization", "field"),
    [
        (DUMMY, ""),
        (delegation(sl.new_key("stranger")), ""),
        (delegation(sl.new_key("plain"), nonce=4), ".nonce"),
        (delegation(sl.new_key("plain"), chain_id=5), ".chainId"),
    ],
)
def test_an_authorization_that_the_chain_would_pass_over_is_refused(
    lab: sl.Lab, plain: sl.Key, authorization: dict[str, str], field: str
) -> None:
    request = signed(lab, unsigned(lab, plain.address, Call(lab.recipient, 5)), plain)
    error = refused(lab, "eth_sendUserOperation", request | {"eip7702Auth": authorization}, ENTRY_POINT)
    code = -32500 if field == ".nonce" else -32602  # as rundler has them
    assert (error.code, error.data["field"]) == (code, f"userOperation.eip7702Auth{field}")
    assert str(error).startswith("EIP-7702 ") or authorization is DUMMY


def test_an_authorization_for_every_chain_is_taken(lab: sl.Lab, plain: sl.Key) -> None:
    request = signed(lab, unsigned(lab, plain.address), plain)
    send(lab, request | {"eip7702Auth": delegation(plain, chain_id=0)})
    assert lab.chain.code(plain.address)


def test_without_its_authorization_a_plain_address_is_no_wallet(lab: sl.Lab, plain: sl.Key) -> None:
    request = signed(lab, unsigned(lab, plain.address), plain)
    assert str(refused(lab, "eth_sendUserOperation", request, ENTRY_POINT)).startswith("AA20")


# -- what an estimate is worth


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("delegates", [False, True])
def test_estimated_gas_covers_what_is_charged_also_from_an_empty_deposit(
    lab: sl.Lab, wallet: sl.SmartWalletClient, owner: sl.Key, plain: sl.Key, count: int, delegates: bool
) -> None:
    key, sender = (plain, plain.address) if delegates else (owner, wallet.address)
    if delegates:
        lab.bundler.authorize(authorize(plain.private, DELEGATE_7702, chain_id=1337, nonce=0))
    for _ in range(3):
        request = unsigned(lab, sender, *[Call(lab.counter, 0, bytes.fromhex("d09de08a"))] * count)
        limits = estimate(lab, request)
        receipt = ask(lab, "eth_getUserOperationReceipt", send(lab, signed(lab, request | limits, key)))
        offered = sum(int(limit, 16) for limit in limits.values())
        assert receipt["success"] and 0.7 * offered < int(receipt["actualGasUsed"], 16) < offered
        assert lab.bundler.deposit_of(sender) > 0
