"""Runs requests in the lab: each one atomically, logged, within bounds, and always with a well-formed answer.

Quick reads wait for nobody; reads that may take long, and what changes the lab, wait for a turn in a lane of their own.

An unexpected exception is our bug. The lab is then restored, the developer gets the traceback on stderr, and the
client gets an error that it does not retry.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import ChainError, RpcError
from sessionlab.core.base.rpc_codes import INVALID_REQUEST
from sessionlab.core.evm.rpc import unknown
from sessionlab.core.wallet_api.errors import invalid
from sessionlab.node.bundler.debug_methods import DEBUG_PREFIX
from sessionlab.node.geth_words import data_of
from sessionlab.server import jsonrpc
from sessionlab.server.bounds import OverBounds, RequestBounds, Work
from sessionlab.server.early import TooEarly, early_in
from sessionlab.server.operation_log import ANSWERED, BUG, LEFT, REFUSED, LoggedDecision, OperationLog, line, redact
from sessionlab.server.operation_log_entries import BUNDLING, bundled, decided, mined_as, watch
from sessionlab.server.turn import Turn

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

NOT_SERVED = "the bundler's debug methods are served with --bundler strict --debug-bundler"
#: From the range that JSON-RPC reserves for servers; no client retries on it.
BUG_CODE = -32099

Say = Callable[[str], None]

#: Reads that mostly take next to nothing. A read that is not here may take long, whatever is asked.
QUICK = frozenset(
    (
        "eth_accounts",
        "eth_blockNumber",
        "eth_chainId",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getBlockTransactionCountByHash",
        "eth_getBlockTransactionCountByNumber",
        "eth_getCode",
        "eth_getStorageAt",
        "eth_getTransactionByBlockHashAndIndex",
        "eth_getTransactionByBlockNumberAndIndex",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "eth_syncing",
        "net_listening",
        "net_version",
        "web3_clientVersion",
    )
)
#: Requests in a batch of quick reads; a longer batch takes its turn with the reads that may take long.
QUICK_BATCH = 10
#: Bytes of a body that is read at once; larger ones take their turn with the requests that may take long.
SMALL = 2**15
#: Characters of a method that a turn keeps; longer ones are not shown.
SHOWN = 60
UNBOUNDED = RequestBounds(None, None)
#: What a quick read may take where it arrives, and any read before it waits with the long ones: it is held meanwhile.
QUICK_BOUNDS, SHORT_BOUNDS = RequestBounds(0.02, 0.25), RequestBounds(0.2, 1)


class RequestHandler:
    """Answers request bodies, from any thread. ``say`` receives a line for each request.

    ``debug_bundler``: answer the strict bundler's debug methods, which otherwise are the lab's alone.
    """

    def __init__(
        self, lab: Lab, say: Say | None = None, warn: Say | None = None, *, debug_bundler: bool = False
    ) -> None:
        self.lab, self.operation_log, self._debug_bundler = lab, OperationLog(), debug_bundler
        self._say = say or (lambda _: None)
        self._warn = warn or (lambda text: print(text, file=sys.stderr, flush=True))

    def answer(self, body: bytes) -> bytes | None:
        """Return the response to a body; None if the body has only notifications. There are no bounds."""
        reply = self.begin(body)
        return reply.act(UNBOUNDED.work()) if isinstance(reply, Turn) else reply

    def begin(self, body: bytes) -> bytes | Turn | None:
        """Return the response to a body of quick reads, or the turn that answers any other body."""
        try:
            asked = jsonrpc.requests_of(body)
        except RpcError as error:
            self.note_unread(error)
            return jsonrpc.encode(jsonrpc.failure(None, error))
        requests = asked if isinstance(asked, list) else [asked]
        methods = [_method_of(request) for request in requests]
        names = [name for name in methods if name]
        # A large body waits as it came, and is read anew: as values it would take many times its bytes.
        read = (lambda: asked) if len(body) <= SMALL else partial(jsonrpc.requests_of, body)
        turn = Turn(
            self, read, [name[:SHOWN] for name in methods], changes=not all(map(self.lab.api.only_reads, names))
        )
        if len(names) <= QUICK_BATCH and QUICK.issuperset(names):
            with suppress(OverBounds):  # it is large: a receipt with many events, a block with many transactions
                return turn.act(QUICK_BOUNDS.quick_work())
        return turn

    def reply(self, request: Any, work: Work, *, may_wait: bool = False) -> bytes | None:
        """Return the response to one request; None for a notification.

        Raises OverBounds if the work is short, and TooEarly, before anything is logged, for a transaction whose turn
        has not come, if it may wait.
        """
        reached = False

        def handle(method: str, params: Any) -> bytes:
            nonlocal reached
            reached = True
            return self.handle(method, params, work, may_wait=may_wait)

        try:
            result = jsonrpc.one(request, handle)
        except (ValueError, TypeError, RecursionError) as error:
            return jsonrpc.encode(jsonrpc.failure(None, self._bug("encode", error)))
        if not reached:
            self._note("", LoggedDecision(REFUSED, INVALID_REQUEST), 0)
        return result

    def handle(self, method: str, params: Any, work: Work, *, may_wait: bool = False) -> bytes:
        """Return the encoded result of one request. Raises RpcError, and then leaves the lab unchanged."""
        start = perf_counter()
        try:
            with nullcontext() if self.lab.api.only_reads(method) else self.lab.chain.atomic():
                work.go_on(0)  # the rest of a batch is not begun
                with work.going_on():
                    return self._handle(method, params, work, may_wait)
        except OverBounds as cut:
            if work.is_short:
                raise
            self._note(method, LoggedDecision(REFUSED, cut.error.code, "over_bounds"), perf_counter() - start)
            raise RpcError(cut.error.code, cut.error.message, data_of(method, cut.error.data)) from None
        except ChainError as error:  # the lab stays with somebody else's step
            refused = invalid(error)
            self._note(method, decided(method, None, refused), perf_counter() - start)
            raise refused from None

    def _handle(self, method: str, params: Any, work: Work, may_wait: bool) -> bytes:
        start, height, kept = perf_counter(), self.lab.chain.height, work.taken
        try:
            if method.startswith(DEBUG_PREFIX) and not (self._debug_bundler and self.lab.bundler.strict):
                raise unknown(method, (), NOT_SERVED)
            result = self.lab.api.handle(method, params)
            encoded = jsonrpc.encode(result)
            work.taken = kept  # what it took on the way is free again
            work.take(len(encoded))
        except RpcError as error:
            if may_wait and (early := early_in(error, method, params)) is not None:
                raise TooEarly(early) from None
            work.taken = kept
            work.take(len(jsonrpc.encode(error.as_json())))
            self._watch(method, params, None, error)
            self._note(method, decided(method, None, error), perf_counter() - start)
            raise
        except Exception as error:
            self._note(method, LoggedDecision(BUG, BUG_CODE, type(error).__name__), perf_counter() - start)
            raise self._bug(method, error) from None
        if method in BUNDLING:
            self._watch_bundles(method, height)
        decision = self._watch(method, params, result, None) or mined_as(self.lab, method, result)
        self._note(method, decision or LoggedDecision(ANSWERED), perf_counter() - start)
        return encoded

    def note_left(self, method: str) -> None:
        """Log a request that is not answered, since its client has left."""
        self._note(method, LoggedDecision(LEFT), 0)

    def note_unread(self, refused: RpcError) -> None:
        """Log a body that is not read."""
        self._note("", LoggedDecision(REFUSED, refused.code), 0)

    def note_unauthorized(self) -> None:
        """Log a request without the API key, or with another."""
        self._note("", LoggedDecision(REFUSED, 401, "not_the_key"), 0)

    def note_stranger(self, status: int, message: str) -> None:
        """Log a request that is not read: a page that was refused cannot show why, and the log can."""
        self._note("", LoggedDecision(REFUSED, status, told=redact(message)), 0)

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

    def _watch_bundles(self, method: str, height: int) -> None:
        """Record the operations that waited and that a request has mined, in blocks above this height. Never raises."""
        try:
            for operation in bundled(self.lab, self.operation_log.next_number(), method, height):
                self.operation_log.write(operation)
        except Exception as problem:
            self.warn_of("the journal", problem)

    def _note(self, method: str, decision: LoggedDecision, seconds: float) -> None:
        self.operation_log.count_request()
        self._say(line(method, decision, 1_000 * seconds, datetime.now()))

    def _bug(self, method: str, error: Exception) -> RpcError:
        self.warn_of(method, error)
        message = (
            f"This is a bug in sessionlab: {type(error).__name__} while it answered {redact(method)[:60]}. "
            "Nothing has moved. Next step: report the traceback that `sessionlab serve` printed, and the request."
        )
        return RpcError(BUG_CODE, message, {"bug": True, "exception": type(error).__name__})


def _method_of(request: Any) -> str:
    """Return the method that is asked for; empty if there is none."""
    return str(request.get("method")) if isinstance(request, Mapping) else ""
