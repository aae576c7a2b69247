"""Look up blocks, states and transactions.

Defines the accepted identifiers and the errors for unknown ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import hash_bytes
from sessionlab.core.base.amounts import as_index
from sessionlab.core.base.errors import ChainError
from sessionlab.core.base.rpc_values import plain

if TYPE_CHECKING:
    from sessionlab.core.evm.engine import BlockContext, Engine
    from sessionlab.core.evm.head import Head

BlockId = int | str
"""A number, a 0x-hash of 32 bytes, or a tag: latest, pending, safe, finalized, earliest."""

NEWEST = ("latest", "pending", "safe", "finalized")


def block_number(engine: Engine, which: BlockId, head: Head) -> int:
    """Return the number of an existing block. Raises ChainError if there is no such block."""
    newest = len(head.blocks) - 1
    number: int | None
    given = as_index(which)
    if given is not None:
        number = given if 0 <= given <= newest else None
    elif which in NEWEST:
        number = newest
    elif which == "earliest":
        number = 0
    else:
        number = engine.number_of("0x" + hash_bytes(which, "block").hex(), head)  # type: ignore[arg-type]  # checked there
    if number is None:
        facts = {"asked": plain(which), "left": newest, "fix": f"the newest block is {newest}."}
        raise ChainError(f"There is no block {which}.", kind="header not found", field="block", **facts)
    return number


def state_at(engine: Engine, block: BlockId, context: BlockContext | None = None) -> Any:
    """Open the state for reading and simulating. A tag of the newest block gives the state that the next block sees.

    ``context`` replaces what code sees of its block.
    """
    if block in NEWEST:
        return engine.pending_state(context)
    head = engine.head
    return engine.state_after(block_number(engine, block, head), head, context)


def place_of(engine: Engine, transaction_hash: str | bytes, head: Head) -> tuple[int, int]:
    """Return the block number and index of a mined transaction. Raises ChainError if it is unknown."""
    key = "0x" + hash_bytes(transaction_hash, "transactionHash").hex()
    index = engine.place_of(key, head)
    if index is None:
        message, fix = f"There is no transaction {key} on this chain.", "a revert forgets what came after its snapshot."
        raise ChainError(message, field="transactionHash", asked=key, fix=fix)
    return index
