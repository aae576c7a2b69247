"""The thread that takes the steps of one chain: in order of arrival, and those of an account in order of their nonces.

Nothing is kept in a mempool. A transaction that is early waits in its request, and is mined as soon as those before it
are, ahead of what came later. Once a second has brought none of them, it is refused as it would have been at once.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from queue import Empty
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from sessionlab.server.early import Early, StillEarly
from sessionlab.server.worker import Reply, Worker

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.server.bounds import Work
    from sessionlab.server.turn import Turn

#: Seconds after which the thread looks again for what a step of the lab itself has made due.
LOOK = 0.02


class AwaitedTurn(NamedTuple):
    """A turn that changes the chain, and who waits for its answer."""

    arrived: int
    turn: Turn
    work: Work
    reply: Reply[bytes | None]


class Steps(Worker):
    """Takes steps. What is early waits in between."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._arrivals = chain, count()
        self._waiting: list[AwaitedTurn] = []  # in order of arrival; the thread's own
        super().__init__()

    async def take(self, turn: Turn, work: Work) -> bytes | None:
        """Answer a body. If the caller stops waiting first, what has not begun does not begin."""
        step = AwaitedTurn(next(self._arrivals), turn, work, Reply())
        self._jobs.put(partial(self._take, step))
        return await step.reply

    def _next(self) -> Callable[[], None] | None:
        """Return what is due, or else what arrived first."""
        while True:
            if self._waiting and (due := self._due()):
                return due
            try:
                return self._jobs.get(timeout=LOOK if self._waiting else None)
            except Empty:
                continue

    def _take(self, step: AwaitedTurn) -> None:
        if not step.reply.is_wanted:
            return
        try:
            step.reply.settle(partial(step.turn.act, step.work, waits=True), leaving=StillEarly)
        except StillEarly:
            step.work.pause()
            insort(self._waiting, step, key=lambda other: other.arrived)

    def _due(self) -> Callable[[], None] | None:
        """Return the first step that is due. What waited in vain is refused after the steps that came meanwhile."""
        next_nonce = cache(self._chain.frozen().nonce)  # of each account once
        for step in list(self._waiting):
            if not step.reply.is_wanted:
                self._waiting.remove(step)
                continue
            for early in step.turn.early.values():
                nonce = next_nonce(early.sender)
                if nonce >= early.nonce:
                    self._waiting.remove(step)
                    return partial(self._take, step)
                if nonce != early.next_nonce:
                    early.wait(nonce)
                elif early.until <= monotonic() and not early.is_over:
                    early.is_over = True
                    self._jobs.put(partial(self._refuse, step, early))
        return None

    def _refuse(self, step: AwaitedTurn, early: Early) -> None:
        """Take a step once more, unless one of those before it has come in the meantime."""
        if early.is_over and step in self._waiting:
            self._waiting.remove(step)
            self._take(step)
