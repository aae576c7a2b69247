"""The full tables of JSON-RPC methods that a lab answers: the core's, and those that the core's client does not need.

``API_METHODS`` adds accounts, signed messages and the bundler's methods; ``METHODS`` adds the
other standard methods of a node, filters, and the cheats of other test chains.

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
from sessionlab.core.wallet_api import api, methods
from sessionlab.node.access_lists import create_access_list
from sessionlab.node.accounts import get_capabilities, list_accounts
from sessionlab.node.block_cheats import BLOCK_CHEATS
from sessionlab.node.calls import call, estimate_gas
from sessionlab.node.chain_methods import (
    DEFAULT_TIP,
    count_transactions,
    fee_history,
    get_block_receipts,
    get_code,
    get_full_block,
    get_nonce,
    get_receipt,
    get_storage,
    get_transaction,
    get_transaction_at,
    send_raw,
)
from sessionlab.node.cheats import (
    increase_time,
    mine,
    mine_after,
    mine_apart,
    revert,
    set_balance,
    set_code,
    set_next_timestamp,
    set_nonce,
    set_storage,
    take_snapshot,
)
from sessionlab.node.faucet import fund, get_status
from sessionlab.node.filters import (
    filter_changes,
    filter_logs,
    new_block_filter,
    new_filter,
    new_transaction_filter,
    uninstall_filter,
)
from sessionlab.node.finding_sessions import describe_sessions, find_session, known_sessions
from sessionlab.node.fixed_answers import FIXED
from sessionlab.node.geth_words import in_geths_words
from sessionlab.node.left_out import LEFT_OUT, absent
from sessionlab.node.parameters import without_parameters
from sessionlab.node.paymaster_methods import (
    paymaster_data,
    pimlico_gas_price,
    rundler_max_priority_fee,
    stub_data,
)
from sessionlab.node.raw_transactions import get_raw, get_raw_at
from sessionlab.node.senders import IMPERSONATION, ReadAsItGoes, accounts
from sessionlab.node.sending import (
    personal_sign,
    send_raw_sync,
    send_transaction,
    send_unsigned,
    sign,
    sign_transaction,
    sign_typed_data,
)
from sessionlab.node.sessions_of_key import sessions_of_key
from sessionlab.node.signing import format_sign, prepare_sign
from sessionlab.node.tracing import trace_call, trace_transaction
from sessionlab.node.user_operations import (
    estimate_user_operation_gas,
    get_user_operation_by_hash,
    get_user_operation_receipt,
    send_user_operation,
    supported_entry_points,
)

API_METHODS: Mapping[str, api.Method] = {
    **methods.METHODS,
    "wallet_listAccounts": list_accounts,
    "lab_knownSessions": known_sessions,
    "lab_describeSessions": describe_sessions,
    "lab_findSession": find_session,
    "lab_fund": fund,
    "wallet_prepareSign": prepare_sign,
    "wallet_formatSign": format_sign,
    "lab_sessionsOfKey": sessions_of_key,
    "eth_sendUserOperation": send_user_operation,
    "pm_getPaymasterStubData": stub_data,
    "pm_getPaymasterData": paymaster_data,
    **rpc.reads(
        {
            "wallet_getCapabilities": get_capabilities,
            "eth_supportedEntryPoints": without_parameters(supported_entry_points),
            "eth_estimateUserOperationGas": estimate_user_operation_gas,
            "eth_getUserOperationReceipt": get_user_operation_receipt,
            "eth_getUserOperationByHash": get_user_operation_by_hash,
            "pimlico_getUserOperationGasPrice": without_parameters(pimlico_gas_price),
            "rundler_maxPriorityFeePerGas": without_parameters(rundler_max_priority_fee),
        }
    ),
    "lab_status": ReadAsItGoes(without_parameters(get_status)),  # a frozen view's clock stands
}

_CHEATS: dict[str, Method] = {
    "mine": mine_apart,
    "setBalance": set_balance,
    "setCode": set_code,
    "setNonce": set_nonce,
    "setStorageAt": set_storage,
    **BLOCK_CHEATS,
    **IMPERSONATION,
}

_METHODS: dict[str, Method] = {
    **rpc.METHODS,
    **rpc.reads(
        {
            **FIXED,
            "eth_blockNumber": lambda chain, _: hex_quantity(chain.height),
            "eth_gasPrice": lambda chain, _: hex_quantity(chain.base_fee + DEFAULT_TIP),
            "eth_maxPriorityFeePerGas": lambda chain, _: hex_quantity(DEFAULT_TIP),
            "eth_feeHistory": fee_history,
            "eth_getCode": get_code,
            "eth_getStorageAt": get_storage,
            "eth_getTransactionCount": get_nonce,
            "eth_call": call,
            "eth_estimateGas": estimate_gas,
            "eth_getTransactionByHash": get_transaction,
            "eth_getRawTransactionByHash": get_raw,
            "eth_getRawTransactionByBlockNumberAndIndex": get_raw_at,
            "eth_getRawTransactionByBlockHashAndIndex": get_raw_at,
            "eth_createAccessList": create_access_list,
            "debug_traceTransaction": trace_transaction,
            "debug_traceCall": trace_call,
            "eth_getTransactionReceipt": get_receipt,
            "eth_getBlockByNumber": get_full_block,
            "eth_getBlockByHash": get_full_block,
            "eth_getBlockTransactionCountByNumber": count_transactions,
            "eth_getBlockTransactionCountByHash": count_transactions,
            "eth_getTransactionByBlockNumberAndIndex": get_transaction_at,
            "eth_getTransactionByBlockHashAndIndex": get_transaction_at,
            "eth_getBlockReceipts": get_block_receipts,
        }
    ),
    "eth_accounts": ReadAsItGoes(accounts),
    "eth_sign": ReadAsItGoes(sign),
    "personal_sign": ReadAsItGoes(personal_sign),
    "eth_signTypedData": ReadAsItGoes(sign_typed_data),  # the web3 package's name for it
    "eth_signTypedData_v4": ReadAsItGoes(sign_typed_data),
    "eth_signTransaction": sign_transaction,
    "eth_sendTransaction": send_transaction,
    "eth_sendUnsignedTransaction": send_unsigned,
    "eth_sendRawTransaction": send_raw,
    "eth_sendRawTransactionSync": send_raw_sync,
    "eth_newFilter": new_filter,
    "eth_newBlockFilter": new_block_filter,
    "eth_newPendingTransactionFilter": new_transaction_filter,
    "eth_getFilterChanges": filter_changes,
    "eth_getFilterLogs": filter_logs,
    "eth_uninstallFilter": uninstall_filter,
    **dict.fromkeys(("evm_snapshot", "anvil_snapshot"), take_snapshot),
    **dict.fromkeys(("evm_revert", "anvil_revert"), revert),
    "evm_mine": mine,
    "evm_increaseTime": increase_time,
    "evm_setNextBlockTimestamp": set_next_timestamp,
    "anvil_increaseTime": increase_time,
    "anvil_setNextBlockTimestamp": set_next_timestamp,
    **{f"{chain}_{name}": cheat for chain in ("anvil", "hardhat") for name, cheat in _CHEATS.items()},
    "anvil_mine": mine_after,
}

METHODS: Mapping[str, Method] = in_geths_words(_METHODS)
#: With what tells why a method is left out.
ANSWERS: Mapping[str, Method] = {**{name: absent(name) for name in LEFT_OUT}, **METHODS}


def handle(chain: Chain, method: str, params: Params | None = None) -> Any:
    """Answer one request. Raises RpcError for any error of the caller."""
    return rpc.handle(chain, method, params, ANSWERS)
