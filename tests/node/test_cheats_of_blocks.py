"""Base fee, coinbase, beginning again, and the forms of evm_mine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.node.block_cheats import begin_here

Ask = Callable[..., Any]
GWEI = 10**9


def test_the_base_fee_holds_from_the_next_block_on(ask: Ask, lab: sl.Lab, keys: list[Key]) -> None:
    before = lab.chain.block()
    assert ask("anvil_setNextBlockBaseFeePerGas", hex(5 * GWEI)) is None
    assert ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"] == hex(GWEI)
    assert ask("eth_getBlockByNumber", "pending", False)["baseFeePerGas"] == hex(5 * GWEI)
    assert ask("eth_gasPrice") == hex(6 * GWEI)
    assert ask("eth_feeHistory", "0x1", "latest", [])["baseFeePerGas"] == [hex(GWEI), hex(5 * GWEI)]
    digest = ask("eth_sendTransaction", {"from": keys[0].address, "to": keys[1].address})
    assert ask("eth_getTransactionReceipt", digest)["effectiveGasPrice"] == hex(6 * GWEI)
    ask("evm_mine")
    assert [lab.chain.block(before.number + more).base_fee_per_gas for more in range(3)] == [GWEI, 5 * GWEI, 5 * GWEI]
    price = bytes.fromhex("485f5260205ff3")  # returns BASEFEE
    lab.chain.set_code("0x" + "12" * 20, price)
    lab.chain.mine()
    old = {"0x" + "12" * 20: {"code": "0x" + price.hex()}}
    for block, fee in (("latest", 5 * GWEI), (hex(before.number), GWEI)):
        assert int(ask("eth_call", {"to": "0x" + "12" * 20}, block, old), 16) == fee


def test_a_session_pays_the_base_fee_that_was_set(ask: Ask, wallet: sl.SmartWalletClient, lab: sl.Lab) -> None:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    cheap = session.send_calls([sl.Call(lab.counter, function="increment()")])
    ask("hardhat_setNextBlockBaseFeePerGas", hex(3 * GWEI))
    dear = session.send_calls([sl.Call(lab.counter, function="increment()")])
    assert cheap.gas_cost == cheap.gas * GWEI
    assert dear.gas_cost == dear.gas * 3 * GWEI


@pytest.mark.parametrize("fee", ["0x0", hex(10**15 + 1), "five"])
def test_a_base_fee_that_the_lab_cannot_pay_is_refused(ask: Ask, fee: str) -> None:
    error = ask("anvil_setNextBlockBaseFeePerGas", fee)["error"]
    assert (error["code"], error["data"]["field"]) == (-32602, "baseFeePerGas")


def test_the_coinbase_gets_the_tips(ask: Ask, lab: sl.Lab, keys: list[Key]) -> None:
    who = "0x" + "77" * 20
    assert ask("hardhat_setCoinbase", who) is None
    assert ask("eth_coinbase") == who
    assert lab.balance(who) == 0
    ask("eth_sendTransaction", {"from": keys[0].address, "to": keys[1].address, "maxPriorityFeePerGas": "0x2"})
    assert lab.balance(who) == 2 * 21_000
    assert ask("eth_getBlockByNumber", "latest", False)["miner"].lower() == who


def test_what_was_set_goes_back_with_the_chain_and_is_saved(ask: Ask, lab: sl.Lab, tmp_path: Path) -> None:
    coinbase = ask("eth_coinbase")
    snapshot = ask("evm_snapshot")
    ask("anvil_setNextBlockBaseFeePerGas", hex(7 * GWEI))
    ask("anvil_setCoinbase", "0x" + "77" * 20)
    second = ask("evm_snapshot")
    ask("anvil_setNextBlockBaseFeePerGas", hex(9 * GWEI))
    lab.save(tmp_path / "a.lab")
    loaded = sl.Lab.load(tmp_path / "a.lab").chain
    assert loaded.base_fee == 9 * GWEI
    loaded.revert(int(second, 16))
    assert loaded.base_fee == 7 * GWEI
    assert ask("evm_revert", snapshot)
    assert (lab.chain.base_fee, ask("eth_coinbase")) == (GWEI, coinbase)


def test_a_reset_returns_to_where_the_server_began(ask: Ask, lab: sl.Lab, keys: list[Key]) -> None:
    assert ask("anvil_reset")["error"]["message"].startswith("This chain has no beginning")
    begin_here(lab.chain)
    height, root = lab.chain.height, lab.chain.state_root
    wallet = lab.wallet()
    wallet.grant_permissions([sl.Root()])
    ask("anvil_setNextBlockBaseFeePerGas", hex(7 * GWEI))
    for method in ("hardhat_reset", "anvil_reset"):
        ask("eth_sendTransaction", {"from": keys[0].address, "to": keys[1].address})
        assert ask(method) is None
        assert (lab.chain.height, lab.chain.state_root, lab.chain.base_fee) == (height, root, GWEI)
    assert ask("anvil_reset", {"forking": {"jsonRpcUrl": "http://a"}})["error"]["data"]["field"] == "forking"
    assert ask("eth_accounts") == [key.address for key in keys]


def test_evm_mine_takes_the_forms_of_anvil_and_of_hardhat(ask: Ask, lab: sl.Lab) -> None:
    """anvil 1.7.1: none, a time, or {timestamp, blocks}: the first block has the time, the others follow it."""
    height, now = lab.chain.height, lab.chain.now
    for params in ([], [None], [{}]):
        assert ask("evm_mine", *params) == "0x0"
    assert lab.chain.height == height + 3
    for time in (now + 100, hex(now + 200), {"timestamp": now + 300}, {"timestamp": hex(now + 400), "blocks": 1}):
        assert ask("evm_mine", time) == "0x0"
    assert [lab.chain.block(height + 4 + i).timestamp - now for i in range(4)] == [100, 200, 300, 400]
    ask("evm_mine", {"timestamp": now + 500, "blocks": 3})
    assert [lab.chain.block(height + 8 + i).timestamp - now for i in range(3)] == [500, 501, 502]
    assert lab.chain.height == height + 10


@pytest.mark.parametrize(
    ("params", "field"), [([5], "timestamp"), ([{"block": 2}], "block"), ([{"blocks": "0x0"}], "blocks")]
)
def test_another_form_is_refused_and_mines_nothing(ask: Ask, lab: sl.Lab, params: list[Any], field: str) -> None:
    height, now = lab.chain.height, lab.chain.now
    error = ask("evm_mine", *params)["error"]
    assert error["data"]["field"] == field
    assert (lab.chain.height, lab.chain.now) == (height, now)


@pytest.mark.parametrize(
    ("method", "params", "answer"),
    [
        ("web3_sha3", ["0x68656c6c6f"], "0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"),
        ("eth_blobBaseFee", [], "0x1"),
        ("eth_hashrate", [], "0x0"),
        ("eth_mining", [], False),
        ("net_peerCount", [], "0x0"),
        ("txpool_status", [], {"pending": "0x0", "queued": "0x0"}),
        ("txpool_content", [], {"pending": {}, "queued": {}}),
        ("txpool_inspect", [], {"pending": {}, "queued": {}}),
        ("eth_getUncleCountByBlockNumber", ["latest"], "0x0"),
        ("eth_getUncleByBlockNumberAndIndex", ["latest", "0x0"], None),
        ("eth_getUncleCountByBlockHash", ["0x" + "11" * 32], None),
        ("eth_getRawTransactionByHash", ["0x" + "11" * 32], None),
    ],
)
def test_what_follows_from_the_kind_of_chain(ask: Ask, method: str, params: list[Any], answer: Any) -> None:
    """What anvil 1.7.1 answers where it has the method; an unknown block is null, as in geth."""
    assert ask(method, *params) == answer


def test_nothing_is_pending_so_nothing_is_dropped_or_held_back(ask: Ask) -> None:
    assert ask("evm_setAutomine", True) is True
    assert ask("evm_setAutomine", False)["error"]["data"]["field"] == "enabled"
    assert ask("anvil_dropTransaction", "0x" + "11" * 32) is None
    assert ask("anvil_dropAllTransactions") is None


def test_node_info_has_anvils_fields(ask: Ask, lab: sl.Lab) -> None:
    info = ask("anvil_nodeInfo")
    assert info["currentBlockHash"] == lab.chain.block().hash
    assert info["environment"] == {
        "baseFee": hex(GWEI),
        "chainId": 1337,
        "gasLimit": hex(60_000_000),
        "gasPrice": hex(2 * GWEI),
    }
    metadata = ask("hardhat_metadata")
    assert (metadata["latestBlockNumber"], metadata["chainId"]) == (lab.chain.height, 1337)
