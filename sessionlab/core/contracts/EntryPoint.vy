# pragma version 0.4.3
"""
@title EntryPoint
@notice ERC-4337 v0.7: checks and runs user operations, and charges for them. Answers `handleOps` and
        `getUserOpHash` from `__default__`, which reads the operations where they lie in the calldata
        (see `reading.vy`); the ABI that this gives is in `IEntryPoint.vyi`.
        Left out: signature aggregators (`handleAggregatedOps`), which session keys do not use.
# error SenderAddressResult(sender: address)
# error ReentrancyGuardReentrantCall()
# error BundleTooLarge(asked: uint256, limit: uint256)
"""

import reading
import operations
import verdicts
import prefund
import deposits
import nonces

initializes: deposits
initializes: prefund[deposits := deposits]
initializes: nonces

exports: (
    deposits.balanceOf,
    deposits.getDepositInfo,
    deposits.depositTo,
    deposits.withdrawTo,
    deposits.addStake,
    deposits.unlockStake,
    deposits.withdrawStake,
    nonces.getNonce,
    nonces.incrementNonce,
    nonces.nonceSequenceNumber,
)

# Vyper needs bounds for what lies in memory, and buffers cost gas up to their bounds, used or not. So this
# source is compiled twice: as it stands for the ordinary bundle, and as EntryPointLarge, with the larger
# bounds that `compile_contracts.py` names, which takes by delegatecall what is over these.
MAX_CALLDATA: constant(uint256) = 4_096
MAX_OPERATIONS: constant(uint256) = 4
MAX_CONTEXT: constant(uint256) = 512
MAX_INIT_CODE: constant(uint256) = 1_024
# Gas that the EntryPoint itself needs around one execution (INNER_GAS_OVERHEAD of v0.7).
OVERHEAD: constant(uint256) = 10_000
# Gas that the EntryPoint needs around an execution at most. An operation whose validation left less than
# that of its limits might cost more than its prefund, so it runs in a frame of its own and can be undone.
OWN_GAS: constant(uint256) = 12_000
# What a frame reverts with when the operation costs more than its prefund (INNER_REVERT_LOW_PREFUND of v0.7).
LOW_PREFUND: constant(Bytes[4]) = x"deadaa51"

HANDLE_OPS: constant(bytes4) = 0x765e827f
GET_USER_OP_HASH: constant(bytes4) = 0x22cdde4c
EXECUTE_USER_OP: constant(bytes4) = 0x8dd7712f
IDENTITY: constant(address) = 0x0000000000000000000000000000000000000004
NOTHING: constant(bytes32) = keccak256(b"")

SENDER_CREATOR: immutable(ISenderCreator)
# Where larger bundles go; zero in EntryPointLarge itself.
LARGE: immutable(address)

interface ISenderCreator:
    def createSender(initCode: Bytes[MAX_INIT_CODE]) -> address: nonpayable

# What validation found out about one operation and execution needs.
struct Validated:
    hash: bytes32
    prefund: uint256
    pre_gas: uint256
    framed: bool

event UserOperationEvent:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    paymaster: indexed(address)
    nonce: uint256
    success: bool
    actualGasCost: uint256
    actualGasUsed: uint256

event AccountDeployed:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    factory: address
    paymaster: address

event UserOperationRevertReason:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256
    revertReason: Bytes[verdicts.MAX_REVERT_DATA]

event PostOpRevertReason:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256
    revertReason: Bytes[verdicts.MAX_REVERT_DATA]

event UserOperationPrefundTooLow:
    userOpHash: indexed(bytes32)
    sender: indexed(address)
    nonce: uint256

event BeforeExecution:
    pass

busy: transient(bool)
contexts: transient(HashMap[uint256, Bytes[MAX_CONTEXT]])
# Of the operation that runs in a frame of its own, so that a failing postOp undoes its calls: one more
# than its place in the bundle, its hash, and the gas used before it.
inner_place: transient(uint256)
inner_hash: transient(bytes32)
inner_pre_gas: transient(uint256)


@deploy
def __init__(sender_creator: address, large: address):
    SENDER_CREATOR = ISenderCreator(sender_creator)
    LARGE = large


@external
@view
def supportsInterface(interfaceId: bytes4) -> bool:
    """
    @notice ERC-165.
    """
    return interfaceId == 0x01ffc9a7


