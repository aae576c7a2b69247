"""Runs requests in the lab: each one atomically, logged, and always with a well-formed answer.

Requests that only read are answered at once; the others wait for their turn.

An unexpected exception is our bug. The lab is then restored, the developer gets the traceback on stderr, and the
client gets an error that it does not retry.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import ChainError, RpcError
from sessionlab.core.base.rpc_codes import INVALID_REQUEST
from sessionlab.core.wallet_api.errors import invalid
from sessionlab.server import jsonrpc
from sessionlab.server.operation_log import ANSWERED, BUG, REFUSED, LoggedDecision, OperationLog, line, redact
from sessionlab.server.operation_log_entries import decided, watch

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

#: From the range that JSON-RPC reserves for servers; no client retries on it.
BUG_CODE = -32099

Say = Callable[[str], None]


class RequestHandler:
    """Answers request bodies, from any thread. ``say`` receives a line for each request."""

    def __init__(self, lab: Lab, say: Say | None = None, warn: Say | None = None) -> None:
        self.lab, self.operation_log = lab, OperationLog()
        self._say = say or (lambda _: None)
        self._warn = warn or (lambda text: print(text, file=sys.stderr, flush=True))

    def answer(self, body: bytes) -> bytes | None:
        """Return the response to a body; None if the body has only notifications."""
        reply = self.begin(body)
        return reply() if callable(reply) else reply

    def begin(self, body: bytes) -> bytes | Callable[[], bytes | None] | None:
        """Return the response to a body that only reads, or what answers any other body in its turn."""
        try:
            asked = jsonrpc.requests_of(body)
        except RpcError as error:
            self._note("", LoggedDecision(REFUSED, error.code), 0)
            return jsonrpc.encode(jsonrpc.failure(None, error))
        return self._respond(asked) if self._only_reads(asked) else lambda: self._respond(asked)

    def _only_reads(self, asked: Any) -> bool:
        requests = asked if isinstance(asked, list) else [asked]
        names = [request.get("method") for request in requests if isinstance(request, Mapping)]
        return all(isinstance(name, str) and self.lab.api.only_reads(name) for name in names)

    def _respond(self, asked: Any) -> bytes | None:
        reached = False

        def handle(method: str, params: Any) -> Any:
            nonlocal reached
            reached = True
            return self.handle(method, params)

        reply = jsonrpc.answer(asked, handle)
        if not reached:
            error = reply["error"]["code"] if isinstance(reply, dict) else INVALID_REQUEST
            self._note("", LoggedDecision(REFUSED, error), 0)
        try:
            return None if reply is None else jsonrpc.encode(reply)
        except (ValueError, TypeError, RecursionError) as error:
            return jsonrpc.encode(jsonrpc.failure(None, self._bug("encode", error)))

    def handle(self, method: str, params: Any) -> Any:
        """Return the result of one request. Raises only RpcError, and then leaves the lab unchanged."""
        try:
            with nullcontext() if self.lab.api.only_reads(method) else self.lab.chain.atomic():
                return self._handle(method, params)
        except ChainError as error:  # the lab stays with somebody else's step
            raise invalid(error) from None

    def _handle(self, method: str, params: Any) -> Any:
        start = perf_counter()
        try:
            result = self.lab.api.handle(method, params)
        except RpcError as error:
            self._watch(method, params, None, error)
            self._note(method, decided(method, None, error), perf_counter() - start)
            raise
        except Exception as error:
            self._note(method, LoggedDecision(BUG, BUG_CODE, type(error).__name__), perf_counter() - start)
            raise self._bug(method, error) from None
        operation = self._watch(method, params, result, None)
        self._note(method, operation or LoggedDecision(ANSWERED), perf_counter() - start)
        return result

    def note_unauthorized(self) -> None:
        """Log a request without the API key."""
        self._note("", LoggedDecision(REFUSED, 401, "no_key"), 0)

    def warn_of(self, what: str, error: Exception) -> None:
        """Tell the developer about a bug."""
        known = redact("".join(traceback.format_exception(error)))
        self._warn(f"sessionlab serve: a bug in {redact(what)[:60]}, please report it with this traceback:\n{known}")

    def _watch(self, method: str, params: Any, result: Any, error: RpcError | None) -> LoggedDecision | None:
        """Record an operation in the operation log. Never raises, so that logging cannot break a request."""
        try:
            operation = watch(self.lab, self.operation_log.next_number(), method, params, result, error)
        except Exception as problem:
            self.warn_of("the journal", problem)
            return None
        if operation is None:
            return None
        self.operation_log.write(operation)
        return operation.decision

    def _note(self, method: str, decision: LoggedDecision, seconds: float) -> None:
        self.operation_log.count_request()
        self._say(line(method, decision, 1_000 * seconds, datetime.now()))

    def _bug(self, method: str, error: Exception) -> RpcError:
        self.warn_of(method, error)
        message = (
            f"This is a bug of sessionlab: {type(error).__name__} while it answered {redact(method)[:60]}. "
            "Nothing has moved. Next step: report the traceback that `sessionlab serve` printed, and the request."
        )
        return RpcError(BUG_CODE, message, {"bug": True, "exception": type(error).__name__})
