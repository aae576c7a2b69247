"""Transactions that come before those they follow: a client numbers several at once, and sends each by itself.

Nothing is kept in a mempool. Such a transaction waits in its request until the others are mined; once a second has
brought none of them, it is refused as it would have been at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.base.rpc_values import data, quantity, unchecked_address

if TYPE_CHECKING:
    from sessionlab.core.base.addresses import Address
    from sessionlab.core.evm.chain import Chain

SENDS_SIGNED = ("eth_sendRawTransaction", "eth_sendRawTransactionSync")
SENDS = ("eth_sendTransaction", "eth_sendUnsignedTransaction")
#: Seconds that a transaction waits for the next of those it follows.
PATIENCE = 1.0
#: Transactions that may be missing before one, as geth keeps so many of an account; and those that wait at once.
MISSING = WAITING = 64


class Numbered(NamedTuple):
    """Who sends a transaction, and its nonce."""

    sender: Address
    nonce: int


def numbered(method: object, params: Any) -> Numbered | None:
    """Return what numbers the transaction of a request; None if the node numbers it, or there is none."""
    from sessionlab.core.evm.transaction_validation import decode

    first = params[0] if isinstance(params, Sequence) and params else None
    try:
        if method in SENDS_SIGNED:
            transaction = decode(data(first, "rawTransaction"))
            return Numbered(unchecked_address("0x" + transaction.sender.hex(), "from"), transaction.nonce)
        if method in SENDS and isinstance(first, Mapping) and first.get("nonce") is not None:
            return Numbered(unchecked_address(first.get("from"), "from"), quantity(first["nonce"], "nonce"))
    except SessionlabError:  # the request will say what is wrong
        return None
    return None


class Early:
    """The transactions that wait on one chain. It belongs to the thread of the server's loop."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._stepped, self._waiting = chain, asyncio.Event(), 0

    def stepped(self) -> None:
        """Look again, after a step."""
        self._stepped.set()
        self._stepped = asyncio.Event()

    async def wait(self, transaction: Numbered) -> None:
        """Return when the transaction's turn has come, or will not come."""
        missing, end = self._missing(transaction), monotonic() + PATIENCE
        if not 0 < missing <= MISSING or self._waiting == WAITING:
            return
        self._waiting += 1
        try:
            while 0 < missing <= MISSING and (left := end - monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stepped.wait(), left)
                before, missing = missing, self._missing(transaction)
                if missing < before:
                    end = monotonic() + PATIENCE
        finally:
            self._waiting -= 1

    def _missing(self, transaction: Numbered) -> int:
        return transaction.nonce - self._chain.frozen().nonce(transaction.sender)
