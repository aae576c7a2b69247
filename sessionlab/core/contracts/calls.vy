# pragma version 0.4.3
"""
@title The calls of an operation
@notice Reads `execute(address,uint256,bytes)` and `executeBatch((address,uint256,bytes)[])` where they lie
        in the calldata, and runs them. The rules and the execution use this one reader, so there is
        no encoding that they could understand differently; other encodings than the ABI's own are refused.
# error TooManyCalls(asked: uint256, limit: uint256)
# error CallDataTooLarge(asked: uint256, limit: uint256)
"""

import reading

EXECUTE: constant(bytes4) = 0xb61d27f6
EXECUTE_BATCH: constant(bytes4) = 0x34fcd5be
# Before either of them, when what they spend is to be counted.
EXECUTE_USER_OP: constant(bytes4) = 0x8dd7712f
# Vyper needs a bound for loops and for bytes in memory.
MAX_CALLS: constant(uint256) = 32
MAX_CALL_BYTES: constant(uint256) = 4_096
MAX_CALL_WORDS: constant(uint256) = 128

struct Batch:
    count: uint256
    # Position that the offsets of the calls count from; 0 for `execute`, which has none.
    table: uint256
    # Position of the first call.
    first: uint256
    # Position behind the last byte that belongs to the operation.
    end: uint256

struct Call:
    target: address
    # wei
    amount: uint256
    # Position and number of the bytes of its data.
    start: uint256
    length: uint256
    # The first four bytes of the data, zero-padded.
    selector: bytes4
    # Position behind this call, where the next begins.
    next: uint256


@internal
@pure
def _is_calls(selector: bytes4) -> bool:
    return selector == EXECUTE or selector == EXECUTE_BATCH


@internal
@view
def _open(selector: bytes4, start: uint256, length: uint256) -> Batch:
    """
    @notice The batch in the `length` bytes at `start`, which begin with `selector`.
    """
    if selector == EXECUTE:
        return Batch(count=1, table=0, first=start + 4, end=start + length)
    if reading._word(start + 4) != 32:
        reading._fail(start + 4)
    count: uint256 = reading._word(start + 36)
    if count > MAX_CALLS:
        raw_revert(abi_encode(count, MAX_CALLS, method_id=method_id("TooManyCalls(uint256,uint256)")))
    table: uint256 = start + 68
    first: uint256 = table + 32 * count
    if first > start + length:
        reading._fail(start + 36)
    return Batch(count=count, table=table, first=first, end=start + length)


@internal
@view
def _read(batch: Batch, place: uint256, at: uint256) -> Call:
    """
    @notice Call number `place`, which begins at `at`, right behind the one before it.
    """
    if batch.table != 0 and batch.table + reading._word(batch.table + 32 * place) != at:
        reading._fail(batch.table + 32 * place)
    if reading._word(at + 64) != 96:
        reading._fail(at + 64)
    length: uint256 = reading._word(at + 96)
    if length > MAX_CALL_BYTES:
        raw_revert(abi_encode(length, MAX_CALL_BYTES, method_id=method_id("CallDataTooLarge(uint256,uint256)")))
    start: uint256 = at + 128
    next: uint256 = start + (length + 31) // 32 * 32
    if next > batch.end:
        reading._fail(at + 96)
    # The last word is zero-padded: strict decoders read no other.
    if length % 32 != 0 and reading._word(next - 32) << (8 * (length % 32)) != 0:
        reading._fail(next - 32)
    return Call(
        target=reading._address(at),
        amount=reading._word(at + 32),
        start=start,
        length=length,
        selector=reading._selector(start, length),
        next=next,
    )


@internal
def _run(batch: Batch):
    """
    @notice Makes the calls in order; the first that fails undoes all, with its own revert data.
    """
    at: uint256 = batch.first
    for i: uint256 in range(batch.count, bound=MAX_CALLS):
        call: Call = self._read(batch, i, at)
        self._send(call.target, call.amount, call.start, call.length)
        at = call.next


@internal
def _send(target: address, amount: uint256, start: uint256, length: uint256):
    """
    @notice Calls `target` with the `length` bytes at `start`. Vyper cannot copy a part of the calldata
            whose length only the run knows, so they are gathered word by word.
    """
    words: DynArray[bytes32, MAX_CALL_WORDS] = []
    for i: uint256 in range((length + 31) // 32, bound=MAX_CALL_WORDS):
        words.append(convert(slice(msg.data, start + 32 * i, 32), bytes32))
    raw_call(target, slice(abi_encode(words), 64, length), value=amount)
