"""The full tables of methods, which a lab answers with: the core's and what its client does not need.

``API_METHODS`` adds accounts, signed messages and the bundler's methods; ``METHODS`` adds filters and the cheats of
other test chains.

    handle(chain, "evm_mine")
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.rpc_values import hex_quantity
from sessionlab.core.evm import rpc
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.rpc import Method
from sessionlab.core.evm.rpc_methods import Params
from sessionlab.core.wallet_api import api
from sessionlab.node.accounts import get_capabilities, list_accounts
from sessionlab.node.cheats import (
    increase_time,
    mine,
    mine_apart,
    revert,
    set_balance,
    set_code,
    set_next_timestamp,
    set_nonce,
    set_storage,
)
from sessionlab.node.filters import (
    filter_changes,
    filter_logs,
    new_block_filter,
    new_filter,
    new_transaction_filter,
    uninstall_filter,
)
from sessionlab.node.signing import format_sign, prepare_sign
from sessionlab.node.user_operations import (
    estimate_user_operation_gas,
    get_user_operation_by_hash,
    get_user_operation_receipt,
    send_user_operation,
    supported_entry_points,
)

API_METHODS: Mapping[str, api.Method] = {
    **api.METHODS,
    "wallet_listAccounts": list_accounts,
    "wallet_getCapabilities": get_capabilities,
    "wallet_prepareSign": prepare_sign,
    "wallet_formatSign": format_sign,
    "eth_supportedEntryPoints": supported_entry_points,
    "eth_estimateUserOperationGas": estimate_user_operation_gas,
    "eth_sendUserOperation": send_user_operation,
    "eth_getUserOperationReceipt": get_user_operation_receipt,
    "eth_getUserOperationByHash": get_user_operation_by_hash,
}

_CHEATS: dict[str, Method] = {
    "mine": mine_apart,
    "setBalance": set_balance,
    "setCode": set_code,
    "setNonce": set_nonce,
    "setStorageAt": set_storage,
}

METHODS: Mapping[str, Method] = {
    **rpc.METHODS,
    "eth_newFilter": new_filter,
    "eth_newBlockFilter": new_block_filter,
    "eth_newPendingTransactionFilter": new_transaction_filter,
    "eth_getFilterChanges": filter_changes,
    "eth_getFilterLogs": filter_logs,
    "eth_uninstallFilter": uninstall_filter,
    "evm_snapshot": lambda chain, _: hex_quantity(chain.snapshot()),
    "evm_revert": revert,
    "evm_mine": mine,
    "evm_increaseTime": increase_time,
    "evm_setNextBlockTimestamp": set_next_timestamp,
    "anvil_increaseTime": increase_time,
    "anvil_setNextBlockTimestamp": set_next_timestamp,
    **{f"{chain}_{name}": cheat for chain in ("anvil", "hardhat") for name, cheat in _CHEATS.items()},
}


def handle(chain: Chain, method: str, params: Params | None = None) -> Any:
    """Answer one request. Raises RpcError for whatever the caller got wrong."""
    return rpc.handle(chain, method, params, METHODS)
