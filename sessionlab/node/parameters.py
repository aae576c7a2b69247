"""The positional parameters of each method of a node, by name. A surplus one is refused, not dropped.

Names and order are those of github.com/ethereum/execution-apis, and of anvil and hardhat for their own methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import TAGS, block_id, flag, plain, sized_data
from sessionlab.core.evm.rpc_methods import Params

if TYPE_CHECKING:
    from sessionlab.core.wallet_api import api
    from sessionlab.core.wallet_api.api import WalletApi

#: Of an account and of a block; a question mark follows the name of a parameter that may be left out.
_ACCOUNT = "address block?"
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
    "debug_traceCall": "transaction block? options?",
    "debug_traceTransaction": "transactionHash options?",
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
    "eth_getBlockByHash": "blockHash full?",
    "eth_getBlockByNumber": "blockNumber full?",
    "eth_getBlockReceipts": "block",
    "eth_getBlockTransactionCountByHash": "blockHash",
    "eth_getBlockTransactionCountByNumber": "blockNumber",
    "eth_getCode": _ACCOUNT,
    "eth_getFilterChanges": "filterId",
    "eth_getFilterLogs": "filterId",
    "eth_getLogs": "filter",
    "eth_getRawTransactionByBlockHashAndIndex": "blockHash index",
    "eth_getRawTransactionByBlockNumberAndIndex": "blockNumber index",
    "eth_getRawTransactionByHash": "transactionHash",
    "eth_getStorageAt": "address slot block?",
    "eth_getTransactionByBlockHashAndIndex": "blockHash index",
    "eth_getTransactionByBlockNumberAndIndex": "blockNumber index",
    "eth_getTransactionByHash": "transactionHash",
    "eth_getTransactionCount": _ACCOUNT,
    "eth_getTransactionReceipt": "transactionHash",
    "eth_getUncleByBlockHashAndIndex": "blockHash index",
    "eth_getUncleByBlockNumberAndIndex": "blockNumber index",
    "eth_getUncleCountByBlockHash": "blockHash",
    "eth_getUncleCountByBlockNumber": "blockNumber",
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
    "anvil_revert": "snapshot",
    "anvil_setAutomine": "enabled",
    "anvil_snapshot": "",
}


def _number_or_tag(value: Any, field: str) -> None:
    if isinstance(block_id(value, field), str) and value not in TAGS:
        raise InvalidInput("This is a block's hash.", field=field, asked=plain(value), fix="ask by a number or a tag.")


#: What a parameter of this name has to be, where its method would take more than a node does.
FORMS: Mapping[str, Callable[[Any, str], object]] = {
    "blockHash": partial(sized_data, size=32),
    "blockNumber": _number_or_tag,
    "enabled": flag,
    "full?": flag,
    "transactionHash": partial(sized_data, size=32),
}


def check_parameters(method: str, params: Params) -> None:
    """Raise InvalidInput for the first parameter that is missing, not in this form, or more than the method takes."""
    known = PARAMETERS[method].split()
    if len(params) > len(known):
        listed = f"It takes {', '.join(known)}." if known else "It takes none."
        raise InvalidInput(
            f"too many arguments, want at most {len(known)}. {listed}",
            field=f"params[{len(known)}]",
            asked=plain(params[len(known)]),
            fix="leave it out.",
        )
    for index, name in enumerate(known):
        value = params[index] if index < len(params) else None
        if value is None and not name.endswith("?"):
            message = f"missing value for required argument {index}. It takes {', '.join(known)}."
            raise InvalidInput(message, field=name, fix=f"send {name}.")
        if name in FORMS and value is not None:
            FORMS[name](value, name.rstrip("?"))


def without_parameters(method: api.Method) -> api.Method:
    """Return a method of the Wallet API that takes no parameters, and refuses any."""

    @wraps(method)
    def answer(api: WalletApi, params: Any) -> Any:
        if params:
            message = "too many arguments, want at most 0. It takes none."
            raise InvalidInput(message, field="params", fix="leave them out.")
        return method(api, params)

    return answer
