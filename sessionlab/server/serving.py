"""Run the HTTP server: socket, start, signals, graceful stop."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import math
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.server import event_loop
from sessionlab.server.memory import tidy

#: Seconds that running requests have to finish when the server stops.
GRACE = 5
BACKLOG = 512
#: Seconds until a thread that runs the EVM lets others on: what a quick read waits for, once for each such thread.
SWITCH = 0.001

#: Bytes of a request's first line and headers, after the first piece of them that arrives (asyncio: at most 256 KiB).
MAX_HEAD = 2**16

#: Seconds for a new connection to begin a request, for a request to arrive, and for its answer to be taken.
BEGIN, ARRIVE, TAKE = 10.0, 30.0, 30.0
#: Connections at once, if the system lets a process have four times as many files; otherwise a quarter of those. The
#: rest is for what else is open, and for connections that come all at once, of which each is taken to be closed.
MAX_CONNECTIONS = 512
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

Ready = Callable[[], None]


def most_connections() -> int:
    """Return how many connections a server of this process keeps."""
    try:
        import resource
    except ImportError:  # Windows, where files are no bound
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)


class Http(HttpToolsProtocol):
    """uvicorn's HTTP by httptools, with bounds of its own: connections, what comes before a body, each part's time."""

    most = most_connections()

    _head: int | None = None  # bytes that arrived since a request began, until its headers are complete
    _waiting: asyncio.TimerHandle | None = None  # for the client to send
    _since = 0.0  # when it began to wait, by the loop's clock
    _unread: asyncio.TimerHandle | None = None  # for the client to read
    _begun: tuple[RequestResponseCycle, ...] = ()  # the last request, and those before it that are not answered

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for a request. If there are too many connections, the one that has waited longest is closed."""
        super().connection_made(transport)
        self._wait(BEGIN)
        if len(self.connections) > self.most:
            idle = {each: each._idle_since for each in self.connections if isinstance(each, Http)}
            oldest = min(idle, key=lambda each: idle[each])
            oldest._close(TOO_MANY if oldest._waiting else b"")  # not in place of an answer to its next request

    @property
    def _idle_since(self) -> float:
        """When it began to wait for a request, by the loop's clock; never, while it answers one."""
        if self._waiting:
            return self._since
        kept = self.timeout_keep_alive_task
        return kept.when() - self.timeout_keep_alive if kept else math.inf

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more, and tell all requests of the connection; uvicorn tells the last."""
        self._wait(None)
        self.resume_writing()
        super().connection_lost(exc)
        for cycle in self._begun:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def on_message_begin(self) -> None:
        """Begin to count, and wait for the rest of the request."""
        self._head = 0
        self._wait(ARRIVE)
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Stop waiting."""
        self._wait(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for the client to read, since more is held for it than is sent at once."""
        super().pause_writing()
        self._unread = self.loop.call_later(TAKE, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop waiting for it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    def _wait(self, seconds: float | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._since = self.loop.time()
        self._waiting = None if seconds is None else self.loop.call_later(seconds, self._close, TOO_SLOW)

    def _close(self, answer: bytes) -> None:
        self._wait(None)
        self.connections.discard(self)
        self.transport.write(answer)
        self.transport.close()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._head = None
        super().on_headers_complete()
        self._begun = (*(cycle for cycle in self._begun if not cycle.response_complete), self.cycle)

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

    def __init__(self, app: Starlette, ready: Ready, *, owns_process: bool = False) -> None:
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
        self._ready, self.owns_process = ready, owns_process
        self.failure: SessionlabError | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until ``should_exit``. Threads take turns more often meanwhile."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(min(before, SWITCH))
        try:
            with asyncio.Runner(loop_factory=event_loop.new) as runner:
                runner.run(self.serve(sockets))
        finally:
            sys.setswitchinterval(before)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: once in one, tidy up if nobody waits and the process is the server's own."""
        if self.owns_process and counter % 10 == 0 and not self.server_state.tasks:
            tidy()
        return await super().on_tick(counter)

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
        message = f"{host!r} is not an address of this machine: {error}."
        raise InvalidInput(message, field="--host", asked=host, fix="use 127.0.0.1.") from None
    try:
        result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        result.bind(address)
    except (OSError, OverflowError) as error:
        result.close()
        message, fix = (
            f"{host}:{port} is not available: {getattr(error, 'strerror', None) or error}.",
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
    server = Server(app, ready, owns_process=True)
    gc.collect()
    gc.freeze()  # what was made until here stays: a collection need not look at it, while requests wait
    server.run(sockets=[result])
    if server.failure:
        raise server.failure
