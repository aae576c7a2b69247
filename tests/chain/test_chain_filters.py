"""Filters over JSON-RPC, as web3 and other clients poll them."""

import pytest
from web3 import Web3

from sessionlab.core.base.errors import RpcError
from sessionlab.core.evm import GenesisAccount
from sessionlab.node.methods import handle
from sessionlab.node.provider import ChainProvider

COUNTER = "0x" + "c0" * 20
SEVEN = "0x" + "07".rjust(64, "0")


@pytest.fixture
def chain(make_chain, counter):
    return make_chain({COUNTER: GenesisAccount(nonce=1, code=counter)})


@pytest.fixture
def count(chain, owner_key):
    return lambda: chain.transact(owner_key, COUNTER)


def test_a_log_filter_tells_of_each_log_once(chain, count):
    count()
    made = handle(chain, "eth_newFilter", [{"address": COUNTER, "fromBlock": "0x0"}])
    assert handle(chain, "eth_getFilterChanges", [made]) == []
    receipts = [count(), count()]
    told = handle(chain, "eth_getFilterChanges", [made])
    assert [log["transactionHash"] for log in told] == [r.transaction_hash for r in receipts]
    assert handle(chain, "eth_getFilterChanges", [made]) == []
    assert len(handle(chain, "eth_getFilterLogs", [made])) == 3


def test_a_log_filter_keeps_to_its_topics_and_blocks(chain, count):
    topics = handle(chain, "eth_newFilter", [{"topics": [SEVEN]}])
    others = handle(chain, "eth_newFilter", [{"topics": ["0x" + "08".rjust(64, "0")]}])
    second = handle(chain, "eth_newFilter", [{"fromBlock": "0x2", "toBlock": "0x2"}])
    for _ in range(3):
        count()
    assert len(handle(chain, "eth_getFilterChanges", [topics])) == 3
    assert handle(chain, "eth_getFilterChanges", [others]) == []
    assert [log["blockNumber"] for log in handle(chain, "eth_getFilterChanges", [second])] == ["0x2"]
    assert [log["blockNumber"] for log in handle(chain, "eth_getFilterLogs", [second])] == ["0x2"]


def test_block_and_transaction_filters_tell_hashes(chain, count):
    blocks = handle(chain, "eth_newBlockFilter")
    transactions = handle(chain, "eth_newPendingTransactionFilter")
    chain.mine()
    receipt = count()
    assert handle(chain, "eth_getFilterChanges", [blocks]) == [chain.block(1).hash, chain.block(2).hash]
    assert handle(chain, "eth_getFilterChanges", [transactions]) == [receipt.transaction_hash]
    with pytest.raises(RpcError, match="not about logs"):
        handle(chain, "eth_getFilterLogs", [blocks])


def test_after_a_revert_a_filter_tells_what_replaces_the_lost_blocks(chain, count):
    count()
    made, blocks = handle(chain, "eth_newFilter", [{}]), handle(chain, "eth_newBlockFilter")
    moment = chain.snapshot()
    count()
    count()
    assert len(handle(chain, "eth_getFilterChanges", [made])) == 2
    chain.revert(moment)
    assert handle(chain, "eth_getFilterChanges", [made]) == []
    assert handle(chain, "eth_getFilterChanges", [blocks]) == []
    chain.travel(50)  # so that the block in its place is another
    receipt = count()
    (log,) = handle(chain, "eth_getFilterChanges", [made])
    assert log["blockHash"] == receipt.block_hash
    assert handle(chain, "eth_getFilterChanges", [blocks]) == [receipt.block_hash]
    # Without fromBlock, the logs of a filter are the newest block's, as in geth.
    assert handle(chain, "eth_getFilterLogs", [made]) == [log]
    count()
    assert [log["blockNumber"] for log in handle(chain, "eth_getFilterLogs", [made])] == ["0x3"]


def test_a_filter_that_is_gone_is_refused(chain):
    made = handle(chain, "eth_newBlockFilter")
    assert handle(chain, "eth_uninstallFilter", [made]) is True
    assert handle(chain, "eth_uninstallFilter", [made]) is False
    with pytest.raises(RpcError, match="no filter 1"):
        handle(chain, "eth_getFilterChanges", [made])


def test_filters_of_two_chains_know_nothing_of_each_other(chain, make_chain):
    made = handle(chain, "eth_newBlockFilter")
    with pytest.raises(RpcError, match="no filter"):
        handle(make_chain(), "eth_getFilterChanges", [made])


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_newFilter", ["0x1"]),
        ("eth_newFilter", [{"fromBlock": "0x" + "ab" * 32}]),
        ("eth_newFilter", [{"address": "0x12"}]),
        ("eth_getFilterChanges", []),
        ("eth_getFilterChanges", [7]),
    ],
)
def test_malformed_requests_are_refused(chain, method, params):
    with pytest.raises(RpcError) as refused:
        handle(chain, method, params)
    assert refused.value.code == -32602


def test_earliest_and_latest_are_bounds(chain, count):
    made = handle(chain, "eth_newFilter", [{"fromBlock": "earliest", "toBlock": "latest"}])
    count()
    assert len(handle(chain, "eth_getFilterChanges", [made])) == 1


def test_web3_makes_and_polls_filters(chain, count):
    w3 = Web3(ChainProvider(chain))
    logs = w3.eth.filter({"address": Web3.to_checksum_address(COUNTER)})
    blocks = w3.eth.filter("latest")
    receipt = count()
    assert [entry["logIndex"] for entry in logs.get_new_entries()] == [0]
    assert [entry.to_0x_hex() for entry in blocks.get_new_entries()] == [receipt.block_hash]
    assert len(logs.get_all_entries()) == 1
    assert w3.eth.uninstall_filter(logs.filter_id)
