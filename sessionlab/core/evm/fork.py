"""The chain's protocol rules: py-evm's Prague fork without the parts that this chain handles itself.

``transaction_validation.py`` checks a transaction once, before anything runs, so the executor does not check it again.
There is no consensus layer: the system contracts of EIP-4788 and EIP-2935 are absent, and blocks carry no withdrawals,
blobs or requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.db.atomic import AtomicDB
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState, PragueTransactionExecutor
from eth.vm.message import Message

from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.interpreter import LabComputation

if TYPE_CHECKING:
    from eth.abc import MessageAPI, SignedTransactionAPI

    from sessionlab.core.evm.block_building import Settings


class LabExecutor(PragueTransactionExecutor):
    """Runs one validated transaction."""

    def validate_transaction(self, transaction: SignedTransactionAPI) -> None:
        """Do nothing: the transaction has already been validated."""

    def build_evm_message(self, transaction: SignedTransactionAPI) -> MessageAPI:
        """Buy the gas, increment the nonce, apply EIP-7702 authorizations and return the message to run."""
        state = self.vm_state
        sender = transaction.sender
        state.delta_balance(sender, -transaction.gas * state.get_gas_price(transaction))
        state.increment_nonce(sender)
        refund = self.calc_message_refund(transaction)
        creates = transaction.to == CREATE_CONTRACT_ADDRESS
        code, delegate = (transaction.data, None) if creates else self.get_code_at_address(transaction.to)
        created = generate_contract_address(sender, state.get_nonce(sender) - 1) if creates else None
        return Message(
            gas=transaction.gas - transaction.intrinsic_gas,
            to=transaction.to,
            sender=sender,
            value=transaction.value,
            data=b"" if creates else transaction.data,
            code=code,
            create_address=created,  # type: ignore[arg-type]
            refund=refund,
            is_delegation=delegate is not None,
        )


class LabState(PragueState):
    """Accounts and storage at one state root, with the block context that code sees."""

    computation_class = LabComputation
    transaction_executor_class = LabExecutor

    def set_system_contracts(self) -> None:
        """Do nothing: this chain has no system contracts."""


def open_state(
    db: AtomicDB, root: bytes, settings: Settings, number: int, timestamp: int, previous_hashes: Iterable[bytes]
) -> LabState:
    """Open the accounts at ``root`` for code that runs in block ``number``.

    ``previous_hashes`` start at the parent block and go backward.
    """
    context = ExecutionContext(
        coinbase=settings.coinbase,  # type: ignore[arg-type]
        timestamp=timestamp,
        block_number=number,  # type: ignore[arg-type]
        difficulty=0,
        mix_hash=settings.mix_hash(number),  # type: ignore[arg-type]
        gas_limit=settings.gas_limit,
        prev_hashes=previous_hashes,  # type: ignore[arg-type]
        chain_id=settings.chain_id,
        base_fee_per_gas=settings.base_fee,
        excess_blob_gas=0,
    )
    return LabState(db, context, root)  # type: ignore[arg-type]


def write_accounts(state: Any, accounts: Mapping[bytes, GenesisAccount]) -> None:
    """Write entire accounts into the state, replacing any that exist."""
    for address, account in accounts.items():
        state.set_balance(address, account.balance)
        state.set_nonce(address, account.nonce)
        state.set_code(address, account.code)
        for slot, word in account.storage.items():
            state.set_storage(address, slot, word)
