"""Decode raw transactions, and refuse any that no block can hold.

Every refusal is a ChainError (InvalidInput if the bytes themselves are malformed) that gives the field, what was asked,
what would have been possible and the next step. It is raised before anything runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eth.constants import CREATE_CONTRACT_ADDRESS, SECPK1_N
from eth.vm.forks.prague.transactions import PragueTransactionBuilder

from sessionlab.core.base.errors import ChainError, InvalidInput
from sessionlab.core.evm.records import DELEGATION

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

    from sessionlab.core.evm.block_building import Settings

MAX_INITCODE = 49_152  # bytes, EIP-3860
BLOB_TYPE = 3  # EIP-4844


def decode(raw: bytes) -> SignedTransactionAPI:
    """Decode a signed transaction of type 0, 1, 2 or 4. Raises InvalidInput if it is malformed."""
    if raw[:1] == bytes([BLOB_TYPE]):
        raise ChainError("This chain carries no blob transactions.", field="type", asked=3, left=[0, 1, 2, 4])
    try:
        transaction = PragueTransactionBuilder.decode(raw)
        transaction.validate()
        _ = transaction.sender  # recovers the sender from the signature and caches it
    except Exception as error:  # py-evm, rlp and eth_keys each raise their own errors; all mean malformed bytes
        raise InvalidInput(
            f"Not a signed transaction: {error}", field="rawTransaction", fix="sign it again."
        ) from error
    if transaction.s > SECPK1_N // 2:
        raise InvalidInput("The signature's s is in the upper half (EIP-2).", field="s", asked=hex(transaction.s))
    return transaction


def admit(transaction: SignedTransactionAPI, state: Any, settings: Settings, impersonated: bool = False) -> None:
    """Raise ChainError for a transaction that the next block cannot hold.

    ``state`` provides balances and nonces and is not modified.
    """
    _check_chain(transaction, settings.chain_id)
    _check_gas(transaction, settings.gas_limit)
    _check_fees(transaction, settings.base_fee)
    _check_nonce(transaction, state.get_nonce(transaction.sender))
    _check_balance(transaction, state.get_balance(transaction.sender))
    code = state.get_code(transaction.sender)
    if code and not code.startswith(DELEGATION) and not impersonated:
        raise ChainError(
            "A contract cannot send a transaction (EIP-3607).",
            field="from",
            asked="0x" + transaction.sender.hex(),
        )


def _check_chain(transaction: SignedTransactionAPI, chain_id: int) -> None:
    if transaction.chain_id not in (None, chain_id):
        raise ChainError(
            f"Signed for chain {transaction.chain_id}, and this is chain {chain_id}.",
            field="chainId",
            asked=transaction.chain_id,
            left=chain_id,
            fix=f"sign with chainId {chain_id}.",
        )


def _check_gas(transaction: SignedTransactionAPI, gas_limit: int) -> None:
    asked, data = transaction.gas, transaction.data
    if asked > gas_limit:
        raise ChainError(
            f"Gas {asked} is over the block's limit of {gas_limit}.",
            field="gas",
            asked=asked,
            left=gas_limit,
            fix=f"ask for at most {gas_limit}.",
        )
    creates = transaction.to == CREATE_CONTRACT_ADDRESS
    if creates and len(data) > MAX_INITCODE:
        raise ChainError(
            f"Init code of {len(data)} bytes is over {MAX_INITCODE}.",
            field="data",
            asked=len(data),
            left=MAX_INITCODE,
        )
    needed = max(transaction.intrinsic_gas, floor_gas(data))
    if creates:
        needed += 2 * ((len(data) + 31) // 32)
    if asked < needed:
        raise ChainError(
            f"Gas {asked} does not pay for the transaction itself: {needed} go before any code runs.",
            field="gas",
            asked=asked,
            left=needed,
            fix=f"ask for at least {needed}.",
        )


def _check_fees(transaction: SignedTransactionAPI, base_fee: int) -> None:
    if transaction.max_fee_per_gas < base_fee:
        raise ChainError(
            f"maxFeePerGas {transaction.max_fee_per_gas} is under the base fee of {base_fee} wei.",
            field="maxFeePerGas",
            asked=transaction.max_fee_per_gas,
            left=base_fee,
            fix=f"offer at least {base_fee} wei per gas.",
        )
    if transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas:
        raise ChainError(
            "maxPriorityFeePerGas is over maxFeePerGas.",
            field="maxPriorityFeePerGas",
            asked=transaction.max_priority_fee_per_gas,
            left=transaction.max_fee_per_gas,
        )


def _check_nonce(transaction: SignedTransactionAPI, expected: int) -> None:
    if transaction.nonce != expected:
        kind = "used already" if transaction.nonce < expected else "too far ahead"
        raise ChainError(
            f"Nonce {transaction.nonce} is {kind}: the next one is {expected}.",
            field="nonce",
            asked=transaction.nonce,
            left=expected,
            fix=f"sign with nonce {expected}.",
        )


def _check_balance(transaction: SignedTransactionAPI, balance: int) -> None:
    cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
    if cost > balance:
        raise ChainError(
            f"Value and gas can cost {cost} wei, and 0x{transaction.sender.hex()} has {balance}.",
            field="value" if transaction.value > balance else "gas",
            asked=cost,
            left=balance,
            fix="fund the account, or lower value, gas or maxFeePerGas.",
        )


def intrinsic_gas(data: bytes, *, creates: bool = False, authorizations: Sequence[object] = ()) -> int:
    """Return a transaction's intrinsic gas, charged before code runs (EIP-2028, EIP-7702).

    Init code words are charged when the code runs.
    """
    zeros = data.count(0)
    return 21_000 + 4 * zeros + 16 * (len(data) - zeros) + 32_000 * creates + 25_000 * len(authorizations)


def floor_gas(data: bytes) -> int:
    """Return the minimum gas that a transaction with this data is charged and must offer (EIP-7623)."""
    zeros = data.count(0)
    return 21_000 + 10 * (zeros + 4 * (len(data) - zeros))
