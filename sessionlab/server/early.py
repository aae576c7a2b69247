"""Transactions that come before those they follow: a client numbers several at once, and sends each by itself.

Nothing is kept in a mempool. Such a request waits until the others are mined; once a second has brought none of them,
it is refused as it would have been at once. A batch does not wait: its requests are in the order that its client chose.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from sessionlab.core.base.errors import ChainError, RpcError

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.server.bounds import Work
    from sessionlab.server.request_handler import Turn
    from sessionlab.server.worker import Worker

T = TypeVar("T")

#: Seconds that a transaction waits for the next of those it follows.
PATIENCE = 1.0
#: Transactions of an account that may be missing before one: geth keeps so many (txpool.accountqueue).
MOST_MISSING = 64
#: Transactions that wait at once.
MOST_WAITING = 64


class Early(Exception):
    """A transaction was not answered, since others of its sender may still come before it. Nothing has moved."""

    def __init__(self, sender: str, nonce: int, missing: int) -> None:
        super().__init__(nonce)
        self.sender, self.nonce, self.missing = sender, nonce, missing


def early_in(refused: RpcError) -> Early | None:
    """Return what is early about a refused transaction; None if it was refused for anything else."""
    cause = refused.__cause__
    if not isinstance(cause, ChainError) or cause.kind != "nonce too high" or cause.sender is None:
        return None
    missing = cause.asked - cause.left
    return Early(cause.sender, cause.asked, missing) if missing <= MOST_MISSING else None


class InOrder:
    """Runs the steps of one chain, of each account in the order of its nonces. It belongs to the server's loop."""

    def __init__(self, chain: Chain, steps: Worker) -> None:
        self._chain, self._steps = chain, steps
        self._stepped, self._waiting = asyncio.Event(), 0

    async def run(self, turn: Turn, work: Work) -> bytes | None:
        """Run a step; returns its response. One that is early runs again, until no more of the others have come."""
        missing = MOST_MISSING + 1
        work.may_wait = not turn.is_batch
        while True:
            try:
                return await self._step(lambda: turn.act(work))
            except Early as early:
                work.begin_anew()
                work.may_wait = early.missing < missing and self._waiting < MOST_WAITING
                if work.may_wait:
                    missing = early.missing
                    await self._others(early)

    async def _step(self, act: Callable[[], T]) -> T:
        try:
            return await self._steps.run(act)
        finally:
            self._stepped.set()
            self._stepped = asyncio.Event()

    async def _others(self, early: Early) -> None:
        """Return when those that a transaction follows are mined, or a second has brought none of them."""
        missing, end = self._missing(early), monotonic() + PATIENCE
        self._waiting += 1
        try:
            while missing > 0 and (left := end - monotonic()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stepped.wait(), left)
                before, missing = missing, self._missing(early)
                if missing < before:
                    end = monotonic() + PATIENCE
        finally:
            self._waiting -= 1

    def _missing(self, early: Early) -> int:
        return early.nonce - self._chain.frozen().nonce(early.sender)
