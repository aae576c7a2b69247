"""Ask a node over HTTP. An error is an answer here: ``{"error": …}``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any


def over_http(url: str) -> Callable[..., Any]:
    """Return what asks the node at this URL."""

    def ask(method: str, *params: Any) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        return answer["result"] if "result" in answer else {"error": answer["error"]}

    return ask
