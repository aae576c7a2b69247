"""A JSON-RPC request of the Wallet API, pasted as an application sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sessionlab.core.base.errors import InvalidInput

ENVELOPE = ("jsonrpc", "id", "method", "params")


def parameters(value: Any, method: str, name: str) -> Any:
    """Return the parameters of a request for this method; anything that is not a request comes back as it is.

    Raises InvalidInput for a request of another method, or with other parameters than one object.
    """
    if not isinstance(value, Mapping) or "method" not in value:
        return value
    if value["method"] != method:
        message = f"This is a request for {str(value['method'])[:60]}."
        raise InvalidInput(message, field=f"{name}.method", asked=value["method"], fix=f"paste one for {method}.")
    for key in value:
        if key not in ENVELOPE:
            fix = f"leave it out; a request has {', '.join(ENVELOPE)}."
            raise InvalidInput(f"{key!r} is not part of a request.", field=f"{name}.{key}", asked=value[key], fix=fix)
    params = value.get("params")
    if not isinstance(params, list) or len(params) != 1 or not isinstance(params[0], Mapping):
        fix = "write params: [{…}]."
        raise InvalidInput(f"{method} takes one object.", field=f"{name}.params", asked=params, fix=fix)
    return params[0]
