"""Run a message with a computation of one's own, as a transaction without a price would run it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import VMError
from eth.vm.message import Message

from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.execution import REFUND_QUOTIENT
from sessionlab.core.evm.lookup import state_at
from sessionlab.core.evm.overrides import Overrides, apply_overrides
from sessionlab.core.evm.transaction_validation import floor_gas, intrinsic_gas

ADDRESS_GAS, SLOT_GAS = 2_400, 1_900  # what an entry of an access list costs (EIP-2930)
INITCODE_WORD_GAS = 2  # EIP-3860


@dataclass(frozen=True, slots=True)
class MessageRun:
    """The outermost frame of a run, and the gas that its transaction would be charged."""

    frame: Any
    gas_used: int


def run_message(
    chain: Chain,
    computation: type,
    to: str | None,
    data: bytes,
    sender: str | None,
    value: int,
    gas: int,
    access_list: Sequence[tuple[str, Sequence[int]]],
    *,
    block: int | str = "latest",
    overrides: Overrides | None = None,
    watch: Callable[[Any], None] = lambda state: None,
) -> MessageRun:
    """Run a message on a copy of the state. ``watch`` sees the state before it runs.

    Raises ChainError if the gas does not pay for the message itself, or if the sender has too little for the value.
    """
    state: Any = state_at(chain.engine, block)
    if overrides:
        apply_overrides(state, overrides)
    state.computation_class = computation
    origin = bytes(20) if sender is None else address_bytes(sender, "from")
    needed = _intrinsic(data, to is None, access_list)
    if gas < needed:
        message = f"intrinsic gas too low: have {gas}, want {needed}."
        raise ChainError(message, field="gas", asked=gas, left=needed, fix=f"offer at least {needed}.")
    sent = _message(state, origin, to, data, value, gas - needed)
    for address in (origin, sent.storage_address):
        state.mark_address_warm(address)
    for listed, slots in access_list:
        state.mark_address_warm(address_bytes(listed))
        for slot in slots:
            state.mark_storage_warm(address_bytes(listed), slot)
    watch(state)
    context = state.get_transaction_context_class()(gas_price=0, origin=origin)
    run = state.computation_class.apply_create_message if to is None else state.computation_class.apply_message
    try:
        frame = run(state, sent, context)
    except VMError:
        has = state.get_balance(origin)
        text = f"insufficient funds for gas * price + value: address 0x{origin.hex()} have {has} want {value}"
        raise ChainError(text, field="value", asked=value, left=has, fix="send less, or fund the account.") from None
    used = gas - frame.get_gas_remaining()
    used -= min(frame.get_gas_refund(), used // REFUND_QUOTIENT)
    return MessageRun(frame, max(used, floor_gas(data)))


def _message(state: Any, origin: bytes, to: str | None, data: bytes, value: int, gas: int) -> Any:
    target: Any = CREATE_CONTRACT_ADDRESS if to is None else address_bytes(to, "to")
    code, delegate = (data, None) if to is None else state.get_transaction_executor().get_code_at_address(target)
    created: Any = generate_contract_address(origin, state.get_nonce(origin)) if to is None else None  # type: ignore[arg-type]
    return Message(
        gas=gas,
        to=target,
        sender=origin,  # type: ignore[arg-type]
        value=value,
        data=b"" if to is None else data,
        code=code,
        create_address=created,
        is_delegation=delegate is not None,
    )


def _intrinsic(data: bytes, creates: bool, access_list: Sequence[tuple[str, Sequence[int]]]) -> int:
    listed = sum(ADDRESS_GAS + SLOT_GAS * len(slots) for _, slots in access_list)
    return intrinsic_gas(data, creates=creates) + listed
