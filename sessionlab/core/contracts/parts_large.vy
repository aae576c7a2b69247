# pragma version 0.4.3
"""
@title Parts of the calldata, large
@notice Replaces `parts.vy` when EntryPointLarge is compiled: it has room for a batch of 32 calls or a grant of 100
        permissions. Memory up to these bounds costs 30,000 gas a bundle, which no operation is charged for.
"""

MAX_BYTES: constant(uint256) = 16_352
MAX_CALL_DATA: constant(uint256) = 16_420
MAX_OPERATIONS: constant(uint256) = 128
# The frame of an operation, in the contract that has these bounds.
INNER_HANDLE_OP: constant(Bytes[4]) = method_id(
    "innerHandleLargeOp(bytes,((address,uint256,uint256,uint256,uint256,uint256,uint256,address,uint256,uint256),bytes32,uint256,uint256,uint256),bytes)"
)


@internal
@pure
def _frame_gas(length: uint256) -> uint256:
    """
    @notice Gas that a frame with `length` bytes of callData costs here and not in v0.7: no operation is charged for it.
    """
    return 15_000


@internal
@view
def _part(start: uint256, length: uint256) -> Bytes[MAX_BYTES]:
    """
    @notice The `length` bytes at `start`; `length` is a multiple of 32 and at most MAX_BYTES.
    """
    a: Bytes[8192] = b""
    b: Bytes[4096] = b""
    c: Bytes[2048] = b""
    d: Bytes[1024] = b""
    e: Bytes[512] = b""
    f: Bytes[256] = b""
    g: Bytes[128] = b""
    h: Bytes[64] = b""
    i: Bytes[32] = b""
    if length & 8192 != 0:
        a = slice(msg.data, start + (length >> 14 << 14), 8192)
    if length & 4096 != 0:
        b = slice(msg.data, start + (length >> 13 << 13), 4096)
    if length & 2048 != 0:
        c = slice(msg.data, start + (length >> 12 << 12), 2048)
    if length & 1024 != 0:
        d = slice(msg.data, start + (length >> 11 << 11), 1024)
    if length & 512 != 0:
        e = slice(msg.data, start + (length >> 10 << 10), 512)
    if length & 256 != 0:
        f = slice(msg.data, start + (length >> 9 << 9), 256)
    if length & 128 != 0:
        g = slice(msg.data, start + (length >> 8 << 8), 128)
    if length & 64 != 0:
        h = slice(msg.data, start + (length >> 7 << 7), 64)
    if length & 32 != 0:
        i = slice(msg.data, start + (length >> 6 << 6), 32)
    return concat(a, b, c, d, e, f, g, h, i)
