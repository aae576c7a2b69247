# pragma version 0.4.3
"""
@title EntryPointLarge
@notice Runs by delegatecall what is over the bounds of the EntryPoint: bundles with an operation of more than 3 kB,
        or with more than 48. The same modules as `EntryPoint.vy`, compiled with `parts_large.vy`; with
        `parts_huge.vy`, this source is EntryPointHuge, for operations of more than 16 kB.
"""

import parts
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

HANDLE_OPS: constant(bytes4) = 0x765e827f


@deploy
def __init__(sender_creator: address):
    prepayment.__init__(sender_creator)


@external
def innerHandleLargeOp(
    callData: Bytes[parts.MAX_CALL_DATA], opInfo: execution.UserOpInfo, context: Bytes[prepayment.MAX_CONTEXT]
) -> uint256:
    """
    @notice The frame of one operation. The same as `innerHandleOp` of the EntryPoint, with more room: Vyper reserves
            memory for an argument in the function that takes it, so they cannot share one.
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
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice `handleOps` and `getUserOpHash`.
    """
    if convert(slice(msg.data, 0, 4), bytes4) == HANDLE_OPS:
        bundles._check_fits()
        bundles._handle_ops()
        return b""
    return abi_encode(prepayment._user_op_hash())
