"""Run an unsigned transaction with a computation of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.execution import charged
from sessionlab.core.evm.lookup import state_at
from sessionlab.core.evm.overrides import apply_overrides
from sessionlab.core.evm.transaction_validation import admit_unsigned
from sessionlab.node.calls import CallRequest


@dataclass(frozen=True, slots=True)
class MessageRun:
    """The outermost frame of a run, and the gas that its transaction would be charged."""

    frame: Any
    gas_used: int


def run_message(
    chain: Chain, computation: type, asked: CallRequest, watch: Callable[[Any], None] = lambda state: None
) -> MessageRun:
    """Run a transaction on a copy of the state. ``watch`` sees the state before its message runs.

    Raises ChainError if it offers too little gas, or if its sender has too little for value and gas.
    """
    state: Any = state_at(chain.engine, asked.block, asked.context)
    apply_overrides(state, asked.overrides)
    state.computation_class = computation
    admit_unsigned(asked.transaction, state)
    executor = state.get_transaction_executor()
    message = executor.build_evm_message(asked.transaction)
    watch(state)
    frame = executor.build_computation(message, asked.transaction)
    return MessageRun(frame, charged(asked.transaction, frame))
