"""HTTP for one lab: JSON-RPC by POST on every path, the start page by GET, and the same headers on every response.

JSON-RPC errors have status 200, because other statuses make clients retry or hide the error from them.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import UNAUTHORIZED
from sessionlab.node.block_cheats import begin_here
from sessionlab.server import jsonrpc, page
from sessionlab.server.live_page import LivePage
from sessionlab.server.request_handler import RequestHandler, Say
from sessionlab.server.worker import Workers

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sessionlab.study.facade import Lab

JSON = "application/json"
#: Last path segment of the URL that the start page polls; it works below every path.
LIVE = "live"
NO_WEBSOCKET = "There are no websockets here: POST JSON-RPC to the same address with http://, and poll filters.\n"
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "content-type, alchemy-aa-sdk-version, authorization",
    "access-control-max-age": "600",
}


class Site:
    """The ASGI application. ``api_key``: required of every request except CORS preflights, which cannot carry it."""

    def __init__(self, request_handler: RequestHandler, workers: Workers, api_key: str | None) -> None:
        self.request_handler, self._workers, self._api_key = request_handler, workers, api_key
        self._live_page = LivePage(request_handler, workers.steps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            response = await self._respond(Request(scope, receive))
        except ClientDisconnect:  # the client left before its request was complete
            return
        for name, value in CORS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
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
        body = await whole_body(request)
        if body is None:
            return Response(jsonrpc.encode(jsonrpc.too_large()), media_type=JSON)
        reply = await self._workers.reads.run(lambda: self.request_handler.begin(body))
        if callable(reply):
            reply = await self._workers.steps.run(reply)
        return Response(status_code=204) if reply is None else Response(reply, media_type=JSON)

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
            return HTMLResponse(page.ask_for_key(), 401, {**page.headers(), **headers})
        message = "This server wants its API key: as `authorization: Bearer KEY`, or as a segment of the path."
        error = jsonrpc.failure(None, RpcError(UNAUTHORIZED, message))
        return Response(jsonrpc.encode(error), 401, headers, JSON)


async def whole_body(request: Request) -> bytes | None:
    """Read the whole body, however slowly it arrives; None if it is too large. Anything past the limit is discarded."""
    result = bytearray()
    too_large = False
    async for chunk in request.stream():
        too_large = too_large or len(result) + len(chunk) > jsonrpc.MAX_BODY
        if not too_large:
            result += chunk
    return None if too_large else bytes(result)


def url_of(request: Request) -> str:
    """Return the URL by which the reader reached this page, so that it works for them."""
    return str(request.url.replace(query="", fragment="")).rstrip("/")


def create_app(
    lab: Lab,
    *,
    api_key: str | None = None,
    say: Say | None = None,
    warn: Say | None = None,
    workers: Workers | None = None,
) -> Starlette:
    """Return the application that serves this lab. Requests change it one at a time; those that only read do not wait.

    ``say`` receives a line for each request; ``warn`` receives messages for developers.
    """
    begin_here(lab.chain)
    site: Any = Site(RequestHandler(lab, say, warn), workers or Workers(), api_key)
    return Starlette(routes=[Route("/{path:path}", site)])
