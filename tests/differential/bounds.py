"""Where the lab's EntryPoint has bounds and the published one has none: it refuses by name, and nobody is charged.

Vyper needs a largest size for what lies in memory; and of an operation it hands on the bytes that any ABI encoder
writes, where the published code encodes it anew.
"""

from __future__ import annotations

from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.user_operation import HANDLE_OPS, pack
from tests.differential.observed import Observed
from tests.differential.twins import Transaction

OPERATIONS, OPERATION_BYTES, INIT_CODE_BYTES, CONTEXT_BYTES = 128, 73_696, 2_048, 1_024


def over(made: Transaction) -> set[str]:
    """The names by which the lab's EntryPoint may refuse this transaction, from what is sent alone."""
    found = set()
    if made.data[:4] == HANDLE_OPS and _count(made.data) > OPERATIONS:
        found.add("BundleTooLarge")
    if any(len(pack(operation)) > OPERATION_BYTES for operation in made.operations):
        found.add("OperationTooLarge")
    if any(len(operation.init_code) > INIT_CODE_BYTES for operation in made.operations):
        found.add("InitCodeTooLarge")
    return found


def canonical(made: Transaction) -> bool:
    """Whether each operation lies in the call data as an ABI encoder writes it; where it lies is free."""
    data = made.data
    if data[:4] != HANDLE_OPS or not made.operations:
        return True
    array = 4 + _word(data, 4)
    starts = [array + 32 + _word(data, array + 32 + 32 * place) for place in range(len(made.operations))]
    return all(
        data[start : start + len(pack(operation))] == pack(operation)
        for start, operation in zip(starts, made.operations, strict=True)
    )


def refused(ours: Observed, made: Transaction, bound: str = "") -> bool:
    """Whether a bound of ours, and nothing else, may have refused this. ``bound``: one that only the run shows.

    Of call data that is not as an encoder writes it, the reason depends on what is read first.
    """
    if ours.status == 1:
        return False
    return not canonical(made) or decode_revert(ours.output).reason in over(made) | {bound} - {""}


def untouched(ours: Observed) -> bool:
    """Whether nothing happened and nobody but the sender of the transaction has paid."""
    moved = [*ours.deposits.values(), *ours.balances.values(), ours.value_taken]
    return not ours.events and not ours.state and not any(moved)


def _count(data: bytes) -> int:
    return _word(data, 4 + _word(data, 4))


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 32], "big")
