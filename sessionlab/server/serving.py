"""Run the HTTP server: socket, start, signals, graceful stop."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sessionlab.core.base.errors import InvalidInput, SessionlabError

#: Seconds that running requests have to finish when the server stops.
GRACE = 5
BACKLOG = 512
#: Seconds until a thread that runs the EVM lets others on: what a quick read waits for, once for each such thread.
SWITCH = 0.001

#: Bytes of a request's first line and headers, after the first piece of them that arrives (asyncio: at most 256 KiB).
MAX_HEAD = 2**16

Ready = Callable[[], None]


class Http(HttpToolsProtocol):
    """uvicorn's HTTP by httptools, which has no bound of its own for what comes before a body."""

    _head: int | None = None  # bytes that arrived since a request began, until its headers are complete

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take the next piece. Too long a head is answered 400, and the connection is closed."""
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD:
                self.send_400_response(f"The request line and headers have more than {MAX_HEAD} bytes.")
                return
        super().data_received(data)


class Server(uvicorn.Server):
    """uvicorn's server, which reports when it is ready and exits normally on a signal."""

    def __init__(self, app: Starlette, ready: Ready) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Http,
                log_level="critical",  # we have our own log, and uvicorn's would show paths with keys in them
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._ready = ready
        self.failure: SessionlabError | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until ``should_exit``. Threads take turns more often meanwhile."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(min(before, SWITCH))
        try:
            super().run(sockets)
        finally:
            sys.setswitchinterval(before)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then call ``ready``."""
        await super().startup(sockets)
        try:
            self._ready()
        except SessionlabError as error:
            self.failure, self.should_exit = error, True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM. uvicorn would raise the signal again afterwards, which changes the exit code."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def open_socket(host: str, port: int) -> socket.socket:
    """Return a bound socket that does not answer yet. Raises InvalidInput, with the reason, if it cannot be bound."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        result = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        message = f"{host!r} is no address of this machine: {error}."
        raise InvalidInput(message, field="--host", asked=host, fix="use 127.0.0.1.") from None
    try:
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        result.bind(address)
    except (OSError, OverflowError) as error:
        result.close()
        message, fix = (
            f"{host}:{port} cannot be had: {getattr(error, 'strerror', None) or error}.",
            "use another port, or --port 0.",
        )
        raise InvalidInput(message, field="--port", asked=port, fix=fix) from None
    return result


def is_loopback(result: socket.socket) -> bool:
    """Return whether the socket is reachable only from this machine."""
    return ipaddress.ip_address(str(result.getsockname()[0]).partition("%")[0]).is_loopback


def url_of(result: socket.socket) -> str:
    """Return the socket's URL; if it listens on every address, the URL for this machine."""
    host, port = result.getsockname()[:2]
    if ipaddress.ip_address(host.partition("%")[0]).is_unspecified:
        host = "127.0.0.1" if result.family == socket.AF_INET else "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: Starlette, result: socket.socket, ready: Ready) -> None:
    """Serve until a signal. Calls ``ready`` once requests are answered; an error that it raises stops the server."""
    server = Server(app, ready)
    gc.collect()
    gc.freeze()  # what was made until here stays: a collection need not look at it, while requests wait
    server.run(sockets=[result])
    if server.failure:
        raise server.failure
