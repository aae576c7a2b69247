"""The requests that the published clients send, on file: what our own client sends must have the same form.

What the lab counts out (gas, signatures, ids) is put by its size, so that files change only when requests do.
``SESSIONLAB_GOLDEN=write`` writes the files anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"
QUANTITIES = {
    "callGasLimit",
    "verificationGasLimit",
    "preVerificationGas",
    "paymasterVerificationGasLimit",
    "paymasterPostOpGasLimit",
    "maxAmount",
}
SIZED = {"context", "sessionId", "paymasterData", "hash", "rawPayload", "raw", "signature"}


def normalised(requests: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The Wallet API's requests, method and params, without their ids and without what only this run counted out."""
    return [
        {"method": request["method"], **({"params": _plain(request["params"])} if "params" in request else {})}
        for request in requests
        if request["method"].startswith("wallet_")
    ]


def check_golden(name: str, requests: Iterable[Mapping[str, Any]]) -> None:
    """Compare with the file; or write it, when asked."""
    found = normalised(requests)
    file = FOLDER / f"{name}.json"
    if os.environ.get("SESSIONLAB_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(file.read_text())


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        # In a signature the bytes are called data, and so is the text of a message that is to be signed.
        inner = "signature" if name == "signature" else ""
        return {key: _plain(item, inner if key == "data" else key) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, name) for item in value]
    if name == "expirySec" and type(value) is int:  # counted from the wall clock
        return "<seconds>"
    if isinstance(value, str) and value.startswith("0x"):
        if name in QUANTITIES:
            return "<quantity>"
        if name in SIZED or len(value) == 2 + 2 * 64:
            return f"<{len(value) // 2 - 1} bytes>"
    return value
