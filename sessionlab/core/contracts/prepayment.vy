# pragma version 0.4.3
"""
@title The validation phase of the EntryPoint
@notice ERC-4337 v0.7, `_validatePrepayment`: deploys the sender if needed, calls the account and the paymaster, and
        takes the most that the operation can cost from the one who pays. Nothing of the bundle has run yet.
# error InitCodeTooLarge(asked: uint256, limit: uint256)
# error ContextTooLarge(asked: uint256, limit: uint256)
"""

import reading
import parts
import operations
import failed_op
import stake_manager
import nonces

uses: stake_manager
uses: nonces

VALIDATE_USER_OP: constant(bytes4) = 0x19822f7c
VALIDATE_PAYMASTER_USER_OP: constant(bytes4) = 0x52b7512c
# Vyper needs bounds for what lies in memory. v0.7 copies any initCode, and any context that the paymaster's gas
# pays for.
MAX_INIT_CODE: constant(uint256) = 2_048
MAX_CONTEXT: constant(uint256) = 1_024

interface ISenderCreator:
    def createSender(initCode: Bytes[MAX_INIT_CODE]) -> address: nonpayable

# What validation found out about one operation and execution needs.
struct Prepaid:
    hash: bytes32
    # wei
    prefund: uint256
    # Gas used in validation, and preVerificationGas.
    pre_gas: uint256

event AccountDeployed:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    factory: address
    paymaster: address

SENDER_CREATOR: immutable(ISenderCreator)
# Index of an operation in the bundle → what its paymaster wants to be told after it.
contexts: transient(HashMap[uint256, Bytes[MAX_CONTEXT]])


@deploy
def __init__(sender_creator: address):
    SENDER_CREATOR = ISenderCreator(sender_creator)


@internal
def _validate(index: uint256, at: uint256) -> Prepaid:
    """
    @notice Validates the operation at `at`; the bundle reverts if it may not run.
    """
    gas_before: uint256 = msg.gas
    head: operations.Head = operations._head(at)
    op: operations.UserOp = operations._user_op(head, at)
    packed: Bytes[parts.MAX_BYTES] = parts._part(at, operations._end(at, head) - at)
    prepaid: Prepaid = Prepaid(hash=self._hash(head, packed), prefund=operations._prefund(op), pre_gas=0)
    length: uint256 = reading._word(at + head.initCode)
    if length != 0:
        self._create_sender(index, op, prepaid.hash, slice(packed, head.initCode + 32, length))
    success: bool = False
    answer: Bytes[failed_op.MAX_REVERT_DATA] = b""
    success, answer = raw_call(
        op.sender,
        concat(VALIDATE_USER_OP, convert(96, bytes32), prepaid.hash, self._missing(op, prepaid.prefund), packed),
        gas=op.verificationGasLimit,
        max_outsize=failed_op.MAX_REVERT_DATA,
        revert_on_failure=False,
    )
    verdict: uint256 = self._after_account(index, op, prepaid.prefund, gas_before, success, answer)
    paymaster_verdict: uint256 = 0
    if op.paymaster != empty(address):
        paymaster_gas_before: uint256 = msg.gas
        self._take_from_paymaster(index, op.paymaster, prepaid.prefund)
        success, answer = raw_call(
            op.paymaster,
            concat(VALIDATE_PAYMASTER_USER_OP, convert(96, bytes32), prepaid.hash, convert(prepaid.prefund, bytes32), packed),
            gas=op.paymasterVerificationGasLimit,
            max_outsize=failed_op.MAX_REVERT_DATA,
            revert_on_failure=False,
        )
        paymaster_verdict = self._after_paymaster(index, op, paymaster_gas_before, success, answer)
    prepaid.pre_gas = gas_before - msg.gas + op.preVerificationGas
    failed_op._check_verdicts(index, verdict, paymaster_verdict)
    return prepaid


@internal
@view
def _fits() -> bool:
    """
    @notice Whether this contract has room for the operation in the calldata of `getUserOpHash(op)`.
    """
    return operations._size(4 + reading._word(4)) <= parts.MAX_BYTES


@internal
@view
def _user_op_hash() -> bytes32:
    at: uint256 = 4 + reading._word(4)
    head: operations.Head = operations._head(at)
    return self._hash(head, parts._part(at, operations._end(at, head) - at))


