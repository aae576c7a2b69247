"""A user operation as the rules see it: its calls, its worst-case gas, and what the EntryPoint will check.

    operation = read_operation(call_data, gas=300_000, fee=gwei(1))
    operation.calls        # (PlainCall(target='0x5a70…', value=0, data=b'...'),)

It is read exactly as the wallet contract reads it (``calls.vy``). Where the contract would stop, the earlier calls are
kept and ``fault`` holds the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sessionlab.core.base.doors import address_named
from sessionlab.core.permissions.functions import EXECUTE, EXECUTE_BATCH, EXECUTE_USER_OP

CALL_SELECTORS = frozenset((EXECUTE, EXECUTE_BATCH))

#: The wallet contract's limits: calls per operation, and bytes of data per call.
MAX_CALLS, MAX_CALL_BYTES = 32, 4_096

EMPTY_REVERT = "EmptyRevert"
NON_CANONICAL = "NonCanonicalCalldata"


class PlainCall(NamedTuple):
    """One call, as the rules see it."""

    #: Lower-case address.
    target: str
    #: Wei.
    value: int
    data: bytes
    #: The first four bytes of the data, zero-padded.
    selector: bytes


class ReadingFault(NamedTuple):
    """Why calldata cannot be read: the contract's error and its argument (a position or a number of calls)."""

    reason: str
    asked: int


class Operation(NamedTuple):
    """The parts of a user operation that the rules use. Create one with ``read_operation`` or ``operation_of``."""

    #: Selector of the wallet's function, inside ``executeUserOp`` if wrapped; None if there are fewer than four bytes.
    selector: bytes | None
    wrapped: bool
    #: The calls in ``execute`` or ``executeBatch``; empty for other wallet functions.
    calls: tuple[PlainCall, ...]
    #: Why the calldata could not be read any further; None if all of it was read.
    fault: ReadingFault | None
    #: The data of a wallet function other than ``execute`` and ``executeBatch``.
    own_data: bytes
    #: Worst-case gas: verificationGasLimit + callGasLimit + preVerificationGas.
    gas: int
    #: maxFeePerGas, in wei per gas.
    fee: int
    #: Whether a paymaster pays for the gas.
    sponsored: bool
    #: Whether the session's key signed it.
    signature_fits: bool
    #: Whether its nonce is the next one for its nonce key.
    nonce_fits: bool
    #: Whether it uses the global nonce key, which is for keys that may do everything.
    is_global: bool
    #: The calldata inside ``executeUserOp``, if it could not be read to its end.
    unread: bytes = b""

    def calls_of(self, wallet: str) -> tuple[PlainCall, ...]:
        """Return its calls. A function of the wallet itself counts as a call to the wallet."""
        return (plain_call(wallet, 0, self.own_data),) if self.own_data else self.calls

    @property
    def is_batch(self) -> bool:
        """Whether its calls come from ``executeBatch``."""
        return self.selector == EXECUTE_BATCH


def plain_call(to: str, value: int = 0, data: bytes = b"") -> PlainCall:
    """Build a call from its address (in any letter case), wei and data."""
    to = to if to[:2] == "0x" else address_named(to, "to")
    return PlainCall(to.lower(), value, data, data[:4].ljust(4, b"\0"))


def operation_of(
    calls: Iterable[PlainCall],
    *,
    batch: bool | None = None,
    wrapped: bool = True,
    gas: int = 0,
    fee: int = 0,
    sponsored: bool = False,
    is_global: bool = False,
) -> Operation:
    """Build the operation for these calls: ``execute`` for one call, otherwise ``executeBatch``, or as ``batch`` says.

    It is signed by the session's key and has the next nonce.
    """
    result = tuple(calls)
    if batch is None:
        batch = len(result) != 1
    readable, fault = _readable(result)
    selector = EXECUTE_BATCH if batch else EXECUTE
    return Operation(selector, wrapped, readable, fault, b"", gas, fee, sponsored, True, True, is_global)


def read_operation(
    call_data: bytes,
    *,
    gas: int = 0,
    fee: int = 0,
    sponsored: bool = False,
    signature_fits: bool = True,
    nonce_fits: bool = True,
    is_global: bool = False,
) -> Operation:
    """Read the operation with this callData. Never raises: unreadable data is reported in ``fault``."""
    wrapped = call_data[:4] == EXECUTE_USER_OP
    bare = call_data[4:] if wrapped else call_data
    selector = bare[:4] if len(bare) >= 4 else None
    calls: tuple[PlainCall, ...] = ()
    fault: ReadingFault | None = None
    own_data = b""
    if selector in CALL_SELECTORS:
        calls, fault = _read_calls(bare)
    else:
        own_data = bare
    facts = (gas, fee, sponsored, signature_fits, nonce_fits, is_global, bare if fault else b"")
    return Operation(selector, wrapped, calls, fault, own_data, *facts)


def _readable(calls: tuple[PlainCall, ...]) -> tuple[tuple[PlainCall, ...], ReadingFault | None]:
    """Return the calls that the contract reads before it reaches one of its limits, and the fault for that limit."""
    if len(calls) > MAX_CALLS:
        return (), ReadingFault("TooManyCalls", len(calls))
    for index, call in enumerate(calls):
        if len(call.data) > MAX_CALL_BYTES:
            return calls[:index], ReadingFault("CallDataTooLarge", len(call.data))
    return calls, None


class _Unreadable(Exception):
    """The contract's reader would revert here."""

    def __init__(self, reason: str, asked: int) -> None:
        self.fault = ReadingFault(reason, asked)


def _read_calls(bare: bytes) -> tuple[tuple[PlainCall, ...], ReadingFault | None]:
    result: list[PlainCall] = []
    try:
        if bare[:4] == EXECUTE:
            result.append(_read_call(bare, 4)[0])
            return tuple(result), None
        if _word(bare, 4) != 32:
            raise _Unreadable(NON_CANONICAL, 4)
        count, table = _word(bare, 36), 68
        if count > MAX_CALLS:
            raise _Unreadable("TooManyCalls", count)
        at = table + 32 * count
        for index in range(count):
            if table + _word(bare, table + 32 * index) != at:
                raise _Unreadable(NON_CANONICAL, table + 32 * index)
            call, at = _read_call(bare, at)
            result.append(call)
    except _Unreadable as stopped:
        return tuple(result), stopped.fault
    return tuple(result), None


def _read_call(bare: bytes, at: int) -> tuple[PlainCall, int]:
    """Return the call that begins at ``at``, and where the next one begins."""
    if _word(bare, at + 64) != 96:
        raise _Unreadable(NON_CANONICAL, at + 64)
    length = _word(bare, at + 96)
    if length > MAX_CALL_BYTES:
        raise _Unreadable("CallDataTooLarge", length)
    start = at + 128
    after = start + (length + 31) // 32 * 32
    target = _word(bare, at)
    if after > len(bare) or target >> 160 or any(bare[start + length : after]):
        raise _Unreadable(NON_CANONICAL, at)
    call = plain_call(f"0x{target:040x}", _word(bare, at + 32), bare[start : start + length])
    return call, after


def _word(bare: bytes, at: int) -> int:
    if at + 32 > len(bare):
        raise _Unreadable(NON_CANONICAL, at)
    return int.from_bytes(bare[at : at + 32], "big")
