"""What a node answers is valid by the published schemas (github.com/ethereum/execution-apis, CC0).

``execution_apis.json`` has the result schema of every method there, and says which commit it was taken from.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

import sessionlab as sl
from sessionlab.node.methods import METHODS

PUBLISHED = json.loads((Path(__file__).parent / "execution_apis.json").read_text(encoding="utf-8"))
COUNTER_DATA = "0xd09de08a"
GWEI = 10**9


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    """A chain with transactions of the types 0, 1, 2 and 4, a creation, a failure and empty blocks."""
    lab, key = sl.Lab(seed=1), sl.new_key("types")
    lab.chain.set_balance(key.address, sl.ether(10))
    fees = {"maxFeePerGas": 3 * GWEI, "maxPriorityFeePerGas": GWEI}
    listed = [{"address": lab.counter, "storageKeys": ["0x" + "00" * 32]}]

    def send(**fields: Any) -> None:
        nonce = lab.chain.nonce(key.address)
        tx = {"chainId": 1337, "nonce": nonce, "gas": 300_000, "value": 0, "to": lab.counter, "data": COUNTER_DATA}
        signed = Account.sign_transaction({**tx, **fields}, key.private)
        lab.provider.request("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])

    send(gasPrice=2 * GWEI)
    send(gasPrice=2 * GWEI, type=1, accessList=listed)
    send(**fees, accessList=listed)
    send(**fees, data="0x12345678")  # reverts
    send(**fees, to="", data="0x600160005360016000f3")
    nonce = lab.chain.nonce(key.address) + 1
    delegation = {"chainId": 1337, "address": lab.counter, "nonce": nonce}
    send(**fees, to=key.address, authorizationList=[Account.sign_authorization(delegation, key.private)])
    lab.chain.mine()
    kinds = {tx.type for block in map(lab.chain.block, range(lab.chain.height + 1)) for tx in block.transactions}
    assert kinds == {0, 1, 2, 4}
    return lab


def requests(lab: sl.Lab) -> Iterator[tuple[str, list[Any]]]:
    """Requests of every served method that is published, about everything on the chain."""
    chain, account = lab.chain, sl.new_key("types").address
    for method in ("eth_accounts", "eth_blockNumber", "eth_chainId", "eth_gasPrice", "eth_maxPriorityFeePerGas"):
        yield method, []
    for method in ("eth_syncing", "net_version", "eth_newBlockFilter", "eth_newPendingTransactionFilter"):
        yield method, []
    for method in ("eth_blobBaseFee", "eth_baseFee", "eth_coinbase"):
        yield method, []
    call = {"from": account, "to": lab.counter, "input": COUNTER_DATA}
    yield "eth_call", [call, "latest"]
    yield "eth_estimateGas", [call]
    yield "eth_createAccessList", [call]
    yield "eth_newFilter", [{"fromBlock": "0x0"}]
    yield "eth_getLogs", [{"fromBlock": "0x0"}]
    yield "eth_feeHistory", ["0x5", "latest", [10, 50]]
    yield "eth_feeHistory", ["0x5", "latest", []]
    for tag in ("latest", "safe", "finalized", "earliest", "pending"):
        yield "eth_getBlockByNumber", [tag, False]
    for at in map(chain.block, range(chain.height + 1)):
        number = hex(at.number)
        for full in (False, True):
            yield "eth_getBlockByNumber", [number, full]
            yield "eth_getBlockByHash", [at.hash, full]
        yield "eth_getBlockReceipts", [number]
        yield "eth_getBlockTransactionCountByNumber", [number]
        yield "eth_getBlockTransactionCountByHash", [at.hash]
        yield "eth_getBalance", [account, number]
        yield "eth_getCode", [lab.counter, number]
        yield "eth_getStorageAt", [lab.counter, "0x0", number]
        yield "eth_getTransactionCount", [account, number]
        yield "eth_getLogs", [{"blockHash": at.hash}]
        for method in ("debug_getRawHeader", "debug_getRawBlock", "debug_getRawReceipts"):
            yield method, [number]
        for tx in at.transactions:
            yield "eth_getTransactionByHash", [tx.hash]
            yield "eth_getTransactionReceipt", [tx.hash]
            yield "eth_getTransactionByBlockNumberAndIndex", [number, hex(tx.index)]
            yield "eth_getTransactionByBlockHashAndIndex", [at.hash, hex(tx.index)]
            yield "debug_getRawTransaction", [tx.hash]
    for method in ("eth_getTransactionByHash", "eth_getTransactionReceipt"):
        yield method, ["0x" + "ab" * 32]
    yield "eth_getBlockByNumber", ["0xffffff", False]


#: What geth and web3.py's tests have as null in the pending block, and the published schema has not.
UNKNOWN_YET = {"hash": "0x" + "00" * 32, "nonce": "0x" + "00" * 8, "miner": "0x" + "00" * 20}


def wrong(method: str, answer: Any) -> list[str]:
    """What is wrong with an answer."""
    from jsonschema import Draft202012Validator  # takes a second, in every worker that only collects

    if method in ("eth_getLogs", "eth_getFilterLogs", "eth_getFilterChanges") and answer == []:
        return []  # the published schema has `oneOf` two kinds of list, and an empty one is of both kinds
    schema = {**PUBLISHED["results"][method], "components": PUBLISHED["components"]}
    found = Draft202012Validator(schema).iter_errors(answer)
    return [f"{method}: {error.json_path}: {error.message[:200]}" for error in found]


def filled(params: list[Any], answer: Any) -> Any:
    """The pending block with what it cannot know yet; any other answer as it is."""
    if params[:1] != ["pending"]:
        return answer
    assert all(answer[name] is None for name in UNKNOWN_YET)
    return {**answer, **UNKNOWN_YET}


def test_every_answer_is_valid(lab: sl.Lab) -> None:
    count, errors = Counter[str](), []
    for method, params in requests(lab):
        if method in METHODS:
            answer = lab.provider.request(method, params)
            count[method] += 1
            errors += wrong(method, filled(params, json.loads(json.dumps(answer))))
    for made in ("eth_newFilter", "eth_newBlockFilter"):
        number = lab.provider.request(made, [{"fromBlock": "0x0"}] if made == "eth_newFilter" else [])
        lab.chain.mine()
        errors += wrong("eth_getFilterChanges", lab.provider.request("eth_getFilterChanges", [number]))
        if made == "eth_newFilter":
            logs = lab.provider.request("eth_getFilterLogs", [number])
            assert logs
            errors += wrong("eth_getFilterLogs", logs)
        errors += wrong("eth_uninstallFilter", lab.provider.request("eth_uninstallFilter", [number]))
    assert not errors, f"{len(errors)} are wrong, such as {errors[:5]}"
    assert count.total() > 150


def test_a_schema_can_fail(lab: sl.Lab) -> None:
    (block,) = [lab.provider.request("eth_getBlockByNumber", ["0x1", False])]
    assert wrong("eth_getBlockByNumber", {name: value for name, value in block.items() if name != "size"})
    assert wrong("eth_getBlockByNumber", {**block, "number": "1"})
    assert wrong("eth_chainId", 1337)


def test_the_time_of_a_block_is_told_with_its_transactions_and_logs(lab: sl.Lab) -> None:
    for log in lab.provider.request("eth_getLogs", [{"fromBlock": "0x0"}]):
        block = lab.provider.request("eth_getBlockByNumber", [log["blockNumber"], True])
        (receipt,) = lab.provider.request("eth_getBlockReceipts", [log["blockNumber"]])
        told = [log, *block["transactions"], *receipt["logs"]]
        assert {part["blockTimestamp"] for part in told} == {block["timestamp"]}
