# pragma version 0.4.3
"""
@title Parts of the calldata, huge
@notice Replaces `parts.vy` when EntryPointHuge is compiled: it has room for a batch of 16 calls with 4 KiB of data
        each. Memory up to these bounds costs 450,000 gas a bundle, which no operation is charged for.
"""

MAX_BYTES: constant(uint256) = 73_696
MAX_CALL_DATA: constant(uint256) = 73_764
MAX_OPERATIONS: constant(uint256) = 128
# The frame of an operation, in the contract that has these bounds.
INNER_HANDLE_OP: constant(Bytes[4]) = method_id(
    "innerHandleLargeOp(bytes,((address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,uint256,uint256),bytes)"
)
# All the powers of two together.
POWERS: constant(uint256) = 65_504


@internal
@pure
def _frame_gas(length: uint256) -> uint256:
    """
    @notice Gas that a frame with `length` bytes of callData costs here and not in v0.7: no operation is charged for it.
    """
    if length <= 16_420:
        return 15_000
    return 30_000 + length * 3 // 4


@internal
@view
def _part(start: uint256, length: uint256) -> Bytes[MAX_BYTES]:
    """
    @notice The `length` bytes at `start`; `length` is a multiple of 32 and at most MAX_BYTES.
    """
    more: Bytes[8192] = b""
    if length > POWERS:
        more = slice(msg.data, start, 8192)
    at: uint256 = start + len(more)
    left: uint256 = length - len(more)
    a: Bytes[32768] = b""
    b: Bytes[16384] = b""
    c: Bytes[8192] = b""
    d: Bytes[4096] = b""
    e: Bytes[2048] = b""
    f: Bytes[1024] = b""
    g: Bytes[512] = b""
    h: Bytes[256] = b""
    i: Bytes[128] = b""
    j: Bytes[64] = b""
    k: Bytes[32] = b""
    if left & 32768 != 0:
        a = slice(msg.data, at + (left >> 16 << 16), 32768)
    if left & 16384 != 0:
        b = slice(msg.data, at + (left >> 15 << 15), 16384)
    if left & 8192 != 0:
        c = slice(msg.data, at + (left >> 14 << 14), 8192)
    if left & 4096 != 0:
        d = slice(msg.data, at + (left >> 13 << 13), 4096)
    if left & 2048 != 0:
        e = slice(msg.data, at + (left >> 12 << 12), 2048)
    if left & 1024 != 0:
        f = slice(msg.data, at + (left >> 11 << 11), 1024)
    if left & 512 != 0:
        g = slice(msg.data, at + (left >> 10 << 10), 512)
    if left & 256 != 0:
        h = slice(msg.data, at + (left >> 9 << 9), 256)
    if left & 128 != 0:
        i = slice(msg.data, at + (left >> 8 << 8), 128)
    if left & 64 != 0:
        j = slice(msg.data, at + (left >> 7 << 7), 64)
    if left & 32 != 0:
        k = slice(msg.data, at + (left >> 6 << 6), 32)
    return concat(more, a, b, c, d, e, f, g, h, i, j, k)
