# pragma version 0.4.3
"""
@title EntryPoint
@notice ERC-4337 v0.7: checks and runs user operations, and charges for them. Read `bundles.vy` first.
        `handleOps` and `getUserOpHash` are answered from `__default__`, which reads the operations from the calldata
        (see `reading.vy`); their ABI is in `IEntryPoint.vyi`.
        Unlike v0.7, it refuses signature aggregators, which session keys do not use, and it has bounds: 128 operations
        of 73,696 bytes each, 2,048 bytes of initCode, 1,024 bytes of context, 16,384 bytes for `delegateAndRevert`.
        Operations must be encoded as ABI encoders write them; v0.7 encodes each anew before it hands it on.
# error SenderAddressResult(sender: address)
# error DelegateAndRevert(success: bool, ret: bytes)
# error AggregatorsNotSupported()
"""

import reading
import parts
import operations
import failed_op
import stake_manager
import nonces
import prepayment
import execution
import bundles

initializes: stake_manager
initializes: nonces
initializes: prepayment[stake_manager := stake_manager, nonces := nonces]
initializes: execution[stake_manager := stake_manager, prepayment := prepayment]
initializes: bundles[prepayment := prepayment, execution := execution]

exports: (
    stake_manager.balanceOf,
    stake_manager.deposits,
    stake_manager.getDepositInfo,
    stake_manager.depositTo,
    stake_manager.withdrawTo,
    stake_manager.addStake,
    stake_manager.unlockStake,
    stake_manager.withdrawStake,
    nonces.getNonce,
    nonces.incrementNonce,
    nonces.nonceSequenceNumber,
)

HANDLE_OPS: constant(bytes4) = 0x765e827f
HANDLE_AGGREGATED_OPS: constant(bytes4) = 0xdbed18e0
GET_USER_OP_HASH: constant(bytes4) = 0x22cdde4c
# What `delegateAndRevert` passes on and copies back at most; v0.7 has no bound.
MAX_DELEGATED: constant(uint256) = 16_384

# Run what is over the bounds of this contract, by delegatecall.
LARGE: immutable(address)
HUGE: immutable(address)


@deploy
def __init__(sender_creator: address, large: address, huge: address):
    prepayment.__init__(sender_creator)
    LARGE = large
    HUGE = huge


@external
@view
def supportsInterface(interfaceId: bytes4) -> bool:
    """
    @notice ERC-165: itself, IEntryPoint, IStakeManager and INonceManager, and the three together.
    """
    return interfaceId in [0x01ffc9a7, 0x915074d8, 0xcf28ef97, 0x3e84f021, 0x60fc6b6e]


@external
def getSenderAddress(initCode: Bytes[MAX_DELEGATED]):
    """
    @notice Reverts with the address of the account that `initCode` would make.
    """
    prepayment._check_init_code(len(initCode))
    sender: address = extcall prepayment.SENDER_CREATOR.createSender(
        convert(initCode, Bytes[prepayment.MAX_INIT_CODE])
    )
    raw_revert(abi_encode(sender, method_id=method_id("SenderAddressResult(address)")))


@external
def delegateAndRevert(target: address, data: Bytes[MAX_DELEGATED]):
    """
    @notice Runs `target`'s code as if it were the EntryPoint's and reverts with what it answered: for estimations.
    """
    success: bool = False
    answer: Bytes[MAX_DELEGATED] = b""
    success, answer = raw_call(
        target, data, max_outsize=MAX_DELEGATED, is_delegate_call=True, revert_on_failure=False
    )
    raw_revert(abi_encode(success, answer, method_id=method_id("DelegateAndRevert(bool,bytes)")))


@external
def innerHandleOp(
    callData: Bytes[parts.MAX_CALL_DATA], opInfo: execution.UserOpInfo, context: Bytes[prepayment.MAX_CONTEXT]
) -> uint256:
    """
    @notice The frame of one operation. For the EntryPoint itself alone.
    @return What the operation cost, in wei.
    """
    gas_before: uint256 = msg.gas
    assert msg.sender == self, "AA92 internal call only"
    execution._check_frame(opInfo.mUserOp)
    mode: uint256 = execution.OP_SUCCEEDED
    if len(callData) != 0:
        success: bool = False
        reason: Bytes[failed_op.MAX_REVERT_DATA] = b""
        success, reason = raw_call(
            opInfo.mUserOp.sender,
            callData,
            gas=opInfo.mUserOp.callGasLimit,
            max_outsize=failed_op.MAX_REVERT_DATA,
            revert_on_failure=False,
        )
        if not success:
            mode = execution.OP_REVERTED
            execution._log_revert(opInfo, reason)
    if len(context) != 0:
        execution._post_op(mode, opInfo, context, gas_before - msg.gas + opInfo.preOpGas)
    return execution._settle(mode, opInfo, gas_before - msg.gas + opInfo.preOpGas)


@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice `handleOps(PackedUserOperation[] ops, address beneficiary)`, `getUserOpHash(PackedUserOperation)`,
            and plain value, which is the sender's deposit.
    """
    if len(msg.data) == 0:
        stake_manager._deposit(msg.sender, msg.value)
        return b""
    assert msg.value == 0
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    if selector == HANDLE_OPS:
        bundles._check_not_busy()
        if bundles._fits():
            bundles._handle_ops()
            return b""
    if selector == GET_USER_OP_HASH and prepayment._fits():
        return abi_encode(prepayment._user_op_hash())
    if selector == HANDLE_AGGREGATED_OPS:
        raw_revert(method_id("AggregatorsNotSupported()"))
    # Oversized bundles and their frames run in another contract.
    assert selector in [HANDLE_OPS, GET_USER_OP_HASH] or msg.sender == self
    return raw_call(self._room(selector), msg.data, max_outsize=32, is_delegate_call=True)


@internal
@view
def _room(selector: bytes4) -> address:
    """
    @notice The contract that has room for what is in the calldata.
    """
    size: uint256 = 0
    if selector == HANDLE_OPS:
        size = bundles._largest()
    elif selector == GET_USER_OP_HASH:
        size = operations._size(4 + reading._word(4))
    else:
        # A frame: its callData is at most that of `executeUserOp(op, hash)`.
        size = max(reading._word(4 + reading._word(4)), 68) - 68
    if size > parts.LARGE_BYTES:
        return HUGE
    return LARGE
