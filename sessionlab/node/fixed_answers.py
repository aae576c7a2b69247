"""Methods whose answer follows from what this chain is: no mempool, no uncles, no blobs, no peers, no mining."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import data, hex_data, hex_quantity, plain, quantity
from sessionlab.core.base.version import __version__
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc import Method
from sessionlab.core.evm.rpc_methods import Params, need
from sessionlab.node.chain_methods import DEFAULT_TIP, block_at

CLIENT = "sessionlab/py-evm/prague"
LEAST_BLOB_FEE = 1  # wei, EIP-4844: what a blob's gas costs while nobody sends blobs


def sha3(chain: Chain, params: Params) -> str:
    """Answer web3_sha3: the keccak-256 of data."""
    from eth_hash.auto import keccak

    return hex_data(keccak(data(need(params, 0, "data"), "data")))


def count_uncles(chain: Chain, params: Params) -> str | None:
    """Answer eth_getUncleCountByBlockNumber and ByBlockHash: 0; null if there is no such block."""
    return None if block_at(chain, params) is None else "0x0"


def get_uncle(chain: Chain, params: Params) -> None:
    """Answer eth_getUncleByBlockNumberAndIndex and ByBlockHashAndIndex: null."""
    quantity(need(params, 1, "index"), "index")


def coinbase(chain: Chain, params: Params) -> str:
    """Answer eth_coinbase: who gets the tips of the next block."""
    return hex_data(chain.engine.settings.coinbase)


def node_info(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer anvil_nodeInfo."""
    newest = chain.block()
    return {
        "currentBlockNumber": hex_quantity(newest.number),
        "currentBlockTimestamp": newest.timestamp,
        "currentBlockHash": newest.hash,
        "hardFork": "Prague",
        "transactionOrder": "fees",
        "environment": {
            "baseFee": hex_quantity(chain.base_fee),
            "chainId": chain.chain_id,
            "gasLimit": hex_quantity(chain.gas_limit),
            "gasPrice": hex_quantity(chain.base_fee + DEFAULT_TIP),
        },
        "forkConfig": {"forkUrl": None, "forkBlockNumber": None, "forkRetryBackoff": None},
    }


def metadata(chain: Chain, params: Params) -> dict[str, Any]:
    """Answer hardhat_metadata and anvil_metadata."""
    newest = chain.block()
    return {
        "clientVersion": f"sessionlab/{__version__}",
        "chainId": chain.chain_id,
        "instanceId": chain.block(0).hash,
        "latestBlockNumber": newest.number,
        "latestBlockHash": newest.hash,
        "forkedNetwork": None,
    }


def set_automine(chain: Chain, params: Params) -> bool:
    """Answer evm_setAutomine: this chain mines at once, and cannot do otherwise."""
    if need(params, 0, "enabled") is not True:
        fix = "send [true], or leave it out; travel in time with evm_increaseTime."
        raise InvalidInput("Every transaction is mined at once here.", field="enabled", asked=plain(params[0]), fix=fix)
    return True


FIXED: Mapping[str, Method] = {
    "web3_clientVersion": lambda chain, _: CLIENT,
    "web3_sha3": sha3,
    "net_version": lambda chain, _: str(chain.chain_id),
    "net_listening": lambda chain, _: True,
    "net_peerCount": lambda chain, _: "0x0",
    "eth_syncing": lambda chain, _: False,
    "eth_mining": lambda chain, _: False,
    "eth_hashrate": lambda chain, _: "0x0",
    "eth_coinbase": coinbase,
    "eth_blobBaseFee": lambda chain, _: hex_quantity(LEAST_BLOB_FEE),
    "eth_getUncleCountByBlockNumber": count_uncles,
    "eth_getUncleCountByBlockHash": count_uncles,
    "eth_getUncleByBlockNumberAndIndex": get_uncle,
    "eth_getUncleByBlockHashAndIndex": get_uncle,
    "eth_pendingTransactions": lambda chain, _: [],
    "txpool_status": lambda chain, _: {"pending": "0x0", "queued": "0x0"},
    "txpool_content": lambda chain, _: {"pending": {}, "queued": {}},
    "txpool_inspect": lambda chain, _: {"pending": {}, "queued": {}},
    "anvil_nodeInfo": node_info,
    "anvil_metadata": metadata,
    "hardhat_metadata": metadata,
    **dict.fromkeys(("evm_setAutomine", "anvil_setAutomine"), set_automine),
    "anvil_dropTransaction": lambda chain, _: None,  # none is ever pending
    "anvil_dropAllTransactions": lambda chain, _: None,
    "anvil_getAutomine": lambda chain, _: True,
    "hardhat_getAutomine": lambda chain, _: True,
}
