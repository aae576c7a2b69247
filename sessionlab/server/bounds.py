"""What one HTTP body, a request or a batch, may take from a server: seconds and memory.

Work that is over its bounds, or whose client has left, is cut off. A step that is cut off changes nothing, and the
error is the server's: it says nothing about what the chain allows. In process there are no bounds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import TIMED_OUT, TOO_LARGE
from sessionlab.core.base.work import GO_ON, CutOff
from sessionlab.server.event_loop import GivingWay

MEGABYTE = 2**20
#: The bounds of a server that is given no others.
SECONDS, MEGABYTES = 10, 32


@dataclass(frozen=True, slots=True)
class RequestBounds:
    """What each body may take. None: no bound.

    ``seconds``: from when its first request begins to run, until its last has been answered, without what it stands
    still for quick reads. ``megabytes``: what its answers have, and what the EVM keeps until a run is over (frames and
    their memory), in units of 2**20 bytes.
    """

    seconds: float | None = SECONDS
    megabytes: float | None = MEGABYTES

    def work(self) -> Work:
        """Return the work of one body, which has not begun."""
        return Work(self)

    def quick_work(self) -> Work:
        """Return work of the loop itself, which raises OverBounds at a bound: then it is done again, elsewhere."""
        return Work(self, is_short=True, is_quick=True)

    def short_work(self, most: RequestBounds) -> Work:
        """Return work that raises OverBounds at a bound, this or that of ``most``: then it is done again, elsewhere."""
        given = [(self.seconds, self.megabytes), (most.seconds, most.megabytes)]
        seconds, megabytes = (
            min((bound for bound in both if bound is not None), default=None) for both in zip(*given, strict=True)
        )
        return Work(RequestBounds(seconds, megabytes), is_short=True)


class OverBounds(CutOff):
    """Work was cut off. ``error``: what the client is told."""

    def __init__(self, error: RpcError) -> None:
        super().__init__(str(error))
        self.error = error


class Work:
    """The work of one body, as far as it has come. One thread does it; any thread may cancel it.

    ``is_quick``: the server's loop does it itself, and only the time counts in which it runs. All other work gives way
    to the loop.
    """

    def __init__(self, bounds: RequestBounds, *, is_short: bool = False, is_quick: bool = False) -> None:
        self._bounds, self._cancelled, self.is_short = bounds, False, is_short
        self._give_way = None if is_quick else GivingWay()
        self._clock = time.thread_time if is_quick else time.monotonic  # browsers, which serve nothing, lack the first
        self._most = None if bounds.megabytes is None else int(bounds.megabytes * MEGABYTE)
        #: Bytes at present, of all its requests, and the most they have come to.
        self.taken = self.peak = 0
        self._seconds, self._end = bounds.seconds, None  # type: float | None, float | None

    def pause(self) -> None:
        """Wait, which takes nothing, until it goes on. What it holds is counted again then."""
        if self._end is not None:
            self._seconds, self._end = self._end - self._clock(), None
        self.taken = 0

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Bound what this thread does in the ``with`` block."""
        if self._end is None and self._seconds is not None:
            self._end = self._clock() + self._seconds
        before = GO_ON.set(self.go_on)
        try:
            yield
        finally:
            GO_ON.reset(before)

    def cancel(self) -> None:
        """Cut the work off at its next question: nobody waits for it."""
        self._cancelled = True

    def take(self, taken: int) -> None:
        """Count the bytes of what is done. Raises OverBounds if they are too many, or if nobody waits for them."""
        self.taken += taken
        self.peak = max(self.peak, self.taken)
        if self._cancelled:
            raise OverBounds(_timed_out("the client has left", None, None))
        if self._most is not None and self.taken > self._most:
            raise OverBounds(_too_large(self.taken, self._most))

    def go_on(self, taken: int) -> None:
        """Count the bytes that the work takes. Raises OverBounds if it may not go on."""
        self.take(taken)
        stood = self._give_way() if self._give_way else 0
        if self._end is None:
            return
        self._end += stood
        if self._clock() > self._end:
            seconds = self._bounds.seconds
            why = f"the requests of one body may run for {seconds:g} seconds"
            raise OverBounds(_timed_out(why, seconds, "ask for less, or serve with more --request-seconds."))


def _timed_out(why: str, left: float | None, fix: str | None) -> RpcError:
    facts = {} if left is None else {"field": "seconds", "asked": f"more than {left:g}", "left": left}
    return _error(TIMED_OUT, f"request timed out: {why}", facts, fix)


def _too_large(asked: int, most: int) -> RpcError:
    why = f"answers and the EVM's memory come to {asked:,} bytes or more, and a body has {most:,}"
    facts = {"field": "bytes", "asked": asked, "left": most}
    return _error(
        TOO_LARGE, f"response too large: {why}", facts, "ask for less, or serve with more --request-megabytes."
    )


def _error(code: int, message: str, facts: dict[str, object], fix: str | None) -> RpcError:
    """Return an error of the server. Its fix is part of the message, since clients show nothing else."""
    message = f"{message}. Nothing has moved."
    if fix is None:
        return RpcError(code, message)
    return RpcError(code, f"{message} Next step: {fix}", {**facts, "fix": fix})
