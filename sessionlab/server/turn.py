"""The answer to a body, as far as it has come: each request is answered once, however often the body is taken up.

The loop may take it up, and leave it to a thread; what is early is left until it is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.server import jsonrpc
from sessionlab.server.early import Early, StillEarly
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
        self._runs = False

    def act(self, work: Work) -> bytes | None:
        """Answer what is left of the body, and return the whole response; None if it has only notifications.

        Raises OverBounds if the work is short and comes to a bound, and StillEarly, once all else is answered, for
        transactions that are early, if the work may wait.
        """
        self._runs = True
        try:
            work.taken += sum(len(reply) for reply in self._replies.values() if reply)
            asked = self._read()
            requests = asked if isinstance(asked, list) else [asked]
            early: dict[int, Early] = {}
            for number in range(len(requests)):
                self._answer(number, requests, work, early)
                while (due := self._due(early)) is not None:
                    del early[due]
                    self._answer(due, requests, work, early)
            if early:
                raise StillEarly([early[number] for number in sorted(early)])
            return jsonrpc.joined([self._replies[number] for number in sorted(self._replies)], isinstance(asked, list))
        finally:
            self._runs = False
            if work.taken > WORTH:
                give_back()

    def _answer(self, number: int, requests: Sequence[Any], work: Work, early: dict[int, Early]) -> None:
        if number not in self._replies:
            try:
                self._replies[number] = self._handler.reply(requests[number], work)
            except Early as left:
                early[number] = left

    def _due(self, early: Mapping[int, Early]) -> int | None:
        """Return the first that is early no more, since another of the body was mined."""
        if not early:
            return None
        chain = self._handler.lab.chain.frozen()
        return next((number for number, left in early.items() if chain.nonce(left.sender) >= left.nonce), None)

    def leave(self) -> None:
        """Log what is not answered, since the client has left. What runs is cut off, and logged then."""
        if not self._runs:
            for number, method in enumerate(self._methods):
                if number not in self._replies:
                    self._handler.note_left(method)
