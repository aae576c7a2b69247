"""HTTP for one lab: JSON-RPC by POST on every path, and the start page by GET, for those who may ask.

JSON-RPC errors have status 200, because other statuses make clients retry or hide the error from them.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import BUSY, INVALID_REQUEST, UNAUTHORIZED
from sessionlab.node.block_cheats import begin_here
from sessionlab.server import jsonrpc, page
from sessionlab.server.bounds import OverBounds, RequestBounds, Work
from sessionlab.server.live_page import LivePage
from sessionlab.server.request_handler import SHORT_BOUNDS, SMALL, RequestHandler, Say
from sessionlab.server.slow_precompiles import ask_in_slow_precompiles
from sessionlab.server.turn import Turn
from sessionlab.server.visitors import Visitors, is_json
from sessionlab.server.workers import Workers

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sessionlab.study.facade import Lab

JSON = "application/json"
#: Last path segment of the URL that the start page polls; it works below every path.
LIVE = "live"
NO_WEBSOCKET = "There are no websockets here: POST JSON-RPC to the same address with http://, and poll filters.\n"
#: Bytes of all bodies that a server holds at once; small ones are let in besides.
MAX_HELD = 2**26


class Site:
    """The ASGI application. ``api_key``: required of every request except CORS preflights, which cannot carry it."""

    def __init__(
        self,
        request_handler: RequestHandler,
        workers: Workers,
        *,
        api_key: str | None,
        bounds: RequestBounds,
        visitors: Visitors,
    ) -> None:
        self.request_handler, self._workers, self._api_key = request_handler, workers, api_key
        self._bounds, self._visitors = bounds, visitors
        self._live_page = LivePage(request_handler, workers.steps)
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:  # the client left before its request was complete, or answered
            return
        for name, value in self._visitors.headers(request.headers.get("origin")).items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if len(request.headers.getlist("host")) > 1:
            return self._refusal(400, "The request has two Host headers.")
        refused = self._visitors.refused(request.headers)
        if refused is not None:
            return self._refusal(*refused)
        if request.method == "OPTIONS":
            return Response(status_code=204)
        if request.headers.get("upgrade", "").lower() == "websocket":
            return Response(NO_WEBSOCKET, 426, {"upgrade": "HTTP/1.1"})
        if not self._may(request):
            return self._unauthorized(request)
        if request.method == "POST":
            return await self._rpc(request)
        if request.method not in ("GET", "HEAD"):
            return Response("POST JSON-RPC here, or GET the start page.\n", 405, {"allow": "GET, HEAD, OPTIONS, POST"})
        if request.url.path.rpartition("/")[2] == LIVE:
            return HTMLResponse(await self._live_page.html(), headers=page.headers())
        html = page.start(self.request_handler.lab, await self._live_page.html(), url_of(request))
        return HTMLResponse(html, headers=page.headers())

    async def _rpc(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        if not is_json(kind):
            asked = f"this is {kind[:80]}" if kind else "there is none"
            fix = "Send the header `content-type: application/json`."
            return self._refusal(415, f"Requests are JSON, and {asked}. {fix}")
        came, body = bytearray(), b""
        try:
            if (refused := await self._read(request, came)) is not None:
                self.request_handler.note_unread(refused)
                return Response(jsonrpc.encode(jsonrpc.failure(None, refused)), media_type=JSON)
            body = bytes(came)
            came.clear()
            reply = await self._answer(request, body)
        finally:
            self._held -= len(came) + len(body)
        return Response(status_code=204) if reply is None else Response(reply, media_type=JSON)

    async def _read(self, request: Request, body: bytearray) -> RpcError | None:
        """Read the whole body, and return why it does not fit, or None. What does not fit is dropped."""
        refused = None
        async for chunk in request.stream():
            size = len(body) + len(chunk)
            if refused is None and size > jsonrpc.MAX_BODY:
                refused = jsonrpc.too_large()
            elif refused is None and size > SMALL and self._held + len(chunk) > MAX_HELD:
                message = f"Bodies of {self._held:,} bytes are under way, and {MAX_HELD:,} are held at once."
                refused = RpcError(BUSY, f"{message} Next step: send it again.")
            if refused is None:
                body += chunk
                self._held += len(chunk)
        return refused

    async def _answer(self, request: Request, body: bytes) -> bytes | None:
        """Answer a body. If its client leaves, what waits is not begun, and what runs is cut off."""
        if len(body) <= SMALL:  # here: each change of threads would wait for those that run the EVM
            reply = self.request_handler.begin(body)
        else:
            reply = await self._workers.short.run(lambda: self.request_handler.begin(body))
        if not isinstance(reply, Turn):
            return reply
        work = self._bounds.work()
        turn = asyncio.ensure_future(self._take_turn(reply, work))
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait((turn, gone), return_when=asyncio.FIRST_COMPLETED)
            if not turn.done():
                reply.leave()
                raise ClientDisconnect
            return turn.result()
        finally:
            _abandon(work, turn, gone)

    async def _take_turn(self, turn: Turn, work: Work) -> bytes | None:
        """Run a step among the steps; a read among the short ones, and once more among the long ones if it is long."""
        if turn.changes:
            return await self._workers.steps.take(turn, work)
        try:
            return await self._workers.short.run(lambda: turn.act(SHORT_BOUNDS.short_work(self._bounds)))
        except OverBounds:
            return await self._workers.long.run(lambda: turn.act(work))

    def _refusal(self, status: int, message: str) -> Response:
        self.request_handler.note_stranger(status, message)
        error = jsonrpc.failure(None, RpcError(INVALID_REQUEST, message))
        return Response(jsonrpc.encode(error), status, media_type=JSON)

    def _may(self, request: Request) -> bool:
        if self._api_key is None:
            return True
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        offered = request.url.path.split("/") + ([token.strip()] if scheme.lower() == "bearer" else [])
        return any(hmac.compare_digest(text.encode(), self._api_key.encode()) for text in offered)

    def _unauthorized(self, request: Request) -> Response:
        self.request_handler.note_unauthorized()
        headers = {"www-authenticate": "Bearer"}
        if request.method in ("GET", "HEAD") and request.url.path.rpartition("/")[2] != LIVE:
            is_wrong = bool(request.url.path.strip("/"))
            return HTMLResponse(page.ask_for_key(is_wrong=is_wrong), 401, {**page.headers(), **headers})
        message = "This server wants its API key: as `authorization: Bearer KEY`, or as a segment of the path."
        error = jsonrpc.failure(None, RpcError(UNAUTHORIZED, message))
        return Response(jsonrpc.encode(error), 401, headers, JSON)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _abandon(work: Work, *tasks: asyncio.Future[Any]) -> None:
    """End what is still waited for. Work that is done already is not touched by that."""
    work.cancel()
    for task in tasks:
        task.cancel()


def url_of(request: Request) -> str:
    """Return the URL by which the reader reached this page, so that it works for them."""
    return str(request.url.replace(query="", fragment="")).rstrip("/")


def create_app(
    lab: Lab,
    *,
    api_key: str | None = None,
    bounds: RequestBounds | None = None,
    visitors: Visitors | None = None,
    say: Say | None = None,
    warn: Say | None = None,
    workers: Workers | None = None,
    debug_bundler: bool = False,
) -> Starlette:
    """Return the application that serves this lab. Requests change it one at a time; those that only read do not wait.

    ``bounds``: what a body may take. ``visitors``: who may ask. ``say`` receives a line for each request; ``warn``
    receives messages for developers. ``debug_bundler``: answer the strict bundler's debug methods too.
    """
    begin_here(lab.chain)
    ask_in_slow_precompiles()
    site: Any = Site(
        RequestHandler(lab, say, warn, debug_bundler=debug_bundler),
        workers or Workers(lab.chain),
        api_key=api_key,
        bounds=bounds or RequestBounds(),
        visitors=visitors or Visitors(),
    )
    return Starlette(routes=[Route("/{path:path}", site)])
