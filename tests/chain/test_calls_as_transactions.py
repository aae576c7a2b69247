"""eth_call and eth_estimateGas run the transaction that their fields describe; a field is honoured or refused."""

from __future__ import annotations

from typing import Any

import pytest
from hexbytes import HexBytes
from web3 import Web3

import sessionlab as sl
from sessionlab.core.evm.signing import authorize
from sessionlab.node.provider import ChainProvider

GWEI = 10**9
THERE = "0x" + "77" * 20
KEY = sl.new_key("caller")


def answering(opcode: str) -> bytes:
    """Code that returns the word which this code leaves on the stack."""
    return bytes.fromhex(opcode + "5f5260205ff3")


@pytest.fixture
def lab() -> sl.Lab:
    lab = sl.Lab(seed=1)
    lab.chain.set_balance(KEY.address, sl.ether(1))
    return lab


def ask(lab: sl.Lab, code: str, fields: dict[str, Any] | None = None, *more: Any) -> int:
    lab.chain.set_code(THERE, answering(code))
    return int(lab.provider.request("eth_call", [{"to": THERE, "from": KEY.address, **(fields or {})}, *more]), 16)


def refused(lab: sl.Lab, method: str, params: list[Any]) -> sl.RpcError:
    with pytest.raises(sl.RpcError) as error:
        lab.provider.request(method, params)
    return error.value


# -- the block that a call sees


def test_a_call_sees_the_newest_block_and_a_pending_one_the_next(lab: sl.Lab) -> None:
    newest = lab.chain.block()
    assert ask(lab, "43") == ask(lab, "43", {}, "latest") == newest.number
    assert ask(lab, "42") == newest.timestamp
    lab.travel(1_000)
    assert ask(lab, "42", {}, "latest") == newest.timestamp
    assert (ask(lab, "43", {}, "pending"), ask(lab, "42", {}, "pending")) == (
        newest.number + 1,
        newest.timestamp + 1_000,
    )
    lab.chain.mine()
    lab.chain.set_code(THERE, answering("43"))
    lab.chain.mine(2)
    below = lab.chain.height - 1
    assert int(lab.provider.request("eth_call", [{"to": THERE}, hex(below)]), 16) == below
    # What the library asks of itself is still about the next block.
    assert int.from_bytes(lab.chain.call(THERE).output, "big") == lab.chain.height + 1


BLOCK = {
    "number": ("43", hex(5_000), 5_000),
    "time": ("42", hex(2_000_000_000), 2_000_000_000),
    "gasLimit": ("45", hex(10**6), 10**6),
    "feeRecipient": ("41", THERE, int(THERE, 16)),
    "prevRandao": ("44", "0x" + "12" * 32, int("12" * 32, 16)),
    "baseFeePerGas": ("48", hex(7), 7),
    "coinbase": ("41", THERE, int(THERE, 16)),
    "random": ("44", "0x" + "12" * 32, int("12" * 32, 16)),
    "baseFee": ("48", hex(7), 7),
}


@pytest.mark.parametrize("field", BLOCK)
def test_a_block_override_is_what_the_code_sees(lab: sl.Lab, field: str) -> None:
    opcode, value, seen = BLOCK[field]
    assert ask(lab, opcode, {}, "latest", None, {field: value}) == seen
    assert ask(lab, opcode) != seen


def test_a_later_number_keeps_the_hashes_of_the_blocks_that_there_are(lab: sl.Lab) -> None:
    height, there = lab.chain.height, int(lab.chain.block().hash, 16)
    later = {"number": hex(height + 10)}
    assert ask(lab, f"60{height:02x}40", {}, "latest", None, later) == there
    assert ask(lab, f"60{height + 1:02x}40", {}, "latest", None, later) == 0


# -- fields


def test_a_fee_is_seen_and_has_to_be_paid(lab: sl.Lab) -> None:
    gas = {"gas": hex(100_000)}
    assert ask(lab, "3a") == 0
    assert ask(lab, "3a", {**gas, "gasPrice": hex(3 * GWEI)}) == 3 * GWEI
    assert ask(lab, "3a", {**gas, "maxFeePerGas": hex(3 * GWEI), "maxPriorityFeePerGas": "0x5"}) == GWEI + 5
    poor = refused(lab, "eth_call", [{"to": THERE, "gasPrice": hex(GWEI), "from": sl.new_key("poor").address}])
    assert poor.message.startswith("insufficient funds for gas * price + value")
    low = refused(lab, "eth_call", [{"to": THERE, "from": KEY.address, **gas, "maxFeePerGas": "0x1"}])
    assert low.message.startswith("max fee per gas less than block base fee")


