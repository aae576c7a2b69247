"""Serve a lab from this process, for tests and notebooks that need a URL.

with in_background(Lab()) as url:
    SmartWalletClient(HttpProvider(url), owner)
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import FLAG, TEXT, each, integer, maybe, reads
from sessionlab.core.base.errors import SessionlabError
from sessionlab.server.bounds import MEGABYTES, SECONDS, RequestBounds
from sessionlab.study.doors import LAB
from sessionlab.study.extras import needs_extra

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

STARTING = 30  # seconds
STOPPING = 5  # seconds for the last request to finish


_BOUND = maybe(partial(integer, least=1, fix="give a whole number above 0, or None for no bound."))
_PORT = partial(integer, most=65_535, fix="give a number up to 65535; 0 picks a free port.")


@reads(
    lab=LAB,
    port=_PORT,
    api_key=maybe(TEXT),
    request_seconds=_BOUND,
    request_megabytes=_BOUND,
    cors=each(TEXT),
    debug_bundler=FLAG,
)
@contextmanager
def in_background(
    lab: Lab,
    *,
    port: int = 0,
    api_key: str | None = None,
    request_seconds: int | None = SECONDS,
    request_megabytes: int | None = MEGABYTES,
    cors: Sequence[str] = (),
    debug_bundler: bool = False,
) -> Iterator[str]:
    """Serve a lab on 127.0.0.1 until the end of ``with``; yields its URL. ``port`` 0 picks a free port.

    You can use the lab in the meantime: its steps and those of the requests are taken one after the other.
    It is served as it is, also its clock: an application that counts expiries from its own needs ``Lab(time="now")``.
    ``request_seconds`` and ``request_megabytes`` bound what one request or batch may take; None: no bound. Pages of
    this machine may ask, and those of the origins in ``cors``; ``"*"`` is every page. ``debug_bundler`` answers the
    debug methods of a lab made with ``bundler="strict"``.
    """
    with needs_extra("server", "Serving a lab"):
        from sessionlab.server.app import create_app
        from sessionlab.server.serving import Server, open_socket, url_of
    from sessionlab.server.visitors import Visitors, read_origins
    from sessionlab.server.workers import Workers

    bounds, visitors = RequestBounds(request_seconds, request_megabytes), Visitors(read_origins(cors))
    workers, answers = Workers(lab.chain), threading.Event()
    with open_socket("127.0.0.1", port) as result:
        server = Server(
            create_app(
                lab,
                api_key=api_key,
                bounds=bounds,
                visitors=visitors,
                workers=workers,
                debug_bundler=debug_bundler,
            ),
            answers.set,
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [result]}, daemon=True)
        thread.start()
        try:
            if not answers.wait(STARTING):
                raise SessionlabError("The server did not start.", fix="look at what it printed.")
            yield url_of(result)
        finally:
            server.should_exit = True
            thread.join()
            workers.stop(STOPPING)