@internal
@view
def _hash(head: operations.Head, packed: Bytes[parts.MAX_BYTES]) -> bytes32:
    """
    @notice The user operation's hash: every field but the signature, this EntryPoint and this chain.
    """
    hashes: bytes32[3] = empty(bytes32[3])
    offsets: uint256[3] = [head.initCode, head.callData, head.paymasterAndData]
    for i: uint256 in range(3):
        length: uint256 = convert(slice(packed, offsets[i], 32), uint256)
        hashes[i] = keccak256(slice(packed, offsets[i] + 32, length))
    fields: bytes32 = keccak256(
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
    return keccak256(abi_encode(fields, self, chain.id))


@internal
def _create_sender(index: uint256, op: operations.UserOp, hash: bytes32, init_code: Bytes[parts.MAX_BYTES]):
    if op.sender.is_contract:
        failed_op._fail(index, "AA10 sender already constructed")
    self._check_init_code(len(init_code))
    created: address = extcall SENDER_CREATOR.createSender(
        convert(init_code, Bytes[MAX_INIT_CODE]), gas=op.verificationGasLimit
    )
    if created == empty(address):
        failed_op._fail(index, "AA13 initCode failed or OOG")
    if created != op.sender:
        failed_op._fail(index, "AA14 initCode must return sender")
    if not created.is_contract:
        failed_op._fail(index, "AA15 initCode must create sender")
    factory: address = convert(convert(slice(init_code, 0, 20), bytes20), address)
    log AccountDeployed(userOpHash=hash, sender=created, factory=factory, paymaster=op.paymaster)


@internal
@pure
def _check_init_code(length: uint256):
    if length > MAX_INIT_CODE:
        raw_revert(abi_encode(length, MAX_INIT_CODE, method_id=method_id("InitCodeTooLarge(uint256,uint256)")))


@internal
@view
def _missing(op: operations.UserOp, prefund: uint256) -> bytes32:
    """
    @notice What the account is asked for, in wei: the part of the prefund that its deposit does not cover.
    """
    if op.paymaster != empty(address):
        return empty(bytes32)
    deposit: uint256 = stake_manager.deposit_of[op.sender]
    if deposit > prefund:
        return empty(bytes32)
    return convert(prefund - deposit, bytes32)


@internal
def _after_account(
    index: uint256,
    op: operations.UserOp,
    prefund: uint256,
    gas_before: uint256,
    success: bool,
    answer: Bytes[failed_op.MAX_REVERT_DATA],
) -> uint256:
    """
    @notice Takes the prefund, unless a paymaster pays, and uses the nonce.
    @return ERC-4337 validationData.
    """
    if not success:
        failed_op._fail_with(index, "AA23 reverted", answer)
    # An account without code answers nothing: v0.7 reverts without data, too.
    assert len(answer) >= 32
    if op.paymaster == empty(address):
        deposit: uint256 = stake_manager.deposit_of[op.sender]
        if prefund > deposit:
            failed_op._fail(index, "AA21 didn't pay prefund")
        stake_manager.deposit_of[op.sender] = deposit - prefund
    if not nonces._use(op.sender, op.nonce):
        failed_op._fail(index, "AA25 invalid account nonce")
    if gas_before - msg.gas > op.verificationGasLimit:
        failed_op._fail(index, "AA26 over verificationGasLimit")
    return convert(slice(answer, 0, 32), uint256)


@internal
def _take_from_paymaster(index: uint256, paymaster: address, prefund: uint256):
    deposit: uint256 = stake_manager.deposit_of[paymaster]
    if deposit < prefund:
        failed_op._fail(index, "AA31 paymaster deposit too low")
    stake_manager.deposit_of[paymaster] = deposit - prefund


@internal
def _after_paymaster(
    index: uint256,
    op: operations.UserOp,
    gas_before: uint256,
    success: bool,
    answer: Bytes[failed_op.MAX_REVERT_DATA],
) -> uint256:
    """
    @notice Keeps the context in the paymaster's answer, `(bytes context, uint256 validationData)`.
    @return ERC-4337 validationData.
    """
    if not success:
        failed_op._fail_with(index, "AA33 reverted", answer)
    start: uint256 = convert(slice(answer, 0, 32), uint256)
    length: uint256 = convert(slice(answer, start, 32), uint256)
    if length > MAX_CONTEXT:
        raw_revert(abi_encode(length, MAX_CONTEXT, method_id=method_id("ContextTooLarge(uint256,uint256)")))
    if length != 0:
        self.contexts[index] = convert(slice(answer, start + 32, length), Bytes[MAX_CONTEXT])
    if gas_before - msg.gas > op.paymasterVerificationGasLimit:
        failed_op._fail(index, "AA36 over paymasterVerificationGasLimit")
    return convert(slice(answer, 32, 32), uint256)


@internal
def _take_context(index: uint256) -> Bytes[MAX_CONTEXT]:
    """
    @notice The context of one operation, which is forgotten here: the next bundle of the transaction begins empty.
    """
    context: Bytes[MAX_CONTEXT] = self.contexts[index]
    if len(context) != 0:
        self.contexts[index] = b""
    return context
