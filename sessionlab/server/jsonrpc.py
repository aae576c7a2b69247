"""JSON-RPC 2.0 bodies: a request or a batch in, a response or a list out (https://www.jsonrpc.org/specification).

Every response is a result or an error whose code does not make clients retry. Nothing raises from here unless
``handle`` raises something other than RpcError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import INVALID_REQUEST, PARSE_ERROR
from sessionlab.core.base.rpc_values import meant
from sessionlab.study.json_files import is_deep

MEMBERS, VERSION = ("jsonrpc", "id", "method", "params"), "2.0"
#: Maximum number of requests in a batch.
MAX_BATCH = 100
#: Maximum size of a body in bytes. A transaction has at most 128 KiB, which is 256 KiB in hex.
MAX_BODY = 2 * 2**20
#: Maximum nesting of lists and objects. Clients use about 10 levels; deep nesting could exhaust Python's stack.
MAX_DEPTH = 64

Handle = Callable[[str, Any], bytes]
"""Answers a method with its encoded result, or raises RpcError."""


def requests_of(body: bytes) -> Any:
    """Return the request in a body, or its list of requests. Raises RpcError if it is malformed."""
    asked = read(body)
    if isinstance(asked, list) and not 1 <= len(asked) <= MAX_BATCH:
        raise RpcError(INVALID_REQUEST, f"A batch has 1 to {MAX_BATCH} requests, not {len(asked)}.")
    return asked


def joined(replies: Sequence[bytes | None], is_batch: bool) -> bytes | None:
    """Return the response to a body whose requests were answered so; None if there were only notifications."""
    if not is_batch:
        return replies[0]
    given = [reply for reply in replies if reply is not None]
    return b"[" + b",".join(given) + b"]" if given else None


def one(request: Any, handle: Handle) -> bytes | None:
    """Return the encoded response to one request; None for a notification, which has no id."""
    if not isinstance(request, Mapping) or not isinstance(request.get("method"), str):
        return encode(failure(None, RpcError(INVALID_REQUEST, "A request is an object with a method.")))
    number = request.get("id")
    if isinstance(number, bool | list | dict):
        return encode(failure(None, RpcError(INVALID_REQUEST, "An id is a number or text.")))
    if unknown := request.keys() - MEMBERS:
        message = f"A request has no {min(unknown)[:40]!r}. Next step: {meant(min(unknown), MEMBERS)}"
        return encode(failure(number, RpcError(INVALID_REQUEST, message)))
    if request.get("jsonrpc", VERSION) != VERSION:
        return encode(failure(number, RpcError(INVALID_REQUEST, f'The "jsonrpc" of a request is "{VERSION}".')))
    try:
        result = handle(request["method"], request.get("params"))
    except RpcError as error:
        return encode(failure(number, error)) if "id" in request else None
    return b'{"jsonrpc":"2.0","id":%s,"result":%s}' % (encode(number), result) if "id" in request else None


def failure(number: Any, error: RpcError) -> dict[str, Any]:
    """Return an error response."""
    return {"jsonrpc": "2.0", "id": number, "error": error.as_json()}


def encode(reply: Any) -> bytes:
    """Encode a response as ASCII bytes, so that a lone surrogate sent by a client can be echoed back."""
    return json.dumps(reply, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def too_large() -> RpcError:
    """Return the error for a body over the size limit."""
    return RpcError(INVALID_REQUEST, f"The body is larger than {MAX_BODY:,} bytes.")


def read(body: bytes) -> Any:
    """Parse the JSON of a body. Raises RpcError if it is malformed, too large, too deep, or parsers could disagree."""
    if len(body) > MAX_BODY:
        raise too_large()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RpcError(PARSE_ERROR, "The body is not UTF-8.") from None
    if is_deep(text, MAX_DEPTH):
        raise RpcError(PARSE_ERROR, f"The body has more than {MAX_DEPTH} lists and objects within each other.")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except ValueError:  # also raised for numbers of more than 4,300 digits
        raise RpcError(PARSE_ERROR, "The body is not JSON.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise RpcError(INVALID_REQUEST, "An object has one key twice.")
    return result


def _constant(text: str) -> Any:
    raise RpcError(PARSE_ERROR, f"{text} is not JSON: numbers are finite.")


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _constant(text[:20])
