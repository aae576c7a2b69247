"""The positional parameters of each method of a node, by name. A surplus one is refused, not dropped.

Names and order are those of github.com/ethereum/execution-apis, and of anvil and hardhat for their own methods.
"""

from __future__ import annotations

from collections.abc import Mapping

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import plain
from sessionlab.core.evm.rpc_methods import Params

#: Of an account and of a block; a question mark follows the name of a parameter that may be left out.
_ACCOUNT, _BLOCK, _PLACE = "address block?", "block", "block index"
_CALL = "transaction block? stateOverrides? blockOverrides?"

_CHEATS: Mapping[str, str] = {
    "autoImpersonateAccount": "enabled",
    "dropAllTransactions": "",
    "dropTransaction": "transactionHash",
    "getAutomine": "",
    "impersonateAccount": "address",
    "increaseTime": "seconds",
    "metadata": "",
    "mine": "blocks? interval?",
    "nodeInfo": "",
    "reset": "forking?",
    "setBalance": "address balance",
    "setCode": "address code",
    "setCoinbase": "address",
    "setNextBlockBaseFeePerGas": "baseFeePerGas",
    "setNextBlockTimestamp": "timestamp",
    "setNonce": "address nonce",
    "setStorageAt": "address slot value",
    "stopImpersonatingAccount": "address",
}

PARAMETERS: Mapping[str, str] = {
    "debug_traceCall": "transaction block options",
    "debug_traceTransaction": "transactionHash options",
    "eth_accounts": "",
    "eth_blobBaseFee": "",
    "eth_blockNumber": "",
    "eth_call": _CALL,
    "eth_chainId": "",
    "eth_coinbase": "",
    "eth_createAccessList": "transaction block? stateOverrides?",
    "eth_estimateGas": _CALL,
    "eth_feeHistory": "blockCount newestBlock percentiles?",
    "eth_gasPrice": "",
    "eth_getBalance": _ACCOUNT,
    "eth_getBlockByHash": "block full?",
    "eth_getBlockByNumber": "block full?",
    "eth_getBlockReceipts": _BLOCK,
    "eth_getBlockTransactionCountByHash": _BLOCK,
    "eth_getBlockTransactionCountByNumber": _BLOCK,
    "eth_getCode": _ACCOUNT,
    "eth_getFilterChanges": "filterId",
    "eth_getFilterLogs": "filterId",
    "eth_getLogs": "filter",
    "eth_getRawTransactionByBlockHashAndIndex": _PLACE,
    "eth_getRawTransactionByBlockNumberAndIndex": _PLACE,
    "eth_getRawTransactionByHash": "transactionHash",
    "eth_getStorageAt": "address slot block?",
    "eth_getTransactionByBlockHashAndIndex": _PLACE,
    "eth_getTransactionByBlockNumberAndIndex": _PLACE,
    "eth_getTransactionByHash": "transactionHash",
    "eth_getTransactionCount": _ACCOUNT,
    "eth_getTransactionReceipt": "transactionHash",
    "eth_getUncleByBlockHashAndIndex": _PLACE,
    "eth_getUncleByBlockNumberAndIndex": _PLACE,
    "eth_getUncleCountByBlockHash": _BLOCK,
    "eth_getUncleCountByBlockNumber": _BLOCK,
    "eth_hashrate": "",
    "eth_maxPriorityFeePerGas": "",
    "eth_mining": "",
    "eth_newBlockFilter": "",
    "eth_newFilter": "filter",
    "eth_newPendingTransactionFilter": "full?",
    "eth_pendingTransactions": "",
    "eth_sendRawTransaction": "rawTransaction",
    "eth_sendRawTransactionSync": "rawTransaction timeout?",
    "eth_sendTransaction": "transaction",
    "eth_sendUnsignedTransaction": "transaction",
    "eth_sign": "address message",
    "eth_signTransaction": "transaction",
    "eth_signTypedData": "address typedData",
    "eth_signTypedData_v4": "address typedData",
    "eth_syncing": "",
    "eth_uninstallFilter": "filterId",
    "evm_increaseTime": "seconds",
    "evm_mine": "options?",
    "evm_revert": "snapshot",
    "evm_setAutomine": "enabled",
    "evm_setNextBlockTimestamp": "timestamp",
    "evm_snapshot": "",
    "net_listening": "",
    "net_peerCount": "",
    "net_version": "",
    "personal_sign": "message address password?",  # nothing is locked here, so that any password will do
    "txpool_content": "",
    "txpool_inspect": "",
    "txpool_status": "",
    "web3_clientVersion": "",
    "web3_sha3": "data",
    **{f"{chain}_{name}": named for chain in ("anvil", "hardhat") for name, named in _CHEATS.items()},
}


def refuse_surplus(method: str, params: Params) -> None:
    """Raise InvalidInput for the first parameter that the method does not take, in geth's words."""
    known = PARAMETERS[method].split()
    if len(params) > len(known):
        listed = f"It takes {', '.join(known)}." if known else "It takes none."
        raise InvalidInput(
            f"too many arguments, want at most {len(known)}. {listed}",
            field=f"params[{len(known)}]",
            asked=plain(params[len(known)]),
            fix="leave it out.",
        )
