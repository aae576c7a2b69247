"""Run a message with a computation of one's own, as its transaction would run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.vm.message import Message

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.execution import REFUND_QUOTIENT
from sessionlab.core.evm.lookup import state_at
from sessionlab.core.evm.overrides import Overrides, apply_overrides
from sessionlab.core.evm.transaction_validation import floor_gas
from sessionlab.node.raw_transactions import UnsignedTransaction, raw_authorization
from sessionlab.node.unsigned import intrinsic_gas

ADDRESS_GAS, SLOT_GAS = 2_400, 1_900  # what an entry of an access list costs (EIP-2930)


@dataclass(frozen=True, slots=True)
class MessageRun:
    """The outermost frame of a run, and the gas that its transaction would be charged."""

    frame: Any
    gas_used: int


def run_message(
    chain: Chain,
    computation: type,
    sender: str | None,
    sent: UnsignedTransaction,
    *,
    block: int | str = "latest",
    overrides: Overrides | None = None,
    watch: Callable[[Any], None] = lambda state: None,
) -> MessageRun:
    """Run a message on a copy of the state. ``watch`` sees the state before it runs.

    Raises ChainError if the gas does not pay for the message itself, or if the sender has too little for value and gas.
    """
    state: Any = state_at(chain.engine, block)
    if overrides:
        apply_overrides(state, overrides)
    state.computation_class = computation
    origin: Any = bytes(20) if sender is None else address_bytes(sender, "from")
    needed, price = _intrinsic(sent), _price(sent, state.base_fee if sent.max_fee else 0)
    if sent.gas < needed:
        message = f"intrinsic gas too low: have {sent.gas}, want {needed}."
        raise ChainError(message, field="gas", asked=sent.gas, left=needed, fix=f"offer at least {needed}.")
    _pay(state, origin, sent, price)
    message = _message(state, origin, sent, sent.gas - needed)
    for address in (origin, message.storage_address):
        state.mark_address_warm(address)
    for listed, slots in sent.access_list:
        state.mark_address_warm(address_bytes(listed))
        for slot in slots:
            state.mark_storage_warm(address_bytes(listed), slot)
    watch(state)
    context = state.get_transaction_context_class()(gas_price=price, origin=origin)
    kind = state.computation_class
    frame = (kind.apply_create_message if sent.to is None else kind.apply_message)(state, message, context)
    used = sent.gas - frame.get_gas_remaining()
    used -= min(frame.get_gas_refund(), used // REFUND_QUOTIENT)
    return MessageRun(frame, max(used, floor_gas(sent.data)))


def _price(sent: UnsignedTransaction, base_fee: int) -> int:
    """Return what a unit of gas costs, in wei. Raises ChainError for less than the base fee."""
    if sent.max_fee < base_fee:
        text = f"max fee per gas less than block base fee: maxFeePerGas: {sent.max_fee}, baseFee: {base_fee}"
        raise ChainError(text, field="maxFeePerGas", asked=sent.max_fee, left=base_fee, fix="offer more, or no price.")
    return min(sent.max_fee, base_fee + sent.max_priority_fee)


def _pay(state: Any, origin: bytes, sent: UnsignedTransaction, price: int) -> None:
    """Buy the gas. Raises ChainError if the sender has too little for it and for the value."""
    has, want = state.get_balance(origin), sent.value + sent.gas * sent.max_fee
    if has < want:
        text = f"insufficient funds for gas * price + value: address 0x{origin.hex()} have {has} want {want}"
        raise ChainError(text, field="value", asked=want, left=has, fix="send less, or fund the account.")
    if price:
        state.delta_balance(origin, -sent.gas * price)


def _message(state: Any, origin: Any, sent: UnsignedTransaction, gas: int) -> Any:
    refund, nonce = 0, state.get_nonce(origin)
    state.increment_nonce(origin)  # before authorizations, which may be of the sender (EIP-7702)
    if sent.authorizations:
        signed = SimpleNamespace(authorization_list=[raw_authorization(a) for a in sent.authorizations])
        refund = state.process_set_code_authorizations(signed)
    target: Any = CREATE_CONTRACT_ADDRESS if sent.to is None else address_bytes(sent.to, "to")
    executor = state.get_transaction_executor()
    code, delegate = (sent.data, None) if sent.to is None else executor.get_code_at_address(target)
    created: Any = generate_contract_address(origin, nonce) if sent.to is None else None
    return Message(
        gas=gas,
        to=target,
        sender=origin,
        value=sent.value,
        data=b"" if sent.to is None else sent.data,
        code=code,
        create_address=created,
        refund=refund,
        is_delegation=delegate is not None,
    )


def _intrinsic(sent: UnsignedTransaction) -> int:
    listed = sum(ADDRESS_GAS + SLOT_GAS * len(slots) for _, slots in sent.access_list)
    return listed + intrinsic_gas(sent.data, creates=sent.to is None, authorizations=sent.authorizations)
