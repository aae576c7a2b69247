# pragma version 0.4.3
"""
@title Bundles of user operations
@notice ERC-4337 v0.7, `handleOps`: validates all operations, then runs one after the other, and pays the beneficiary.
# error ReentrancyGuardReentrantCall()
# error BundleTooLarge(asked: uint256, limit: uint256)
# error OperationTooLarge(index: uint256, asked: uint256, limit: uint256)
"""

import reading
import parts
import operations
import stake_manager
import prepayment
import execution

uses: prepayment
uses: execution

# The most operations for which EntryPointLarge and EntryPointHuge have room.
ALL_OPERATIONS: constant(uint256) = 128

event BeforeExecution:
    pass

busy: transient(bool)


@internal
@view
def _check_not_busy():
    """
    @notice No bundle runs within another.
    """
    if self.busy:
        raw_revert(method_id("ReentrancyGuardReentrantCall()"))


@internal
@view
def _fits() -> bool:
    """
    @notice Whether this contract has room for the bundle in the calldata, and for each of its operations.
    """
    if reading._word(4 + reading._word(4)) > parts.MAX_OPERATIONS:
        return False
    return len(msg.data) <= parts.MAX_BYTES or self._largest() <= parts.MAX_BYTES


@internal
@view
def _largest() -> uint256:
    """
    @notice The bytes of the largest operation in the calldata; 0 if there are more than any contract has room for.
    """
    array: uint256 = 4 + reading._word(4)
    count: uint256 = reading._word(array)
    largest: uint256 = 0
    if count <= ALL_OPERATIONS:
        for i: uint256 in range(count, bound=ALL_OPERATIONS):
            largest = max(largest, operations._size(self._position(array, i)))
    return largest


@internal
@view
def _check_fits():
    """
    @notice Reverts with the name of the bound that the bundle exceeds.
    """
    array: uint256 = 4 + reading._word(4)
    count: uint256 = reading._word(array)
    if count > parts.MAX_OPERATIONS:
        raw_revert(abi_encode(count, parts.MAX_OPERATIONS, method_id=method_id("BundleTooLarge(uint256,uint256)")))
    for i: uint256 in range(count, bound=parts.MAX_OPERATIONS):
        size: uint256 = operations._size(self._position(array, i))
        if size > parts.MAX_BYTES:
            raw_revert(
                abi_encode(i, size, parts.MAX_BYTES, method_id=method_id("OperationTooLarge(uint256,uint256,uint256)"))
            )


@internal
@view
def _position(array: uint256, index: uint256) -> uint256:
    """
    @notice Where the operation with this index lies.
    """
    return array + 32 + reading._word(array + 32 + 32 * index)


@internal
def _handle_ops():
    self.busy = True
    array: uint256 = 4 + reading._word(4)
    beneficiary: address = reading._address(36)
    count: uint256 = reading._word(array)
    prepaid: DynArray[prepayment.Prepaid, parts.MAX_OPERATIONS] = []
    for i: uint256 in range(count, bound=parts.MAX_OPERATIONS):
        prepaid.append(prepayment._validate(i, self._position(array, i)))
    log BeforeExecution()
    collected: uint256 = 0
    for i: uint256 in range(count, bound=parts.MAX_OPERATIONS):
        collected += execution._execute(i, self._position(array, i), prepaid[i])
    assert beneficiary != empty(address), "AA90 invalid beneficiary"
    assert stake_manager._send(beneficiary, collected), "AA91 failed send to beneficiary"
    self.busy = False
