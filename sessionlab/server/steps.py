"""The thread that takes the steps of one chain: in order of arrival, and those of an account in order of their nonces.

Nothing is kept in a mempool. A transaction that is early waits in its request, and is mined as soon as those before it
are, ahead of what came later. Once a second has brought none of them, it is refused as it would have been at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from queue import Empty
from time import monotonic
from typing import TYPE_CHECKING

from sessionlab.server.early import PATIENCE, Early, StillEarly
from sessionlab.server.worker import Reply, Worker

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.server.bounds import Work
    from sessionlab.server.turn import Turn

#: Seconds after which the thread looks again for what a step of the lab itself has made due.
LOOK = 0.02


@dataclass(eq=False)
class AwaitedTurn:
    """A turn that changes the chain, and who waits for its answer."""

    turn: Turn
    work: Work
    reply: Reply[bytes | None] = field(default_factory=Reply)
    early: Sequence[Early] = ()  # what it waits with
    nonces: Mapping[str, int] = field(default_factory=dict)  # of their senders, when one last changed
    until: float = 0.0  # if none changes again
    end: float = math.inf  # whatever happens

    def nonces_now(self, next_nonce: Callable[[str], int]) -> Mapping[str, int]:
        """Read them anew."""
        return {early.sender: next_nonce(early.sender) for early in self.early}

    def wait(self, nonces: Mapping[str, int]) -> None:
        """Wait another second, but no longer than the client does."""
        self.nonces, self.until = nonces, min(monotonic() + PATIENCE, self.end)


class Steps(Worker):
    """Takes steps. What is early waits in between."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._waiting: list[AwaitedTurn] = []  # in order of arrival; the thread's own
        super().__init__()

    async def take(self, turn: Turn, work: Work) -> bytes | None:
        """Answer a body. If the caller stops waiting first, what has not begun does not begin."""
        step = AwaitedTurn(turn, work)
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
        step.work.begin_anew()
        now = step.nonces_now(self._chain.frozen().nonce)
        step.work.may_wait = not step.early or (monotonic() < step.end and now != step.nonces)
        try:
            step.reply.settle(partial(step.turn.act, step.work), leaving=StillEarly)
        except StillEarly as left:
            if not step.early:
                step.end = monotonic() + min(early.timeout for early in left.early)
            step.early = left.early
            step.wait({early.sender: early.next_nonce for early in left.early})
            self._waiting.append(step)

    def _due(self) -> Callable[[], None] | None:
        """Return the first step whose turn it is. One that waited in vain goes behind the steps that came meanwhile."""
        next_nonce = cache(self._chain.frozen().nonce)  # of each account once
        for step in list(self._waiting):
            nonces = step.nonces_now(next_nonce)
            if any(nonces[early.sender] >= early.nonce for early in step.early) or not step.reply.is_wanted:
                self._waiting.remove(step)
                return partial(self._take, step)
            if nonces != step.nonces:
                step.wait(nonces)
            elif step.until <= monotonic():
                self._waiting.remove(step)
                self._jobs.put(partial(self._take, step))
        return None
