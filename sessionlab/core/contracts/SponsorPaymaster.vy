# pragma version 0.4.3
"""
@title SponsorPaymaster
@notice ERC-4337 v0.7 paymaster that pays for the operations its sponsor signed. `paymasterData` is
        validUntil (6 bytes), validAfter (6), r (32), s (32), v (1); the signature covers every field of the
        operation but the account's signature, this chain and this paymaster.
        Which operations to sign, and up to what cost, is for the sponsor's gas policies to say.
# error NotEntryPoint(caller: address)
# error NotSponsor(caller: address)
"""

import reading
import operations
import deposit_in_entry_point as funds

initializes: funds

exports: (funds.sponsor, funds.deposit, funds.withdrawTo)

IDENTITY: constant(address) = 0x0000000000000000000000000000000000000004
VALIDATE: constant(bytes4) = 0x52b7512c
HALF_ORDER: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168
# Vyper needs a bound for what is copied to memory; see EntryPoint.vy.
MAX_CALLDATA: constant(uint256) = 73_728
SIGNATURE_FAILED: constant(uint256) = 1
# Paymaster address, two gas limits; then the paymasterData above.
DATA_BYTES: constant(uint256) = 52 + 77


@deploy
def __init__(sponsor: address):
    funds.__init__(sponsor)


@external
@payable
@raw_return
def __default__() -> Bytes[96]:
    """
    @notice `validatePaymasterUserOp(PackedUserOperation, bytes32, uint256)`.
    """
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    at: uint256 = 0
    data: uint256 = 0
    head: operations.Head = empty(operations.Head)
    hashes: bytes32[2] = empty(bytes32[2])
    digest: bytes32 = empty(bytes32)
    answer: uint256 = 0
    assert selector == VALIDATE
    if msg.sender != funds.ENTRY_POINT:
        raw_revert(abi_encode(msg.sender, method_id=method_id("NotEntryPoint(address)")))
    at = 4 + reading._word(4)
    head = operations._head(at)
    data = at + head.paymasterAndData
    if reading._word(data) != DATA_BYTES:
        return abi_encode(convert(64, uint256), SIGNATURE_FAILED, convert(0, uint256))
    for i: uint256 in range(2):
        hashes[i] = keccak256(
            slice(
                raw_call(
                    IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True, gas=max_value(uint256)
                ),
                at + self._field(head, i) + 32,
                reading._word(at + self._field(head, i)),
            )
        )
    digest = self._digest(head, hashes, data + 32)
    answer = (reading._word(data + 90) >> 208) << 208 | (reading._word(data + 84) >> 208) << 160
    if not self._signed(digest, data + 96):
        answer |= SIGNATURE_FAILED
    return abi_encode(convert(64, uint256), answer, convert(0, uint256))


@internal
@pure
def _field(head: operations.Head, place: uint256) -> uint256:
    if place == 0:
        return head.initCode
    return head.callData


@internal
@view
def _digest(head: operations.Head, hashes: bytes32[2], data: uint256) -> bytes32:
    """
    @notice What the sponsor signs; `data` is where paymasterAndData begins: 20 bytes of address, 32 of gas
            limits, 12 of window.
    """
    return keccak256(
        abi_encode(
            head.sender,
            head.nonce,
            hashes[0],
            hashes[1],
            head.accountGasLimits,
            head.preVerificationGas,
            head.gasFees,
            reading._word(data + 20),
            reading._word(data + 52) >> 160,
            chain.id,
            self,
        )
    )


@internal
@view
def _signed(digest: bytes32, at: uint256) -> bool:
    s: uint256 = reading._word(at + 32)
    v: uint256 = reading._word(at + 33) & 255
    if s > HALF_ORDER or (v != 27 and v != 28):
        return False
    message: bytes32 = keccak256(concat(b"\x19Ethereum Signed Message:\n32", digest))
    signer: address = ecrecover(message, v, reading._word(at), s)
    return signer != empty(address) and signer == funds.sponsor
