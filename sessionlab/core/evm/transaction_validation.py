"""Decode raw transactions, and refuse any that no block can hold.

Every refusal is a ChainError (InvalidInput if the bytes themselves are malformed) that gives the field, what was asked,
what would have been possible and the next step. It is raised before anything runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth.constants import CREATE_CONTRACT_ADDRESS, SECPK1_N
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_utils.exceptions import ValidationError

from sessionlab.core.base.addresses import checksum
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
        kind, message = "transaction type not supported", "This chain carries no blob transactions."
        raise ChainError(message, kind=kind, field="type", asked=3, left=[0, 1, 2, 4])
    try:
        transaction = PragueTransactionBuilder.decode(raw)
        _validate(transaction)
        _ = transaction.sender  # recovers the sender from the signature and caches it
    except Exception as error:  # py-evm, rlp and eth_keys each raise their own errors; all mean malformed bytes
        raise InvalidInput(
            f"Not a signed transaction: {error}", field="rawTransaction", fix="sign it again."
        ) from error
    if transaction.s > SECPK1_N // 2:
        raise InvalidInput("The signature's s is in the upper half (EIP-2).", field="s", asked=hex(transaction.s))
    return transaction


def _validate(transaction: SignedTransactionAPI) -> None:
    try:
        transaction.validate()
    except ValidationError as error:
        if str(error) != "Insufficient gas":  # of some types py-evm looks at it here; ``admit`` does, of all
            raise


def admit(transaction: SignedTransactionAPI, state: Any, settings: Settings, impersonated: bool = False) -> None:
    """Raise ChainError for a transaction that the next block cannot hold.

    ``state`` provides balances and nonces and is not modified.
    """
    _check_chain(transaction, settings.chain_id)
    _check_gas(transaction, settings.gas_limit)
    _check_fees(transaction, settings.base_fee)
    check_nonce(transaction, state.get_nonce(transaction.sender))
    _check_balance(transaction, state.get_balance(transaction.sender))
    code = state.get_code(transaction.sender)
    if code and not code.startswith(DELEGATION) and not impersonated:
        asked = "0x" + transaction.sender.hex()
        message = "A contract cannot send a transaction (EIP-3607)."
        raise _refused(transaction, "sender not an eoa", message, "from", asked, None, None)


def admit_unsigned(transaction: Any, state: Any) -> None:
    """Raise ChainError for an unsigned transaction that cannot run. Without fees, gas is free, as in eth_call."""
    _check_gas(transaction, transaction.gas)
    if transaction.max_fee_per_gas or transaction.max_priority_fee_per_gas:
        _check_fees(transaction, state.execution_context.base_fee_per_gas)
    _check_balance(transaction, state.get_balance(transaction.sender))


def _refused(
    transaction: Any, kind: str, message: str, field: str, asked: Any, left: Any, fix: str | None
) -> ChainError:
    sender = checksum(transaction.sender)
    return ChainError(message, kind=kind, sender=sender, field=field, asked=asked, left=left, fix=fix)


def _check_chain(transaction: SignedTransactionAPI, chain_id: int) -> None:
    asked = transaction.chain_id
    if asked not in (None, chain_id):
        message, fix = f"Signed for chain {asked}, and this is chain {chain_id}.", f"sign with chainId {chain_id}."
        raise _refused(transaction, "invalid chain id for signer", message, "chainId", asked, chain_id, fix)


def _check_gas(transaction: Any, gas_limit: int) -> None:
    asked, data = transaction.gas, transaction.data
    if asked > gas_limit:
        message, fix = f"Gas {asked} is over the block's limit of {gas_limit}.", f"ask for at most {gas_limit}."
        raise _refused(transaction, "exceeds block gas limit", message, "gas", asked, gas_limit, fix)
    creates = transaction.to == CREATE_CONTRACT_ADDRESS
    if creates and len(data) > MAX_INITCODE:
        message = f"Init code of {len(data)} bytes is over {MAX_INITCODE}."
        raise _refused(transaction, "max initcode size exceeded", message, "data", len(data), MAX_INITCODE, None)
    needed = transaction.intrinsic_gas + creates * 2 * ((len(data) + 31) // 32)
    kind, least = "intrinsic gas too low", max(needed, floor_gas(data))
    if asked < least:
        if asked >= needed:
            kind = "insufficient gas for floor data gas cost"
        message = f"Gas {asked} does not pay for the transaction itself: {least} go before any code runs."
        raise _refused(transaction, kind, message, "gas", asked, least, f"ask for at least {least}.")


def _check_fees(transaction: Any, base_fee: int) -> None:
    fee, tip = transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas
    if fee < base_fee:
        kind, fix = "max fee per gas less than block base fee", f"offer at least {base_fee} wei per gas."
        message = f"maxFeePerGas {fee} is under the base fee of {base_fee} wei."
        raise _refused(transaction, kind, message, "maxFeePerGas", fee, base_fee, fix)
    if tip > fee:
        kind, message = "max priority fee per gas higher than max fee per gas", "The tip is over maxFeePerGas."
        raise _refused(transaction, kind, message, "maxPriorityFeePerGas", tip, fee, None)


def check_nonce(transaction: SignedTransactionAPI, expected: int) -> None:
    """Raise ChainError if the nonce is not the one that its sender's account has next."""
    asked = transaction.nonce
    if asked != expected:
        kind, ours = ("nonce too low", "used already") if asked < expected else ("nonce too high", "too far ahead")
        message = f"Nonce {asked} is {ours}: the next one is {expected}."
        raise _refused(transaction, kind, message, "nonce", asked, expected, f"sign with nonce {expected}.")


def _check_balance(transaction: Any, balance: int) -> None:
    cost = transaction.value + transaction.gas * transaction.max_fee_per_gas
    if cost > balance:
        kind, field = "insufficient funds for gas * price + value", "value" if transaction.value > balance else "gas"
        message = f"Value and gas can cost {cost} wei, and 0x{transaction.sender.hex()} has {balance}."
        fix = "fund the account, or lower value, gas or maxFeePerGas."
        raise _refused(transaction, kind, message, field, cost, balance, fix)


def floor_gas(data: bytes) -> int:
    """Return the minimum gas that a transaction with this data is charged and must offer (EIP-7623)."""
    zeros = data.count(0)
    return 21_000 + 10 * (zeros + 4 * (len(data) - zeros))
