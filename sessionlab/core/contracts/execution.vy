# pragma version 0.4.3
"""
@title The execution phase of the EntryPoint
@notice ERC-4337 v0.7, `_executeUserOp`, `innerHandleOp` and `_postExecution`: each operation runs in a frame of its
        own, in which its paymaster's postOp can undo it, and is charged for.
# error PostOpReverted(returnData: bytes)
"""

import reading
import parts
import operations
import failed_op
import stake_manager
import prepayment

uses: stake_manager
uses: prepayment

EXECUTE_USER_OP: constant(bytes4) = 0x8dd7712f
# Gas that the EntryPoint itself needs around one execution (INNER_GAS_OVERHEAD of v0.7).
OVERHEAD: constant(uint256) = 10_000
# What is charged of the execution gas that an operation reserved and did not use.
PENALTY_PERCENT: constant(uint256) = 10
# What a frame reverts with: too little gas to begin with, or the operation costs more than its prefund (v0.7).
OUT_OF_GAS: constant(bytes32) = 0xdeaddead00000000000000000000000000000000000000000000000000000000
LOW_PREFUND: constant(bytes32) = 0xdeadaa5100000000000000000000000000000000000000000000000000000000
# What a paymaster is told of the operation (IPaymaster.PostOpMode).
OP_SUCCEEDED: constant(uint256) = 0
OP_REVERTED: constant(uint256) = 1
POST_OP_REVERTED: constant(uint256) = 2

struct UserOpInfo:
    mUserOp: operations.UserOp
    userOpHash: bytes32
    # wei
    prefund: uint256
    # A place in memory in v0.7; unused here.
    contextOffset: uint256
    preOpGas: uint256

event UserOperationEvent:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    paymaster: indexed(address)
    nonce: uint256
    success: bool
    actualGasCost: uint256
    actualGasUsed: uint256

event UserOperationRevertReason:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256
    revertReason: Bytes[failed_op.MAX_REVERT_DATA]

event PostOpRevertReason:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256
    revertReason: Bytes[failed_op.MAX_REVERT_DATA]

event UserOperationPrefundTooLow:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256


@internal
def _execute(index: uint256, at: uint256, prepaid: prepayment.Prepaid) -> uint256:
    """
    @notice Runs one operation in a frame of its own; one that fails is charged for and stops no other. The account
            is called with the operation's callData, or with `executeUserOp(op, hash)` if callData asks for that.
    @return What the beneficiary gets for it, in wei.
    """
    gas_before: uint256 = msg.gas
    head: operations.Head = operations._head(at)
    info: UserOpInfo = UserOpInfo(
        mUserOp=operations._user_op(head, at),
        userOpHash=prepaid.hash,
        prefund=prepaid.prefund,
        contextOffset=0,
        preOpGas=prepaid.pre_gas,
    )
    context: Bytes[prepayment.MAX_CONTEXT] = b""
    if info.mUserOp.paymaster != empty(address):
        context = prepayment._take_context(index)
    start: uint256 = at + head.callData + 32
    length: uint256 = reading._word(start - 32)
    call_data: Bytes[parts.MAX_CALL_DATA] = b""
    if length < 4 or reading._selector(start, length) != EXECUTE_USER_OP:
        call_data = slice(parts._part(start, operations._padded(length)), 0, length)
    else:
        call_data = concat(EXECUTE_USER_OP, convert(64, bytes32), prepaid.hash, parts._part(at, operations._size(at)))
    success: bool = False
    answer: Bytes[failed_op.MAX_REVERT_DATA] = b""
    success, answer = raw_call(
        self,
        abi_encode(call_data, info, context, method_id=parts.INNER_HANDLE_OP),
        max_outsize=failed_op.MAX_REVERT_DATA,
        revert_on_failure=False,
    )
    if success:
        return convert(slice(answer, 0, 32), uint256)
    return self._undone(index, info, answer, gas_before - parts._frame_gas(len(call_data)))


