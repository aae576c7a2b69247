"""JSON-RPC 2.0 bodies: one request or a batch, to one answer or a list of them (https://www.jsonrpc.org/specification).

Every answer is a result or an error with a code that clients do not repeat; nothing raises out of here, unless
``handle`` raises something else than RpcError.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.core.base.errors import RpcError
from sessionlab.core.base.rpc_codes import INVALID_REQUEST, PARSE_ERROR

#: Requests in one batch.
MAX_BATCH = 100
#: Bytes of one body; a transaction has at most 128 KiB, which is 256 KiB in hex.
MAX_BODY = 2 * 2**20
#: Lists and objects within each other. What clients send has about 10; deeper, Python's own stack is at stake.
MAX_DEPTH = 64

Handle = Callable[[str, Any], Any]

#: Strings whole, so that brackets in them do not count. Possessive: a string without an end is read once.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def answer(body: bytes, handle: Handle) -> Any:
    """The answer to a body; None where there is nothing to say, to notifications alone."""
    try:
        asked = read(body)
    except RpcError as error:
        return failure(None, error)
    if not isinstance(asked, list):
        return one(asked, handle)
    if not asked or len(asked) > MAX_BATCH:
        message = f"A batch has 1 to {MAX_BATCH} requests, not {len(asked)}."
        return failure(None, RpcError(INVALID_REQUEST, message))
    result = [reply for request in asked if (reply := one(request, handle)) is not None]
    return result or None


def one(request: Any, handle: Handle) -> dict[str, Any] | None:
    """The answer to one request; None to a notification, which has no id."""
    if not isinstance(request, Mapping) or not isinstance(request.get("method"), str):
        return failure(None, RpcError(INVALID_REQUEST, "A request is an object with a method."))
    number = request.get("id")
    if isinstance(number, bool | list | dict):
        return failure(None, RpcError(INVALID_REQUEST, "An id is a number or a text."))
    try:
        result = handle(request["method"], request.get("params"))
    except RpcError as error:
        return failure(number, error) if "id" in request else None
    return {"jsonrpc": "2.0", "id": number, "result": result} if "id" in request else None


def failure(number: Any, error: RpcError) -> dict[str, Any]:
    """The answer that is an error."""
    return {"jsonrpc": "2.0", "id": number, "error": error.as_json()}


def encode(reply: Any) -> bytes:
    """An answer as bytes: ASCII, so that half of a surrogate pair that a client sent can be said back to it."""
    return json.dumps(reply, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()


def too_large(limit: int = MAX_BODY) -> dict[str, Any]:
    """The answer to a body that is not read to its end."""
    return failure(None, RpcError(INVALID_REQUEST, f"The body is larger than {limit:,} bytes."))


def read(body: bytes) -> Any:
    """The JSON of a body. RpcError where clients could differ in what it means, or where it is a bomb."""
    if len(body) > MAX_BODY:
        raise RpcError(INVALID_REQUEST, f"The body is larger than {MAX_BODY:,} bytes.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RpcError(PARSE_ERROR, "The body is not UTF-8.") from None
    if _is_deep(text):
        raise RpcError(PARSE_ERROR, f"The body has more than {MAX_DEPTH} lists and objects within each other.")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except ValueError:  # also numbers of more than 4,300 digits
        raise RpcError(PARSE_ERROR, "The body is not JSON.") from None


def _is_deep(text: str) -> bool:
    depth = 0
    for token in _TOKENS.finditer(text):
        sign = token[0][0]
        depth += sign in "[{"
        depth -= sign in "]}"
        if depth > MAX_DEPTH:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise RpcError(INVALID_REQUEST, "An object has one key twice.")
    return result


def _constant(text: str) -> Any:
    raise RpcError(PARSE_ERROR, f"{text} is no JSON: numbers are finite.")


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _constant(text[:20])