def test_an_access_list_is_paid_for_and_warm(lab: sl.Lab) -> None:
    lab.chain.set_code(THERE, bytes.fromhex("60055450"))  # loads slot 5
    call = {"to": THERE, "from": KEY.address}
    bare = int(lab.provider.request("eth_estimateGas", [call]), 16)
    listed = [{"address": THERE, "storageKeys": ["0x" + "05".rjust(64, "0")]}]
    with_list = int(lab.provider.request("eth_estimateGas", [{**call, "accessList": listed}]), 16)
    assert with_list - bare == 2_400 + 1_900 - 2_000  # EIP-2930: both entries, and a warm slot costs 100, not 2,100


def test_a_nonce_decides_what_a_creation_is_called(lab: sl.Lab) -> None:
    creates = {"from": KEY.address, "data": "0x" + answering("30").hex()}  # returns ADDRESS as its code
    made = {lab.provider.request("eth_call", [{**creates, "nonce": hex(nonce)}]) for nonce in (0, 1)}
    assert len(made) == 2


WRONG: dict[str, tuple[str, list[Any]]] = {
    "gasprice": ("eth_call", [{"gasprice": "0x1"}]),
    "datas": ("eth_estimateGas", [{"datas": "0x"}]),
    "accessList[0].storageKey": ("eth_call", [{"accessList": [{"address": THERE, "storageKey": []}]}]),
    "authorizationList[0].signature": ("eth_call", [{"to": THERE, "authorizationList": [{"signature": "0x"}]}]),
    "maxFeePerGas": ("eth_call", [{"to": THERE, "type": "0x0", "maxFeePerGas": "0x1"}]),
    "gasPrice": ("eth_call", [{"to": THERE, "gasPrice": "0x1", "maxFeePerGas": "0x1"}]),
    "data": ("eth_call", [{"to": THERE, "data": "0x01", "input": "0x02"}]),
    "blockOverrides.numbers": ("eth_call", [{"to": THERE}, "latest", {}, {"numbers": "0x1"}]),
    "blockOverrides.prevRandao": ("eth_call", [{"to": THERE}, "latest", {}, {"prevRandao": "0x1"}]),
    "overrides.storage": ("eth_call", [{"to": THERE}, "latest", {THERE: {"storage": {}}}]),
    "block.blockNum": ("eth_getBalance", [THERE, {"blockNum": "0x1"}]),
    "toblock": ("eth_getLogs", [{"toblock": "0x1"}]),
    "blockHash": ("eth_getLogs", [{"blockHash": "0x" + "11" * 32, "fromBlock": "0x1"}]),
    "addresses": ("eth_newFilter", [{"addresses": []}]),
    "userOperation.callGas": ("eth_sendUserOperation", [{"callGas": "0x1"}, THERE]),
    "signatureRequest.payload": (
        "wallet_prepareSign",
        [{"signatureRequest": {"type": "personal_sign", "data": "hi", "payload": "0x"}}],
    ),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_field_that_nobody_reads_is_refused_by_name(lab: sl.Lab, field: str) -> None:
    method, params = WRONG[field]
    if method == "wallet_prepareSign":
        params = [{"from": lab.wallet().address, "chainId": "0x539", **params[0]}]
    error = refused(lab, method, params)
    assert error.code == -32602 and f"(field: {field}) Next step: " in error.message
    if method in ("eth_call", "eth_estimateGas"):
        assert error.data is None  # clients take any for that of a revert
    else:
        assert error.data["field"] == field and error.data["fix"]


def test_a_close_name_is_suggested(lab: sl.Lab) -> None:
    assert refused(lab, "eth_call", [{"gasprice": "0x1"}]).message.endswith("did you mean 'gasPrice'?")
    assert refused(lab, "eth_call", [{"gasLimit": "0x1"}]).message.endswith("did you mean 'gas'?")


# -- EIP-7702


def test_authorizations_are_applied_before_an_estimate_and_a_call(lab: sl.Lab) -> None:
    nonce = lab.chain.nonce(KEY.address)
    lab.chain.set_code(THERE, bytes.fromhex("60015f55" + "602a5f5260205ff3"))  # writes slot 0, returns 42
    signed = authorize(KEY.private, THERE, chain_id=1337, nonce=nonce + 1)
    names = {
        "chainId": signed.chain_id,
        "nonce": signed.nonce,
        "yParity": signed.y_parity,
        "r": signed.r,
        "s": signed.s,
    }
    wire = {name: hex(value) for name, value in names.items()} | {"address": THERE}
    call = {"from": KEY.address, "to": KEY.address, "authorizationList": [wire]}
    assert int(lab.provider.request("eth_call", [call]), 16) == 42
    estimate = int(lab.provider.request("eth_estimateGas", [call]), 16)
    assert estimate > 21_000 + 25_000 + 20_000
    # One that the chain would skip is skipped here too: another chain's, another nonce's, and a bent signature.
    for bent in ({"chainId": "0x5"}, {"nonce": hex(nonce)}, {"r": hex(signed.r ^ 1)}):
        assert lab.provider.request("eth_call", [{**call, "authorizationList": [{**wire, **bent}]}]) == "0x"
    assert int(lab.provider.request("eth_call", [{**call, "authorizationList": [wire]}]), 16) == 42
    receipt = lab.chain.transact(KEY.private, KEY.address, gas=estimate, authorization_list=[signed])
    assert receipt.status == 1 and lab.chain.storage(KEY.address, 0) == 1


# -- estimates


@pytest.mark.parametrize("least", [30_000, 100_000, 1_000_000])
def test_an_estimate_is_tried_and_raised_until_it_passes(lab: sl.Lab, least: int) -> None:
    lab.chain.set_code(THERE, bytes.fromhex(f"62{least:06x}5a11600a57fe5b00"))  # goes on if GAS > least
    estimate = int(lab.provider.request("eth_estimateGas", [{"from": KEY.address, "to": THERE}]), 16)
    assert lab.chain.transact(KEY.private, THERE, gas=estimate).status == 1
    assert least < estimate < 1.02 * (least + 21_020)


def test_an_estimate_leaves_what_a_deep_call_needs(lab: sl.Lab) -> None:
    deep = "0x" + "78" * 20
    lab.chain.set_code(deep, bytes.fromhex("620186a05a11600a57fe5b00"))  # needs 100,000 gas
    call = f"5f5f5f5f5f73{deep[2:]}5af1602057fe5b00"  # fails if the call does
    lab.chain.set_code(THERE, bytes.fromhex(call))
    estimate = int(lab.provider.request("eth_estimateGas", [{"from": KEY.address, "to": THERE}]), 16)
    assert lab.chain.transact(KEY.private, THERE, gas=estimate).status == 1
    assert estimate > 100_000 * 64 // 63


def test_an_estimate_is_about_the_block_that_was_asked_for(lab: sl.Lab) -> None:
    lab.chain.set_code(THERE, b"\x00")
    lab.chain.mine()
    lab.chain.set_code(THERE, bytes.fromhex("fe"))
    lab.chain.mine()
    call = {"from": KEY.address, "to": THERE}
    assert lab.provider.request("eth_estimateGas", [call, hex(lab.chain.height - 1)]) == "0x5208"
    refused(lab, "eth_estimateGas", [call, "latest"])


# -- in process


def test_the_provider_takes_what_web3_gives(lab: sl.Lab) -> None:
    provider = ChainProvider(lab.chain)
    lab.chain.set_code(THERE, answering("34"))
    lab.chain.mine()
    call = {"to": HexBytes(THERE), "from": bytes.fromhex(KEY.address[2:]), "value": 5, "data": b"", "gas": 100_000}
    for block in ("latest", lab.chain.block().hash, HexBytes(lab.chain.block().hash)):
        answer = provider.make_request("eth_call", [call, block, {HexBytes(THERE).to_0x_hex(): {"balance": 7}}])
        assert int(answer["result"], 16) == 5, answer
    listed = {"accessList": ({"address": THERE, "storageKeys": (HexBytes("0x" + "00" * 32),)},)}
    assert "result" in provider.make_request("eth_estimateGas", [{**call, **listed}])
    logs = provider.make_request("eth_getLogs", [{"fromBlock": 0, "topics": [None, [HexBytes("0x" + "11" * 32)]]}])
    assert logs["result"] == []
    w3 = Web3(provider)
    assert w3.eth.call({"to": THERE, "value": 5, "from": KEY.address}) == HexBytes(5).rjust(32, b"\0")