@external
def getSenderAddress(initCode: Bytes[MAX_INIT_CODE]):
    """
    @notice Reverts with the address of the account that `initCode` would make.
    """
    sender: address = extcall SENDER_CREATOR.createSender(initCode)
    raw_revert(abi_encode(sender, method_id=method_id("SenderAddressResult(address)")))


@external
@payable
@raw_return
def __default__() -> Bytes[32]:
    """
    @notice `handleOps(PackedUserOperation[] ops, address beneficiary)`, `getUserOpHash(PackedUserOperation)`,
            and plain value, which is the sender's deposit.
    """
    # Memory is paid by its highest word: what is small comes first, the two large buffers last.
    size: uint256 = len(msg.data)
    if size == 0:
        deposits._deposit(msg.sender, msg.value)
        return b""
    selector: bytes4 = convert(slice(msg.data, 0, 4), bytes4)
    hashes: bytes32[3] = [NOTHING, NOTHING, NOTHING]
    head: operations.Head = empty(operations.Head)
    limits: operations.Limits = empty(operations.Limits)
    validated: Validated[MAX_OPERATIONS] = empty(Validated[MAX_OPERATIONS])
    place: uint256 = 0
    first: uint256 = 0
    last: uint256 = 0
    array: uint256 = 0
    at: uint256 = 0
    field: uint256 = 0
    length: uint256 = 0
    pre_gas: uint256 = 0
    verdict: uint256 = 0
    collected: uint256 = 0
    success: bool = False
    undone: bool = False
    reason: Bytes[verdicts.MAX_REVERT_DATA] = b""
    inner: bool = msg.sender == self and self.inner_place != 0
    limit: uint256 = MAX_CALLDATA
    if selector == HANDLE_OPS and size <= MAX_CALLDATA:
        array = 4 + reading._word(4)
        size = reading._word(array)
        limit = MAX_OPERATIONS
    if size > limit:
        if LARGE != empty(address):
            return raw_call(LARGE, msg.data, max_outsize=32, is_delegate_call=True)
        raw_revert(abi_encode(size, limit, method_id=method_id("BundleTooLarge(uint256,uint256)")))
    data: Bytes[MAX_CALLDATA] = raw_call(IDENTITY, msg.data, max_outsize=MAX_CALLDATA, is_static_call=True)

    if selector == GET_USER_OP_HASH:
        at = 4 + reading._word(4)
        head = operations._head(at)
        for i: uint256 in range(3):
            field = at + operations._dynamic(head, i)
            hashes[i] = keccak256(slice(data, field + 32, reading._word(field)))
        return abi_encode(operations._hash(head, hashes))

    assert selector == HANDLE_OPS
    if inner:
        first = self.inner_place - 1
        last = first + 1
    else:
        if self.busy:
            raw_revert(method_id("ReentrancyGuardReentrantCall()"))
        self.busy = True
        last = reading._word(array)

    # 1. Validation of all operations, before any of them runs.
    for i: uint256 in range(first, last, bound=MAX_OPERATIONS):
        if inner:
            break
        place = i
        pre_gas = msg.gas
        at = array + 32 + reading._word(array + 32 + 32 * i)
        head = operations._head(at)
        limits = operations._limits(head, at)
        hashes = [NOTHING, NOTHING, NOTHING]
        for j: uint256 in range(3):
            field = at + operations._dynamic(head, j)
            length = reading._word(field)
            if length != 0:
                hashes[j] = keccak256(slice(data, field + 32, length))
        validated[i].hash = operations._hash(head, hashes)
        validated[i].prefund = operations._prefund(limits)

        field = at + head.initCode
        length = reading._word(field)
        if length != 0:
            self._check_no_sender(i, head.sender)
            self._create_sender(
                i,
                head,
                limits,
                validated[i].hash,
                raw_call(IDENTITY, slice(data, field + 32, length), max_outsize=MAX_INIT_CODE, is_static_call=True),
            )
        elif not head.sender.is_contract:
            verdicts._fail(i, "AA20 account not deployed")

        # The arguments of validateUserOp, with the bundle behind them and an offset to this operation in it.
        success, reason = raw_call(
            head.sender,
            abi_encode(
                160 + at,
                validated[i].hash,
                prefund._missing_funds(head.sender, validated[i].prefund, limits.paymaster),
                data,
                method_id=method_id(
                    "validateUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32,uint256)"
                ),
            ),
            gas=limits.verification,
            max_outsize=verdicts.MAX_REVERT_DATA,
            revert_on_failure=False,
        )
        if not success or len(reason) < 32:
            verdicts._fail_with(i, "AA23 reverted", reason)
        prefund._take_prefund(i, head.sender, validated[i].prefund, limits.paymaster)
        if not nonces._use(head.sender, head.nonce):
            verdicts._fail(i, "AA25 invalid account nonce")
        if pre_gas - msg.gas > limits.verification:
            verdicts._fail(i, "AA26 over verificationGasLimit")
        verdict = convert(slice(reason, 0, 32), uint256)

        # Both are asked before the answer of either is judged.
        if limits.paymaster != empty(address):
            prefund._take_paymaster_prefund(i, limits.paymaster, validated[i].prefund)
            length = msg.gas
            success, reason = raw_call(
                limits.paymaster,
                abi_encode(
                    160 + at,
                    validated[i].hash,
                    validated[i].prefund,
                    data,
                    method_id=method_id(
                        "validatePaymasterUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32,uint256)"
                    ),
                ),
                gas=limits.paymaster_verification,
                max_outsize=verdicts.MAX_REVERT_DATA,
                revert_on_failure=False,
            )
            if not success or len(reason) < 96:
                verdicts._fail_with(i, "AA33 reverted", reason)
            if length - msg.gas > limits.paymaster_verification:
                verdicts._fail(i, "AA36 over paymasterVerificationGasLimit")
        verdicts._check_account_answer(i, verdict)
        if limits.paymaster != empty(address):
            validated[i].framed = self._check_paymaster_answer(i, reason)
        validated[i].pre_gas = pre_gas - msg.gas
        if validated[i].pre_gas + OWN_GAS > limits.verification + limits.paymaster_verification:
            validated[i].framed = True
        validated[i].pre_gas += limits.pre_verification

    # 2. Execution, one after the other; a failing operation is paid for and stops no other.
    if not inner:
        log BeforeExecution()
    for i: uint256 in range(first, last, bound=MAX_OPERATIONS):
        pre_gas = msg.gas
        at = array + 32 + reading._word(array + 32 + 32 * i)
        head = operations._head(at)
        limits = operations._limits(head, at)
        if inner:
            validated[i].hash = self.inner_hash
        undone = False
        if validated[i].framed and not inner:
            self.inner_place = i + 1
            self.inner_hash = validated[i].hash
            self.inner_pre_gas = validated[i].pre_gas
            success, reason = raw_call(self, msg.data, max_outsize=verdicts.MAX_REVERT_DATA, revert_on_failure=False)
            self.inner_place = 0
            undone = not success
            if success:
                success = convert(slice(reason, 0, 32), uint256) == 1
            elif reason != LOW_PREFUND:
                log PostOpRevertReason(
                    userOpHash=validated[i].hash, sender=head.sender, nonce=head.nonce, revertReason=reason
                )
        else:
            if msg.gas * 63 // 64 < limits.call + limits.paymaster_post_op + OVERHEAD:
                verdicts._fail(i, "AA95 out of gas")
            field = at + head.callData
            length = reading._word(field)
            success = True
            reason = b""
            if length != 0:
                if reading._selector(field + 32, length) == EXECUTE_USER_OP:
                    success, reason = raw_call(
                        head.sender,
                        abi_encode(
                            128 + at,
                            validated[i].hash,
                            data,
                            method_id=method_id(
                                "executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)"
                            ),
                        ),
                        gas=limits.call,
                        max_outsize=verdicts.MAX_REVERT_DATA,
                        revert_on_failure=False,
                    )
                else:
                    success, reason = raw_call(
                        head.sender,
                        slice(data, field + 32, length),
                        gas=limits.call,
                        max_outsize=verdicts.MAX_REVERT_DATA,
                        revert_on_failure=False,
                    )
            if not success and len(reason) != 0:
                log UserOperationRevertReason(
                    userOpHash=validated[i].hash, sender=head.sender, nonce=head.nonce, revertReason=reason
                )
        if inner:
            self._finish_frame(i, limits, success, pre_gas)
            return abi_encode(success)
        collected += self._settle(i, head, limits, validated[i], success, undone, pre_gas)

    prefund._compensate(convert(reading._word(36), address), collected)
    self.busy = False
    return b""


