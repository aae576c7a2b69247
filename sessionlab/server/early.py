"""Transactions that come before those they follow: a client numbers several at once, and sends each by itself.

Nothing is kept in a mempool. Such a transaction waits in its request until the others are mined; once a second has
brought none of them, it is refused as it would have been at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sessionlab.core.base.errors import SessionlabError
from sessionlab.core.base.rpc_values import data, quantity, unchecked_address

if TYPE_CHECKING:
    from sessionlab.core.base.addresses import Address
    from sessionlab.core.evm.chain import Chain
    from sessionlab.server.worker import Worker

T = TypeVar("T")

SENDS_SIGNED = frozenset(("eth_sendRawTransaction", "eth_sendRawTransactionSync"))
SENDS = SENDS_SIGNED | {"eth_sendTransaction", "eth_sendUnsignedTransaction"}
#: Seconds that a transaction waits for the next of those it follows.
PATIENCE = 1.0
#: Transactions that may be missing before one, as geth keeps so many of an account; and those that wait at once.
MISSING = WAITING = 64


class Numbered(NamedTuple):
    """Who sends a transaction, and its nonce."""

    sender: Address
    nonce: int


def first_numbered(asked: Any) -> Numbered | None:
    """Return what numbers the first transaction of a body; None if the node numbers it, or it cannot be read."""
    requests = asked if isinstance(asked, list) else [asked]
    method, params = next(
        (
            (request["method"], request.get("params"))
            for request in requests
            if isinstance(request, Mapping) and str(request.get("method")) in SENDS
        ),
        ("", None),
    )
    sent = params[0] if isinstance(params, Sequence) and params else None
    with suppress(SessionlabError):  # the request will say what is wrong
        if method in SENDS_SIGNED:
            from sessionlab.core.evm.transaction_validation import decode

            transaction = decode(data(sent, "rawTransaction"))
            return Numbered(unchecked_address("0x" + transaction.sender.hex(), "from"), transaction.nonce)
        if isinstance(sent, Mapping) and sent.get("nonce") is not None:
            return Numbered(unchecked_address(sent.get("from"), "from"), quantity(sent["nonce"], "nonce"))
    return None


class InOrder:
    """Runs the steps of one chain, of each account in the order of its nonces. It belongs to the server's loop."""

    def __init__(self, chain: Chain, steps: Worker) -> None:
        self._chain, self._steps = chain, steps
        self._stepped, self._waiting = asyncio.Event(), 0

    async def run(self, act: Callable[[], T], first: Callable[[], Numbered | None] | None) -> T:
        """Run a step; returns its result or raises its error. ``first``: the first transaction in it, if it has any."""
        if first is None:
            return await self._step(act)
        number = cache(first)
        done: list[T] | None = await self._step(lambda: None if self._is_early(number()) else [act()])
        if done is not None:
            return done[0]
        if self._waiting < WAITING:
            self._waiting += 1
            try:
                await self._others(number())
            finally:
                self._waiting -= 1
        return await self._step(act)

    async def _step(self, act: Callable[[], T]) -> T:
        try:
            return await self._steps.run(act)
        finally:
            self._stepped.set()
            self._stepped = asyncio.Event()

    async def _others(self, transaction: Numbered | None) -> None:
        """Return when those that a transaction follows are mined, or do not come."""
        missing, end = self._missing(transaction), monotonic() + PATIENCE
        while 0 < missing <= MISSING and (left := end - monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stepped.wait(), left)
            before, missing = missing, self._missing(transaction)
            if missing < before:
                end = monotonic() + PATIENCE

    def _is_early(self, transaction: Numbered | None) -> bool:
        return 0 < self._missing(transaction) <= MISSING

    def _missing(self, transaction: Numbered | None) -> int:
        return 0 if transaction is None else transaction.nonce - self._chain.frozen().nonce(transaction.sender)
