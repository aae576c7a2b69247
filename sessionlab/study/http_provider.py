"""JSON-RPC over HTTP for the client: connects to a served lab or to any Wallet API endpoint.

    wallet = SmartWalletClient(HttpProvider("http://127.0.0.1:8545"), owner)

Behaves like the published TypeScript clients: one request per POST, ids from 0, the API key as a bearer token.
"""

from __future__ import annotations

import json
import os
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from sessionlab.core.base.doors import TEXT, maybe, reads, wrong
from sessionlab.core.base.errors import ChainError, RpcError, Stays
from sessionlab.core.base.frozen import Frozen
from sessionlab.study import in_browser

TIMEOUT, MOST_TIMEOUT = 10.0, 1_000_000  # seconds; the first as in the published clients


def _seconds(value: Any, field: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_TIMEOUT:
        raise wrong(value, "is not a time to wait", field, "give seconds, such as 10.")
    return value


class HttpProvider(Frozen, Stays):
    """Sends requests to one URL over persistent connections. Threads share it, and a forked process has its own."""

    _instead = "make another where you need one: sl.HttpProvider(url)."

    @reads(api_key=maybe(TEXT), timeout=_seconds)
    def __init__(self, url: str, *, api_key: str | None = None, timeout: float = TIMEOUT) -> None:
        """Send ``api_key`` as a bearer token; ``timeout`` is in seconds. Raises InvalidInput for a malformed URL."""
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
            fix = "write it like http://127.0.0.1:8545."
            raise wrong(url, "is not an HTTP URL", "url", fix)
        self.url = url
        self._headers = {"content-type": "application/json"}
        if api_key is not None:
            self._headers["authorization"] = f"Bearer {api_key}"
        self._timeout, self._numbers = timeout, count()
        self._pools: dict[int, Any] = {}  # by process: two that share a connection would read each other's answers
        self._frozen = True

    def __repr__(self) -> str:
        parts = urlsplit(self.url)
        return f"<HttpProvider {parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}>"

    @reads(method=TEXT)
    def request(self, method: str, params: Any = None) -> Any:
        """Return the result of one request. Raises RpcError for an error, ChainError if there is no valid response."""
        if in_browser.IN_BROWSER:
            message, fix = (
                f"{self!r} is out of reach: the browser lab asks no other address.",
                in_browser.way_around("server"),
            )
            raise ChainError(message, field="url", asked=self.url, fix=fix)
        import urllib3

        body = {"jsonrpc": "2.0", "id": next(self._numbers), "method": method}
        if params is not None:
            body["params"] = params
        process = os.getpid()
        pool = self._pools.get(process) or urllib3.PoolManager(retries=False, timeout=self._timeout)
        self._pools = {process: pool}
        try:
            reply = pool.request("POST", self.url, body=json.dumps(body).encode(), headers=self._headers)
        except urllib3.exceptions.ReadTimeoutError:
            message = f"{self!r} accepted the request but did not answer within {self._timeout:g} seconds."
            fix = "check whether the step was taken, a lab may be busy with a long one, or allow more time: timeout=60."
            raise ChainError(message, field="timeout", asked=self._timeout, fix=fix) from None
        except urllib3.exceptions.HTTPError as error:
            fix = "start it with `sessionlab serve`, or check the address."
            raise ChainError(f"{self!r} does not answer: {type(error).__name__}.", field="url", fix=fix) from None
        return self._result(reply.status, reply.data)

    def _result(self, status: int, data: bytes) -> Any:
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
            error = answer["error"]
            raise RpcError(int(error.get("code", 0)), str(error.get("message", "")), error.get("data"))
        if status != 200 or not isinstance(answer, dict) or "result" not in answer:
            fix = "give api_key=…" if status == 401 else "check that the URL belongs to a JSON-RPC server."
            raise ChainError(f"{self!r} answered with HTTP {status} and no JSON-RPC result.", field="url", fix=fix)
        return answer["result"]
