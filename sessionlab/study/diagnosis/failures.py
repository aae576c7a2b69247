"""Which call an operation failed with: in a simulation, and in a bundle on the chain."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sessionlab.core.erc4337.included import Included, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.evm.records import KEPT_BYTES, FailedCall, Receipt
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.study.unpack import read_handle_ops

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.failed_operation import FailedOperation

Failure = tuple[FailedCall, ...]
"""The calls that led to a failure, outermost first."""


def proven(failure: Failure, wallet: str | None) -> tuple[Failure, FailedCall | None]:
    """Split off the calls whose failure need not be why their caller failed, and return the innermost of those.

    A contract may survive a failed call and revert for another reason. That the call was the reason is certain if the
    caller reverted with the call's own data, or if the caller is the wallet, whose code passes every failure on.
    ``wallet`` is None if the account's code is not known to.
    """
    for index, (caller, call) in enumerate(pairwise(failure), start=1):
        same_data = call.output != b"" and call.output == caller.output
        if not same_data and caller.to != wallet:
            return failure[:index], failure[-1]
    return failure, None


def failure_of(api: WalletApi, refused: FailedOperation) -> Failure:
    """Return the calls that led to the refusal of an operation, outermost first; none if it is not known."""
    mined = refused.mined
    if mined is None:
        return refused.failure
    if refused.block is None:  # its block was undone, and it was alone in it
        operations = [mined.operation]
    else:
        operations = read_handle_ops(api.chain.transaction(mined.receipt.transaction_hash).data)
    return failures_in_bundle(operations, mined.receipt).get(mined.included.operation_hash, ())


def failures_in_bundle(operations: Sequence[UserOperation], receipt: Receipt) -> dict[bytes, Failure]:
    """Return, by operation hash, the failures of a mined bundle's operations whose own calls failed.

    The EntryPoint runs operations in order, so the n-th failed call of a wallet with the same data is the n-th failed
    operation that asked for it.
    """
    left, result = list(receipt.failures), {}
    for operation, included in zip(operations, read_bundle(receipt), strict=True):
        failure = next((item for item in left if _is_of(item[0], operation, included)), None)
        if failure is not None:
            left.remove(failure)
            result[included.operation_hash] = failure
    return result


def _is_of(call: FailedCall, operation: UserOperation, included: Included) -> bool:
    if included.revert is None or (call.caller, call.to) != (ENTRY_POINT, operation.sender):
        return False
    if included.revert.raw[:KEPT_BYTES] != call.output:
        return False
    data = operation.call_data
    if data[:4] == EXECUTE_USER_OP:  # handed over with the whole operation and its hash
        return call.data[:4] == EXECUTE_USER_OP and call.data[36:68] == included.operation_hash
    return call.data == data[:KEPT_BYTES]