@internal
def _undone(
    index: uint256, info: UserOpInfo, answer: Bytes[failed_op.MAX_REVERT_DATA], gas_before: uint256
) -> uint256:
    """
    @notice The frame reverted. With too little gas in it, which only the bundler can bring about, so does the bundle.
    """
    code: bytes32 = empty(bytes32)
    if len(answer) == 32:
        code = convert(slice(answer, 0, 32), bytes32)
    if code == OUT_OF_GAS:
        failed_op._fail(index, "AA95 out of gas")
    if code == LOW_PREFUND:
        used: uint256 = gas_before - msg.gas + info.preOpGas
        self._log_prefund_too_low(info)
        self._log_operation(info, False, info.prefund, used)
        return info.prefund
    log PostOpRevertReason(
        userOpHash=info.userOpHash, sender=info.mUserOp.sender, nonce=info.mUserOp.nonce, revertReason=answer
    )
    return self._settle(POST_OP_REVERTED, info, gas_before - msg.gas + info.preOpGas)


@internal
@view
def _check_frame(op: operations.UserOp):
    """
    @notice Reverts unless there is gas for all that the operation's limits promise.
    """
    if msg.gas * 63 // 64 < op.callGasLimit + op.paymasterPostOpGasLimit + OVERHEAD:
        raw_revert(abi_encode(OUT_OF_GAS))


@internal
def _log_revert(info: UserOpInfo, reason: Bytes[failed_op.MAX_REVERT_DATA]):
    if len(reason) != 0:
        log UserOperationRevertReason(
            userOpHash=info.userOpHash, sender=info.mUserOp.sender, nonce=info.mUserOp.nonce, revertReason=reason
        )


@internal
def _post_op(mode: uint256, info: UserOpInfo, context: Bytes[prepayment.MAX_CONTEXT], used: uint256):
    """
    @notice Tells the paymaster what the operation cost so far. If it reverts, so does the frame.
    """
    paymaster: address = info.mUserOp.paymaster
    price: uint256 = operations._price(info.mUserOp)
    assert paymaster.is_contract
    success: bool = False
    reason: Bytes[failed_op.MAX_REVERT_DATA] = b""
    success, reason = raw_call(
        paymaster,
        abi_encode(mode, context, used * price, price, method_id=method_id("postOp(uint8,bytes,uint256,uint256)")),
        gas=info.mUserOp.paymasterPostOpGasLimit,
        max_outsize=failed_op.MAX_REVERT_DATA,
        revert_on_failure=False,
    )
    if not success:
        raw_revert(abi_encode(reason, method_id=method_id("PostOpReverted(bytes)")))


@internal
def _settle(mode: uint256, info: UserOpInfo, gas_used: uint256) -> uint256:
    """
    @notice Charges for the operation and for part of its unused execution gas, and refunds the rest of its prefund.
    @return The cost in wei.
    """
    op: operations.UserOp = info.mUserOp
    used: uint256 = gas_used
    reserved: uint256 = op.callGasLimit + op.paymasterPostOpGasLimit
    executed: uint256 = used - info.preOpGas
    if reserved > executed:
        used += (reserved - executed) * PENALTY_PERCENT // 100
    cost: uint256 = used * operations._price(op)
    if cost <= info.prefund:
        payer: address = op.sender
        if op.paymaster != empty(address):
            payer = op.paymaster
        stake_manager.deposit_of[payer] += info.prefund - cost
        self._log_operation(info, mode == OP_SUCCEEDED, cost, used)
        return cost
    if mode != POST_OP_REVERTED:
        raw_revert(abi_encode(LOW_PREFUND))
    self._log_prefund_too_low(info)
    self._log_operation(info, False, info.prefund, used)
    return info.prefund


@internal
def _log_operation(info: UserOpInfo, success: bool, cost: uint256, used: uint256):
    log UserOperationEvent(
        userOpHash=info.userOpHash,
        sender=info.mUserOp.sender,
        paymaster=info.mUserOp.paymaster,
        nonce=info.mUserOp.nonce,
        success=success,
        actualGasCost=cost,
        actualGasUsed=used,
    )


@internal
def _log_prefund_too_low(info: UserOpInfo):
    log UserOperationPrefundTooLow(
        userOpHash=info.userOpHash, sender=info.mUserOp.sender, nonce=info.mUserOp.nonce
    )
