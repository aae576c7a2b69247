"""Run one transaction or message on a state and return the result as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth._utils.address import generate_contract_address
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import VMError
from eth.vm.message import Message
from eth_typing import Address

from sessionlab.core.evm.encoding import RawLog, bloom_of
from sessionlab.core.evm.failed_calls import failure_of, failures_of
from sessionlab.core.evm.records import FailedCall
from sessionlab.core.evm.transaction_validation import floor_gas

if TYPE_CHECKING:
    from eth.abc import SignedTransactionAPI

    from sessionlab.core.evm.fork import LabState

REFUND_QUOTIENT = 5  # at most one fifth of the gas used is refunded (EIP-3529)


@dataclass(frozen=True, slots=True)
class Executed:
    """The result of one execution, in the EVM's own values."""

    kind: int  # the transaction's type
    status: int  # 1 succeeded, 0 reverted
    gas_used: int
    gas_price: int
    bloom: int
    logs: tuple[RawLog, ...]
    output: bytes
    halt: str | None
    created: bytes | None
    depth: int
    failures: tuple[tuple[FailedCall, ...], ...] = ()


def execute(state: LabState, transaction: SignedTransactionAPI) -> Executed:
    """Apply a validated transaction to the state: buy gas, run code, refund gas, pay the tip."""
    state.lock_changes()
    return _executed(state, transaction, state.apply_transaction(transaction))


def simulate_transaction(state: LabState, transaction: Any) -> tuple[Executed, int]:
    """Run an unsigned transaction as its block would, and return also the gas that it needed before refunds.

    Modifies ``state``; the caller discards it. The caller has checked that the sender can pay.
    """
    executor: Any = state.get_transaction_executor()
    frame = executor.build_computation(executor.build_evm_message(transaction), transaction)
    return _executed(state, transaction, frame), transaction.gas - frame.get_gas_remaining()


def _executed(state: LabState, transaction: Any, frame: Any) -> Executed:
    logs = tuple(frame.get_log_entries())
    return Executed(
        kind=transaction.type_id or 0,
        status=0 if frame.is_error else 1,
        gas_used=charged(transaction, frame),
        gas_price=state.get_gas_price(transaction),
        bloom=bloom_of(logs),
        logs=logs,
        output=frame.output,
        halt=_halt(frame),
        created=frame.msg.storage_address if transaction.to == CREATE_CONTRACT_ADDRESS else None,
        depth=_depth(frame),
        failures=failures_of(frame),
    )


def simulate(state: LabState, *, sender: bytes, to: bytes | None, data: bytes, value: int, gas: int) -> Executed:
    """Run a message as a transaction's first call, with a gas price of 0.

    Modifies ``state``; the caller discards it.
    """
    origin, target = Address(sender), CREATE_CONTRACT_ADDRESS if to is None else Address(to)
    created = generate_contract_address(origin, state.get_nonce(origin)) if to is None else None
    executor: Any = state.get_transaction_executor()
    code, delegate = (data, None) if to is None else executor.get_code_at_address(to)
    message = Message(
        gas=gas,
        to=target,
        sender=origin,
        value=value,
        data=b"" if to is None else data,
        code=code,
        create_address=created,  # type: ignore[arg-type]
        is_delegation=delegate is not None,
    )
    state.mark_address_warm(origin)
    state.mark_address_warm(message.storage_address)
    context = state.get_transaction_context_class()(gas_price=0, origin=origin)
    run = state.computation_class.apply_message if to is not None else state.computation_class.apply_create_message
    try:
        frame: Any = run(state, message, context)
    except VMError as error:  # before the first opcode: the sender's balance is too low
        return Executed(0, 0, 0, 0, 0, (), b"", type(error).__name__, created, 0)
    return Executed(
        kind=0,
        status=0 if frame.is_error else 1,
        gas_used=frame.get_gas_used(),
        gas_price=0,
        bloom=0,
        logs=tuple(frame.get_log_entries()),
        output=frame.output,
        halt=_halt(frame),
        created=created,
        depth=_depth(frame),
        failures=(failure_of(frame),) if frame.is_error else (),
    )


def charged(transaction: Any, frame: Any) -> int:
    """Return the gas that a transaction is charged, after refunds (EIP-3529, EIP-7623)."""
    used: int = transaction.gas - frame.get_gas_remaining()
    refund = min(frame.get_gas_refund(), used // REFUND_QUOTIENT)
    return max(used - int(refund), floor_gas(transaction.data))


def _halt(frame: Any) -> str | None:
    return type(frame.error).__name__ if frame.is_error else None


def _depth(frame: Any) -> int:
    return 1 + max(map(_depth, frame.children), default=-1)
