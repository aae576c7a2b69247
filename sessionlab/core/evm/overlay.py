"""Simulate several messages in sequence on a copy of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.evm.records import CallResult

if TYPE_CHECKING:
    from sessionlab.core.evm.fork import LabState


class StateOverlay:
    """A copy of the state. Each call sees the effects of earlier calls, as within one transaction."""

    def __init__(self, state: LabState, gas_limit: int) -> None:
        self._state, self._gas_limit = state, gas_limit
        self.timestamp = int(state.timestamp)  # what its calls see, in Unix seconds

    def call(
        self,
        to: Address | None,
        data: bytes = b"",
        *,
        sender: Address | None = None,
        value: int = 0,
        gas: int | None = None,
    ) -> CallResult:
        """Run one message. A failing call does not raise, and its changes are discarded."""
        from sessionlab.core.evm.conversion import loose_logs
        from sessionlab.core.evm.execution import simulate

        done = simulate(
            self._state,
            sender=bytes(20) if sender is None else address_bytes(sender, "from"),
            to=None if to is None else address_bytes(to, "to"),
            data=data,
            value=value,
            gas=self._gas_limit if gas is None else gas,
        )
        failure = done.failures[0] if done.failures else ()
        logs = loose_logs(done.logs)
        return CallResult(done.status == 1, done.output, done.gas_used, logs, done.halt, done.depth, failure)

    def transact(self, transaction: Any) -> CallResult:
        """Run an unsigned transaction (py-evm's fields). ``gas_used`` is what it needed, before refunds.

        Raises ChainError if it offers too little gas or more wei than its sender has.
        """
        from sessionlab.core.evm.conversion import loose_logs
        from sessionlab.core.evm.execution import simulate_transaction
        from sessionlab.core.evm.transaction_validation import admit_unsigned

        admit_unsigned(transaction, self._state)
        done, needed = simulate_transaction(self._state, transaction)
        failure = done.failures[0] if done.status == 0 and done.failures else ()
        return CallResult(done.status == 1, done.output, needed, loose_logs(done.logs), done.halt, done.depth, failure)

    def next_transaction(self) -> None:
        """Start a new transaction: commit the calls so far, and make all slots cold again (EIP-2929)."""
        self._state.lock_changes()

    def balance(self, address: Address) -> int:
        """Return an account's balance after the calls so far, in wei."""
        return int(self._state.get_balance(address_bytes(address)))  # type: ignore[arg-type]

    def code(self, address: Address) -> bytes:
        """Return an account's runtime bytecode after the calls so far."""
        return bytes(self._state.get_code(address_bytes(address)))  # type: ignore[arg-type]
