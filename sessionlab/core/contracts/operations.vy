# pragma version 0.4.3
"""
@title User operations in calldata
@notice Reads the PackedUserOperation (ERC-4337 v0.7) at a position of the calldata: its static words, its gas
        limits, and what it may cost.
"""

import reading

# The static words of a PackedUserOperation, as they lie in the calldata. Offsets count from the first.
struct Head:
    sender: address
    nonce: uint256
    initCode: uint256
    callData: uint256
    accountGasLimits: uint256
    preVerificationGas: uint256
    gasFees: uint256
    paymasterAndData: uint256
    signature: uint256

HEAD_BYTES: constant(uint256) = 288

# The same as v0.7's MemoryUserOp: part of the ABI of innerHandleOp.
struct UserOp:
    sender: address
    nonce: uint256
    verificationGasLimit: uint256
    callGasLimit: uint256
    paymasterVerificationGasLimit: uint256
    paymasterPostOpGasLimit: uint256
    preVerificationGas: uint256
    paymaster: address
    # wei per gas
    maxFeePerGas: uint256
    maxPriorityFeePerGas: uint256


@internal
@view
def _head(at: uint256) -> Head:
    return abi_decode(slice(msg.data, at, HEAD_BYTES), Head)


@internal
@view
def _end(at: uint256, head: Head) -> uint256:
    """
    @notice The position behind the operation at `at`. Its four fields must follow each other, zero-padded, as
            every ABI encoder writes them: then what is handed on is the operation and not a byte more.
    """
    field: uint256 = self._behind(at + HEAD_BYTES, at + head.initCode)
    field = self._behind(field, at + head.callData)
    field = self._behind(field, at + head.paymasterAndData)
    return self._behind(field, at + head.signature)


@internal
@view
def _behind(expected: uint256, field: uint256) -> uint256:
    if field != expected:
        reading._fail(expected)
    length: uint256 = reading._word(field)
    end: uint256 = field + 32 + self._padded(length)
    if length & 31 != 0 and reading._word(end - 32) << (8 * (length & 31)) != 0:
        reading._fail(end - 32)
    return end


@internal
@view
def _size(at: uint256) -> uint256:
    """
    @notice The bytes of the operation at `at`, if it is encoded as `_end` demands.
    """
    signature: uint256 = reading._word(at + HEAD_BYTES - 32)
    return signature + 32 + self._padded(reading._word(at + signature))


@internal
@pure
def _padded(length: uint256) -> uint256:
    return (length + 31) & (max_value(uint256) - 31)


@internal
@view
def _user_op(head: Head, at: uint256) -> UserOp:
    op: UserOp = UserOp(
        sender=head.sender,
        nonce=head.nonce,
        verificationGasLimit=head.accountGasLimits >> 128,
        callGasLimit=head.accountGasLimits & (2 ** 128 - 1),
        paymasterVerificationGasLimit=0,
        paymasterPostOpGasLimit=0,
        preVerificationGas=head.preVerificationGas,
        paymaster=empty(address),
        maxFeePerGas=head.gasFees & (2 ** 128 - 1),
        maxPriorityFeePerGas=head.gasFees >> 128,
    )
    field: uint256 = at + head.paymasterAndData
    length: uint256 = reading._word(field)
    if length != 0:
        assert length >= 52, "AA93 invalid paymasterAndData"
        op.paymaster = convert(reading._word(field + 32) >> 96, address)
        packed: uint256 = reading._word(field + 52)
        op.paymasterVerificationGasLimit = packed >> 128
        op.paymasterPostOpGasLimit = packed & (2 ** 128 - 1)
    largest: uint256 = op.verificationGasLimit | op.callGasLimit | op.preVerificationGas
    largest |= op.paymasterVerificationGasLimit | op.paymasterPostOpGasLimit
    largest |= op.maxFeePerGas | op.maxPriorityFeePerGas
    assert largest >> 120 == 0, "AA94 gas values overflow"
    return op


@internal
@pure
def _prefund(op: UserOp) -> uint256:
    """
    @notice The most that the operation can cost, in wei: all its gas limits at its highest price.
    """
    return op.maxFeePerGas * (
        op.verificationGasLimit
        + op.callGasLimit
        + op.preVerificationGas
        + op.paymasterVerificationGasLimit
        + op.paymasterPostOpGasLimit
    )


@internal
@view
def _price(op: UserOp) -> uint256:
    """
    @notice Wei per gas that the operation pays.
    """
    if op.maxFeePerGas == op.maxPriorityFeePerGas:
        return op.maxFeePerGas
    return min(op.maxFeePerGas, op.maxPriorityFeePerGas + block.basefee)
