"""The start page's view of the lab, refreshed without waiting long for the lab."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sessionlab.server.view import view

if TYPE_CHECKING:
    from sessionlab.server.request_handler import RequestHandler
    from sessionlab.server.worker import Worker

#: If the lab is busy for longer than this, the page shows its previous content.
PATIENCE = 0.5  # seconds


class LivePage:
    """The changing part of the page, rendered again after new requests."""

    def __init__(self, request_handler: RequestHandler, worker: Worker) -> None:
        self._handler, self._worker = request_handler, worker
        self._html, self._drawn_at = "", ("", 0, 0)
        self._drawing: asyncio.Task[None] | None = None

    async def html(self) -> str:
        """Return the newest HTML available within ``PATIENCE``; the first call waits until there is one."""
        if self._drawn_at != self._state() and (self._drawing is None or self._drawing.done()):
            self._drawing = asyncio.create_task(self._draw())
        if self._drawing is not None:
            await asyncio.wait([self._drawing], timeout=PATIENCE if self._html else None)
        return self._html

    async def _draw(self) -> None:
        self._html, self._drawn_at = await self._worker.run(self._view)

    def _state(self) -> tuple[str, int, int]:
        """Return values that change when there is something new; this process may use the lab directly too."""
        chain = self._handler.lab.chain
        return chain.state_root, chain.now, self._handler.operation_log.requests

    def _view(self) -> tuple[str, tuple[str, int, int]]:
        """Render the page while nothing changes."""
        try:
            with self._handler.lab.chain.atomic():
                return view(self._handler.lab, self._handler.operation_log), self._state()
        except Exception as error:  # our bug; JSON-RPC keeps working
            self._handler.warn_of("the start page", error)
            return (
                f"<p id='standing'>This page has a bug: {type(error).__name__}. See the server's log.</p>",
                self._state(),
            )