@internal
@view
def _check_no_sender(place: uint256, sender: address):
    if sender.is_contract:
        verdicts._fail(place, "AA10 sender already constructed")


@internal
def _create_sender(place: uint256, head: operations.Head, limits: operations.Limits, hash: bytes32, init_code: Bytes[MAX_INIT_CODE]):
    created: address = extcall SENDER_CREATOR.createSender(init_code, gas=limits.verification)
    if created == empty(address):
        verdicts._fail(place, "AA13 initCode failed or OOG")
    if created != head.sender:
        verdicts._fail(place, "AA14 initCode must return sender")
    if not created.is_contract:
        verdicts._fail(place, "AA15 initCode must create sender")
    factory: address = convert(convert(slice(init_code, 0, 20), bytes20), address)
    log AccountDeployed(userOpHash=hash, sender=created, factory=factory, paymaster=limits.paymaster)


@internal
def _check_paymaster_answer(place: uint256, answer: Bytes[verdicts.MAX_REVERT_DATA]) -> bool:
    """
    @notice Checks the paymaster's `(bytes context, uint256 validationData)` and keeps the context.
    """
    verdict: uint256 = convert(slice(answer, 32, 32), uint256)
    if verdict & (2 ** 160 - 1) != 0:
        verdicts._fail(place, "AA34 signature error")
    if not verdicts._in_time(verdict):
        verdicts._fail(place, "AA32 paymaster expired or not due")
    start: uint256 = convert(slice(answer, 0, 32), uint256)
    length: uint256 = convert(slice(answer, start, 32), uint256)
    if length == 0:
        return False
    assert length <= MAX_CONTEXT, "paymaster context too long"
    # The identity precompile narrows the type, which Vyper cannot.
    self.contexts[place] = raw_call(
        IDENTITY, slice(answer, start + 32, length), max_outsize=MAX_CONTEXT, is_static_call=True
    )
    return True


