"""A lab behind a real HTTP server, in a thread of this process, and everything that was asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import sessionlab as sl
from sessionlab.server.app import create_app

STARTING_SECONDS = 10.0


@dataclass
class Served:
    """``url`` answers for ``lab``; ``requests`` are the JSON-RPC requests so far, batches opened."""

    url: str
    lab: sl.Lab
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        """The methods that were called, in order."""
        return [request["method"] for request in self.requests]


@contextmanager
def serving(lab: sl.Lab) -> Iterator[Served]:
    """Serve a lab on a free port until the end of ``with``."""
    served = Served("", lab)
    config = uvicorn.Config(_Recording(create_app(lab), served.requests), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(int(STARTING_SECONDS / 0.01)):
        if server.started or not thread.is_alive():
            break
        waiting.wait(0.01)
    assert server.started, "the server did not start"
    served.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join()


class _Recording:
    """Notes each request's body before the application reads it."""

    def __init__(self, app: ASGIApp, requests: list[dict[str, Any]]) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = b""

        async def noting() -> Message:
            nonlocal body
            message = await receive()
            if message["type"] == "http.request":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    self._note(body)
            return message

        await self._app(scope, noting, send)

    def _note(self, body: bytes) -> None:
        try:
            asked = json.loads(body)
        except ValueError:
            return
        self._requests += asked if isinstance(asked, list) else [asked]
