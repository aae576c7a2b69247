# pragma version 0.4.3
"""
@title Parts of the calldata
@notice Copies a stretch of calldata whose length is known only at run time. Vyper's `slice(msg.data, …)` takes a
        literal length, so the stretch is put together from powers of two.
        Vyper also reserves memory for the largest value, and the EVM charges for the highest word touched. So these
        are the bounds of an ordinary operation; `parts_large.vy` and `parts_huge.vy` have those of two
        contracts that run what is over them.
"""

MAX_BYTES: constant(uint256) = 3_040
# `executeUserOp(op, hash)` with such an operation.
MAX_CALL_DATA: constant(uint256) = 3_108
MAX_OPERATIONS: constant(uint256) = 48
# All the powers of two together.
POWERS: constant(uint256) = 2_016
# The largest operation for EntryPointLarge.
LARGE_BYTES: constant(uint256) = 16_352
# The frame of an operation, in the contract that has these bounds.
INNER_HANDLE_OP: constant(Bytes[4]) = method_id(
    "innerHandleOp(bytes,((address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,uint256,uint256),bytes)"
)


@internal
@pure
def _frame_gas(length: uint256) -> uint256:
    """
    @notice Gas that a frame with `length` bytes of callData costs here and not in v0.7: no operation is charged for it.
    """
    return 0


@internal
@view
def _part(start: uint256, length: uint256) -> Bytes[MAX_BYTES]:
    """
    @notice The `length` bytes at `start`; `length` is a multiple of 32 and at most MAX_BYTES.
    """
    at: uint256 = start
    left: uint256 = length
    a: Bytes[1024] = b""
    b: Bytes[1024] = b""
    c: Bytes[512] = b""
    d: Bytes[256] = b""
    e: Bytes[128] = b""
    f: Bytes[64] = b""
    g: Bytes[32] = b""
    if left > POWERS:
        a = slice(msg.data, at, 1024)
        at += 1024
        left -= 1024
    if left & 1024 != 0:
        b = slice(msg.data, at, 1024)
        at += 1024
    if left & 512 != 0:
        c = slice(msg.data, at, 512)
        at += 512
    if left & 256 != 0:
        d = slice(msg.data, at, 256)
        at += 256
    if left & 128 != 0:
        e = slice(msg.data, at, 128)
        at += 128
    if left & 64 != 0:
        f = slice(msg.data, at, 64)
        at += 64
    if left & 32 != 0:
        g = slice(msg.data, at, 32)
    return concat(a, b, c, d, e, f, g)
