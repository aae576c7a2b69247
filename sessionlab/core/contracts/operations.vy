# pragma version 0.4.3
"""
@title User operations where they lie
@notice Reads the PackedUserOperation (ERC-4337 v0.7) at a position of the calldata: its static words, its gas
        limits, its hash, and what it may cost.
"""

import reading

# What is charged of the execution gas that an operation reserved and did not use.
PENALTY_PERCENT: constant(uint256) = 10

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

struct Limits:
    verification: uint256
    call: uint256
    pre_verification: uint256
    paymaster_verification: uint256
    paymaster_post_op: uint256
    max_fee: uint256
    max_priority_fee: uint256
    paymaster: address


@internal
@view
def _head(at: uint256) -> Head:
    return abi_decode(slice(msg.data, at, 288), Head)


@internal
@pure
def _dynamic(head: Head, field: uint256) -> uint256:
    """
    @notice The offset of the fields that the hash takes by their own hash: initCode, callData, paymasterAndData.
    """
    if field == 0:
        return head.initCode
    if field == 1:
        return head.callData
    return head.paymasterAndData


@internal
@view
def _hash(head: Head, hashes: bytes32[3]) -> bytes32:
    """
    @notice The user operation's hash: its fields, this EntryPoint and this chain.
    """
    packed: bytes32 = keccak256(
        abi_encode(
            head.sender,
            head.nonce,
            hashes[0],
            hashes[1],
            head.accountGasLimits,
            head.preVerificationGas,
            head.gasFees,
            hashes[2],
        )
    )
    return keccak256(abi_encode(packed, self, chain.id))


@internal
@view
def _limits(head: Head, at: uint256) -> Limits:
    limits: Limits = Limits(
        verification=head.accountGasLimits >> 128,
        call=head.accountGasLimits & (2 ** 128 - 1),
        pre_verification=head.preVerificationGas,
        paymaster_verification=0,
        paymaster_post_op=0,
        max_fee=head.gasFees & (2 ** 128 - 1),
        max_priority_fee=head.gasFees >> 128,
        paymaster=empty(address),
    )
    field: uint256 = at + head.paymasterAndData
    length: uint256 = reading._word(field)
    if length != 0:
        assert length >= 52, "AA93 invalid paymasterAndData"
        limits.paymaster = convert(reading._word(field + 32) >> 96, address)
        packed: uint256 = reading._word(field + 52)
        limits.paymaster_verification = packed >> 128
        limits.paymaster_post_op = packed & (2 ** 128 - 1)
    largest: uint256 = (
        limits.verification
        | limits.call
        | limits.pre_verification
        | limits.paymaster_verification
        | limits.paymaster_post_op
        | limits.max_fee
        | limits.max_priority_fee
    )
    assert largest >> 120 == 0, "AA94 gas values overflow"
    return limits


@internal
@pure
def _prefund(limits: Limits) -> uint256:
    """
    @notice The most that the operation can cost, in wei: all its gas limits at its highest price.
    """
    return limits.max_fee * (
        limits.verification
        + limits.call
        + limits.pre_verification
        + limits.paymaster_verification
        + limits.paymaster_post_op
    )


@internal
@view
def _price(limits: Limits) -> uint256:
    if limits.max_fee == limits.max_priority_fee:
        return limits.max_fee
    return min(limits.max_fee, limits.max_priority_fee + block.basefee)


@internal
@pure
def _charged(limits: Limits, before: uint256, executed: uint256) -> uint256:
    """
    @notice Gas to charge: what was used, and a share of the execution gas that was reserved and not used.
    """
    reserved: uint256 = limits.call + limits.paymaster_post_op
    unused: uint256 = 0
    if reserved > executed:
        unused = reserved - executed
    return before + executed + unused * PENALTY_PERCENT // 100
