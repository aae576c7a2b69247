"""Published methods that a lab does not answer, each with the reason, which its error tells too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc import Method, Read, unknown

_NO_POOL = "there is no mempool of transactions: each is mined when it is sent"
_NO_LISTS = "blocks have no access lists (EIP-7928 is not part of Prague)"
_RAW = "the raw data is not kept; hashes and fields are"
_NO_INTERVAL = "a block is mined for each transaction, and by evm_mine"
_GAS_LIMIT = "the gas limit of blocks never changes"
_TIMESTAMPS = "set the next block's time with evm_setNextBlockTimestamp, or mine with anvil_mine and an interval"
_MIN_PRICE = "gas costs the base fee at least, which anvil_setNextBlockBaseFeePerGas sets"
_LOGGING = "a server logs each request unless it is started with --quiet"
_STATE = "a lab is saved with lab.save(path), and served again with --load"
_DETAILS = "mine with evm_mine, and ask for the block"

#: Published methods (github.com/ethereum/execution-apis, anvil, hardhat) that are not served, and why.
LEFT_OUT: Mapping[str, str] = {
    "txpool_contentFrom": _NO_POOL,
    "eth_getProof": "proofs of the state are not made",
    "eth_simulateV1": "several blocks in one simulation are not run; eth_call takes state and block overrides",
    "eth_subscribe": "there are no websockets; poll with filters",
    "eth_capabilities": "nothing is pruned, and nothing is to be negotiated",
    "eth_config": "the fork never changes: Prague",
    "eth_fillTransaction": "clients fill in what is missing, by eth_estimateGas, eth_feeHistory and the nonce",
    "eth_getBlockAccessList": _NO_LISTS,
    "debug_getRawBlockAccessList": _NO_LISTS,
    "debug_getBadBlocks": "no block is ever bad: the lab makes them all",
    "debug_getRawBlock": _RAW,
    "debug_getRawHeader": _RAW,
    "debug_getRawReceipts": _RAW,
    "debug_getRawTransaction": _RAW,
    "debug_traceBlockByHash": "trace the block's transactions",
    "debug_traceBlockByNumber": "trace the block's transactions",
    "eth_getStorageValues": "ask for each slot with eth_getStorageAt",
    "eth_baseFee": "the base fee is in the block and in eth_feeHistory",
    **dict.fromkeys(("anvil_setIntervalMining", "evm_setIntervalMining"), _NO_INTERVAL),
    **dict.fromkeys(("anvil_setBlockGasLimit", "evm_setBlockGasLimit"), _GAS_LIMIT),
    **dict.fromkeys(("anvil_setBlockTimestampInterval", "anvil_removeBlockTimestampInterval"), _TIMESTAMPS),
    **dict.fromkeys(("anvil_setTime", "evm_setTime"), _TIMESTAMPS),
    **dict.fromkeys(("anvil_setMinGasPrice", "hardhat_setMinGasPrice"), _MIN_PRICE),
    **dict.fromkeys(("anvil_setLoggingEnabled", "hardhat_setLoggingEnabled"), _LOGGING),
    **dict.fromkeys(("anvil_dumpState", "anvil_loadState", "hardhat_dumpState", "hardhat_loadState"), _STATE),
    **dict.fromkeys(("anvil_mine_detailed", "evm_mine_detailed"), _DETAILS),
    "anvil_setChainId": "the chain's id never changes",
    "anvil_setRpcUrl": "this chain does not fork another",
    "hardhat_setPrevRandao": "what PREVRANDAO gives follows from the seed",
}


def absent(name: str) -> Method:
    """Return what answers a method that is left out: its error."""

    def answer(chain: Chain, params: Any) -> NoReturn:
        raise unknown(name, (), LEFT_OUT[name])

    return Read(answer)
