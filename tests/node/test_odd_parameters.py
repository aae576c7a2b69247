"""What a node makes of odd parameters: honoured as published nodes do, or refused by name, and nothing moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import Key

Ask = Callable[..., Any]
HERE, THERE = "0x" + "ab" * 20, "0x" + "AB" * 20
HASH = "0x" + "11" * 32
GWEI = 10**9


def test_the_pending_block_is_empty_whoever_asks(ask: Ask, keys: list[Key]) -> None:
    ask("eth_sendTransaction", {"from": keys[0].address, "to": HERE})
    assert ask("eth_getBlockByNumber", "pending", True)["transactions"] == []
    assert ask("eth_getBlockTransactionCountByNumber", "latest") == "0x1"
    assert ask("eth_getBlockTransactionCountByNumber", "pending") == "0x0"
    assert ask("eth_getBlockReceipts", "pending") == []
    assert ask("eth_getTransactionByBlockNumberAndIndex", "pending", "0x0") is None
    assert ask("eth_getRawTransactionByBlockNumberAndIndex", "pending", "0x0") is None
    assert ask("eth_getUncleCountByBlockNumber", "pending") == "0x0"


def test_the_levers_take_numbers_as_other_test_chains_do(ask: Ask, lab: sl.Lab) -> None:
    snapshot = int(ask("evm_snapshot"), 16)
    ask("anvil_setBalance", HERE, 10**18)
    ask("hardhat_setNonce", HERE, 5)
    ask("anvil_setStorageAt", HERE, 0, 7)
    ask("anvil_setNextBlockBaseFeePerGas", 3 * GWEI)
    assert (lab.chain.balance(HERE), lab.chain.nonce(HERE), lab.chain.storage(HERE, 0)) == (10**18, 5, 7)
    assert lab.chain.base_fee == 3 * GWEI
    for wrong in (-1, True, 1.5, "5"):
        assert ask("anvil_setBalance", HERE, wrong)["error"]["code"] == -32602
    assert ask("anvil_revert", snapshot) is True
    assert (lab.chain.balance(HERE), lab.chain.base_fee) == (0, GWEI)


@pytest.mark.parametrize("method", ["anvil_mine", "hardhat_mine"])
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ([{}], "blocks"),
        ([[]], "blocks"),
        ([-1], "blocks"),
        ([1, -1], "interval"),
        ([2, -5], "interval"),
        ([1, []], "interval"),
    ],
)
def test_what_is_no_number_of_blocks_or_seconds_mines_nothing(
    ask: Ask, lab: sl.Lab, method: str, params: list[Any], field: str
) -> None:
    height = lab.chain.height
    assert ask(method, *params)["error"]["data"]["field"] == field
    assert lab.chain.height == height


@pytest.mark.parametrize(
    ("method", "params", "field"),
    [
        ("eth_getLogs", [{"blockHash": "0x11"}], "blockHash"),
        ("eth_getLogs", [{"blockHash": "latest"}], "blockHash"),
        ("eth_getBalance", [HERE, {"blockHash": "0x1"}], "block.blockHash"),
        ("eth_getTransactionReceipt", ["0x12"], "transactionHash"),
        ("anvil_dropTransaction", ["0x"], "transactionHash"),
        ("anvil_reset", [{"fork": 1}], "fork"),
        ("anvil_reset", [{"jsonRpcUrl": "http://localhost"}], "jsonRpcUrl"),
        ("hardhat_reset", [{"forking": {}}], "forking"),
        ("evm_setAutomine", ["yes"], "enabled"),
    ],
)
def test_it_is_refused_by_name(ask: Ask, lab: sl.Lab, method: str, params: list[Any], field: str) -> None:
    height = lab.chain.height
    error = ask(method, *params)["error"]
    assert (error["code"], error["data"]["field"], bool(error["data"]["fix"])) == (-32602, field, True)
    assert lab.chain.height == height


def test_a_hash_of_a_block_is_read_where_one_belongs(ask: Ask, lab: sl.Lab) -> None:
    newest = lab.chain.block().hash
    assert ask("eth_getBalance", HERE, {"blockHash": newest}) == "0x0"
    assert ask("eth_getLogs", {"blockHash": newest}) == ask("eth_getLogs", {"fromBlock": "latest"})


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({HERE: {"balance": "0x1"}, THERE: {"balance": "0x2"}}, "is overridden twice"),
        ({HERE: {"stateDiff": {"0x1": "0x1", "0x01": "0x2"}}}, "is overridden twice"),
    ],
)
def test_an_override_that_is_there_twice_is_not_dropped_once(ask: Ask, overrides: Any, words: str) -> None:
    error = ask("eth_call", {"to": HERE}, "latest", overrides)["error"]
    assert error["code"] == -32602 and words in error["message"]


def test_a_creation_says_what_it_creates(ask: Ask, lab: sl.Lab, keys: list[Key]) -> None:
    sender, height = keys[0].address, lab.chain.height
    for method in ("eth_sendTransaction", "eth_signTransaction"):
        error = ask(method, {"from": sender, "value": "0x1"})["error"]
        assert error["message"].startswith("contract creation without any data provided")
        assert error["data"]["field"] == "to"
    assert lab.chain.height == height
    assert "is missing" in ask("eth_sendTransaction", {"to": HERE})["error"]["message"]


def test_typed_data_has_no_other_member(ask: Ask, keys: list[Key]) -> None:
    types = {"EIP712Domain": [], "Note": [{"name": "text", "type": "string"}]}
    typed = {"types": types, "domain": {}, "primaryType": "Note", "message": {"text": "hello"}}
    assert len(ask("eth_signTypedData_v4", keys[0].address, typed)) == 2 + 2 * 65
    error = ask("eth_signTypedData_v4", keys[0].address, typed | {"mesage": {}})["error"]
    assert (error["code"], error["data"]["fix"]) == (-32602, "did you mean 'message'?")


def test_an_older_block_is_followed_by_the_fee_that_it_was_followed_by(ask: Ask, lab: sl.Lab) -> None:
    lab.chain.mine(2)
    ask("anvil_setNextBlockBaseFeePerGas", hex(5 * GWEI))
    height = lab.chain.height
    assert ask("eth_feeHistory", "0x1", hex(height - 1))["baseFeePerGas"] == [hex(GWEI), hex(GWEI)]
    assert ask("eth_feeHistory", "0x1", hex(height))["baseFeePerGas"] == [hex(GWEI), hex(5 * GWEI)]


def test_a_faucet_sends_no_token_that_is_not_there(ask: Ask, lab: sl.Lab) -> None:
    height = lab.chain.height
    error = ask("lab_fund", {"to": HERE, "amount": "0x1", "token": THERE})["error"]
    assert (error["code"], error["data"]["field"]) == (-32000, "token")
    assert lab.chain.height == height


def test_a_lever_that_is_left_out_says_what_to_do_instead(ask: Ask) -> None:
    for method, words in (
        ("evm_setIntervalMining", "evm_mine"),
        ("anvil_dumpState", "lab.save"),
        ("evm_setTime", "evm_setNext"),
    ):
        error = ask(method, 1)["error"]
        assert error["code"] == -32601 and words in error["message"]


def test_a_key_in_place_of_a_method_is_not_shown(ask: Ask) -> None:
    key = "0x" + "5a" * 32
    told = str(ask(key)) + str(
        ask("wallet_prepareCalls", {"from": HERE, "chainId": "0x539", "capabilities": {key: {}}})
    )
    assert "5a" * 8 not in told