@internal
def _finish_frame(place: uint256, limits: operations.Limits, success: bool, pre_gas: uint256):
    """
    @notice The end of an operation that runs in a frame of its own: tells the paymaster what it cost, and
            reverts, which undoes the operation, if the paymaster does or if the prefund does not cover it.
    """
    used: uint256 = self.inner_pre_gas + pre_gas - msg.gas
    price: uint256 = operations._price(limits)
    if len(self.contexts[place]) != 0:
        raw_call(
            limits.paymaster,
            abi_encode(
                convert(not success, uint256),
                self.contexts[place],
                used * price,
                price,
                method_id=method_id("postOp(uint8,bytes,uint256,uint256)"),
            ),
            gas=limits.paymaster_post_op,
        )
    executed: uint256 = pre_gas - msg.gas
    if operations._prefund(limits) < operations._charged(limits, self.inner_pre_gas, executed) * price:
        raw_revert(LOW_PREFUND)


@internal
def _settle(
    place: uint256,
    head: operations.Head,
    limits: operations.Limits,
    validated: Validated,
    success: bool,
    undone: bool,
    pre_gas: uint256,
) -> uint256:
    """
    @notice Charges for the operation and gives back what its prefund was too much.
    @return The cost in wei, which goes to the beneficiary.
    """
    used: uint256 = operations._charged(limits, validated.pre_gas, pre_gas - msg.gas)
    cost: uint256 = used * operations._price(limits)
    if cost > validated.prefund:
        # One that stays has paid for all but the EntryPoint's last steps; nobody pays more than its prefund.
        cost = validated.prefund
        if undone:
            log UserOperationPrefundTooLow(userOpHash=validated.hash, sender=head.sender, nonce=head.nonce)
    payer: address = head.sender
    if limits.paymaster != empty(address):
        payer = limits.paymaster
    deposits.deposit_of[payer] += validated.prefund - cost
    log UserOperationEvent(
        userOpHash=validated.hash,
        sender=head.sender,
        paymaster=limits.paymaster,
        nonce=head.nonce,
        success=success,
        actualGasCost=cost,
        actualGasUsed=used,
    )
    return cost
