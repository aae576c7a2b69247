"""The thread that takes the steps of one chain: in order of arrival, and those of an account in order of their nonces.

Nothing is kept in a mempool. A transaction that is early waits in its request, and is mined as soon as those before it
are, ahead of what came later. Once a second has brought none of them, it is refused as it would have been at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from queue import Empty
from time import monotonic
from typing import TYPE_CHECKING

from sessionlab.server.early import PATIENCE, Early
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
    early: Early | None = None
    next_nonce: int = 0  # of the account, when it last changed
    until: float = 0.0  # if it does not change again
    end: float | None = None  # whatever happens

    def wait(self, next_nonce: int) -> None:
        """Wait another second."""
        assert self.early is not None
        now = monotonic()
        self.end = now + self.early.timeout if self.end is None else self.end
        self.next_nonce, self.until = next_nonce, min(now + PATIENCE, self.end)


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
            if due := self._due():
                return due
            try:
                return self._jobs.get(timeout=LOOK if self._waiting else None)
            except Empty:
                continue

    def _take(self, step: AwaitedTurn) -> None:
        if not step.reply.is_wanted:
            return
        step.work.begin_anew()
        step.work.may_wait = self._may_wait(step)
        try:
            step.reply.settle(partial(step.turn.act, step.work), leaving=Early)
        except Early as early:
            step.early = early
            step.wait(early.next_nonce)
            self._waiting.append(step)

    def _may_wait(self, step: AwaitedTurn) -> bool:
        """Whether a step waits if it is early: the first time, and if another of those before it has come since."""
        if step.early is None or step.end is None:
            return True
        return monotonic() < step.end and self._next_nonce(step.early.sender) != step.next_nonce

    def _due(self) -> Callable[[], None] | None:
        """Return the first step whose turn it is. One that waited in vain goes behind the steps that came meanwhile."""
        nonces: dict[str, int] = {}
        now = monotonic()
        for step in list(self._waiting):
            early = step.early
            assert early is not None
            if early.sender not in nonces:
                nonces[early.sender] = self._next_nonce(early.sender)
            nonce = nonces[early.sender]
            if nonce >= early.nonce or not step.reply.is_wanted:
                self._waiting.remove(step)
                return partial(self._take, step)
            if nonce != step.next_nonce:
                step.wait(nonce)
            elif step.until <= now:
                self._waiting.remove(step)
                self._jobs.put(partial(self._take, step))
        return None

    def _next_nonce(self, sender: str) -> int:
        return self._chain.frozen().nonce(sender)
