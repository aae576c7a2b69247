"""The answer to a body, as far as it has come: each request is answered once, however often the body is taken up.

The loop may take it up, and leave it to a thread; what is early is left until it is due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from sessionlab.server import jsonrpc
from sessionlab.server.early import Early, StillEarly, TooEarly
from sessionlab.server.memory import WORTH, give_back

if TYPE_CHECKING:
    from sessionlab.server.bounds import Work
    from sessionlab.server.request_handler import RequestHandler


class Turn:
    """A body. ``read`` returns its request or its list of them, and ``methods`` names the method of each.

    ``changes``: it may change the lab.
    """

    def __init__(
        self, handler: RequestHandler, read: Callable[[], Any], methods: Sequence[str], *, changes: bool
    ) -> None:
        self._handler, self._read, self._methods, self.changes = handler, read, methods, changes
        self._replies: dict[int, bytes | None] = {}
        #: What waits, by its place in the body.
        self.early: dict[int, Early] = {}
        self._runs = self._is_left = False
        self._leaving = Lock()

    def act(self, work: Work, *, waits: bool = False) -> bytes | None:
        """Answer what is left of the body, and return the whole response; None if it has only notifications.

        Raises OverBounds if the work is short and comes to a bound. ``waits``: transactions that are early are left,
        and StillEarly is raised once all else is answered.
        """
        with self._leaving:
            self._runs = True
        try:
            work.taken += sum(len(reply) for reply in self._replies.values() if reply)
            asked = self._read()
            requests = asked if isinstance(asked, list) else [asked]
            for number in range(len(requests)):
                self._answer(number, requests, work, waits)
                while (due := self._due()) is not None:
                    self._answer(due, requests, work, waits)
            if self.early:
                raise StillEarly
            return jsonrpc.joined([self._replies[number] for number in sorted(self._replies)], isinstance(asked, list))
        finally:
            with self._leaving:
                self._runs = False
                if self._is_left:
                    self._tell_what_is_left()
            if work.peak > WORTH:
                give_back()

    def leave(self) -> None:
        """Log what is not answered, since the client has left; if the body is being answered, once that has ended."""
        with self._leaving:
            self._is_left = True
            if not self._runs:
                self._tell_what_is_left()

    def _answer(self, number: int, requests: Sequence[Any], work: Work, waits: bool) -> None:
        if number in self._replies:
            return
        since = self.early.pop(number, None)
        may_wait = waits and not (since and since.is_over)
        try:
            self._replies[number] = self._handler.reply(requests[number], work, may_wait=may_wait)
        except TooEarly as left:
            self.early[number] = left.early.again(since)

    def _due(self) -> int | None:
        """Return the first that is early no more, since another of the body was mined."""
        if not self.early:
            return None
        chain = self._handler.lab.chain.frozen()
        return next((number for number, early in self.early.items() if chain.nonce(early.sender) >= early.nonce), None)

    def _tell_what_is_left(self) -> None:
        for number, method in enumerate(self._methods):
            if number not in self._replies:
                self._replies[number] = None
                self._handler.note_left(method)
