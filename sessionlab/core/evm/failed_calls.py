"""Where a message failed: the calls that led to the failure, read from py-evm's frames after the run.

A call that sends more ETH than its sender has never gets a frame: the EVM answers it with 0 at once. Such calls are
noted when they are made; everything else is in the frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sessionlab.core.base.addresses import checksum
from sessionlab.core.evm.records import KEPT_BYTES, OUT_OF_FUNDS, OUT_OF_GAS, FailedCall

#: How many calls of one failure are kept: the outermost ones, and the one where it began.
MOST_CALLS = 16


class Unsent(NamedTuple):
    """A call that its sender could not pay for."""

    place: int  # how many frames the sender had opened before
    to: bytes
    value: int
    balance: int
    data: bytes


class Paying:
    """An opcode that sends wei. Notes on the frame what it could not send, and otherwise does what py-evm does."""

    def __init__(self, opcode: Any, *, value_at: int, calls: bool) -> None:
        self._opcode, self._value_at, self._calls = opcode, value_at, calls

    def __call__(self, computation: Any) -> None:
        """Run the opcode."""
        value = computation._stack.values[self._value_at]
        if value:
            balance = computation.state.get_balance(computation.msg.storage_address)
            if balance < value:
                note = self._unsent(computation, value, balance)
                self._opcode(computation=computation)  # raises if the frame cannot make the call for another reason
                computation.unsent = (*computation.unsent[-MOST_CALLS:], note)
                return
        self._opcode(computation=computation)

    def _unsent(self, computation: Any, value: int, balance: int) -> Unsent:
        stack, to, data = computation._stack.values, b"", b""
        if self._calls:
            to = (stack[-2] % 2**160).to_bytes(20, "big")
            start, size = stack[-4], min(stack[-5], KEPT_BYTES)
            data = bytes(computation._memory._bytes[start : start + size]).ljust(size, b"\0")
        return Unsent(len(computation.children), to, value, balance, data)


def failures_of(frame: Any) -> tuple[tuple[FailedCall, ...], ...]:
    """Return the failures of a transaction, in order: its own, or those of calls that its contract made and survived.

    Only the called contract's own calls are looked at, also where it calls itself: what another contract tries and
    survives is that contract's affair.
    """
    return tuple(_failures(frame, frame.msg.storage_address))


def _failures(frame: Any, contract: bytes) -> Iterator[tuple[FailedCall, ...]]:
    if frame.is_error:
        yield failure_of(frame)
    elif frame.msg.storage_address == contract:
        for child in frame.children:
            yield from _failures(child, contract)


def failure_of(frame: Any, position: int = 0) -> tuple[FailedCall, ...]:
    """Return the calls that led to a frame's failure, from the frame's own to the one where it began."""
    path = [_of_frame(frame, position)]
    while True:
        last = _last_call(frame)
        if isinstance(last, Unsent):
            if path[-1].halt == "Revert" and not frame.output:
                path.append(_of_unsent(frame, last))
            break
        if last is None or not last.is_error or not _passes_on(frame, last):
            break
        position = sum(_sends(child) for child in frame.children[:-1]) + len(_unsent(frame))
        frame = last
        path.append(_of_frame(frame, position))
    return tuple(path if len(path) <= MOST_CALLS else [*path[: MOST_CALLS - 1], path[-1]])


def _last_call(frame: Any) -> Any:
    """Return the frame's last call, opened or not; None if it made none."""
    unsent = _unsent(frame)
    if unsent and unsent[-1].place == len(frame.children):
        return unsent[-1]
    return frame.children[-1] if frame.children else None


def _unsent(frame: Any) -> tuple[Unsent, ...]:
    """Return what a frame could not send; py-evm's own frames note nothing."""
    return getattr(frame, "unsent", ())


def _passes_on(frame: Any, last: Any) -> bool:
    """Whether a frame failed as its last call did: with the same revert data, or out of gas that the call burned."""
    mine, inner = type(frame.error).__name__, type(last.error).__name__
    if mine == "Revert":
        return bool(frame.output == last.output)
    return mine == inner == OUT_OF_GAS


def _sends(child: Any) -> bool:
    """Whether a frame was opened by a plain CALL, not by a view, a delegation or a creation."""
    return bool(child.msg.should_transfer_value) and not child.msg.is_create


def _of_frame(frame: Any, position: int) -> FailedCall:
    message = frame.msg
    return FailedCall(
        caller=checksum(message.sender),
        to=checksum(message.storage_address),
        value=message.value,
        data=bytes(message.data[:KEPT_BYTES]),
        gas=message.gas,
        halt=type(frame.error).__name__,
        output=bytes(frame.output[:KEPT_BYTES]),
        place=position,
    )


def _of_unsent(frame: Any, last: Unsent) -> FailedCall:
    before = sum(_sends(child) for child in frame.children) + len(_unsent(frame)) - 1
    return FailedCall(
        caller=checksum(frame.msg.storage_address),
        to=checksum(last.to) if last.to else None,
        value=last.value,
        data=last.data,
        gas=0,
        halt=OUT_OF_FUNDS,
        output=b"",
        place=before,
        balance=last.balance,
    )
