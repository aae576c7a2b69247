"""Transactions that come before those they follow: a client numbers several at once, and sends each by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sessionlab.core.base.errors import ChainError, RpcError

#: Seconds that a transaction waits for the next of those it follows.
PATIENCE = 1.0
#: Transactions of an account that may be missing before one: as many as a server has connections.
MOST_MISSING = 512
#: Takes the most milliseconds that its client waits, as its second parameter (EIP-7966).
SYNC = "eth_sendRawTransactionSync"


class Early(Exception):
    """A transaction was not answered, since others of its sender may still come before it. Nothing has moved."""

    def __init__(self, sender: str, nonce: int, next_nonce: int, timeout: float) -> None:
        super().__init__(nonce)
        #: ``next_nonce``: the account's now. ``timeout``: seconds that its client waits at most.
        self.sender, self.nonce, self.next_nonce, self.timeout = sender, nonce, next_nonce, timeout


class StillEarly(Exception):
    """The answer to a body is not complete: these of its transactions are early, and all else is answered."""

    def __init__(self, early: Sequence[Early]) -> None:
        super().__init__(len(early))
        self.early = early


def early_in(refused: RpcError, method: str, params: Any) -> Early | None:
    """Return what is early about a refused transaction; None if it was refused for anything else."""
    cause = refused.__cause__
    if not isinstance(cause, ChainError) or cause.kind != "nonce too high" or cause.sender is None:
        return None
    if cause.asked - cause.left > MOST_MISSING:
        return None
    return Early(cause.sender, cause.asked, cause.left, _timeout(method, params))


def _timeout(method: str, params: Any) -> float:
    asked = params[1] if method == SYNC and isinstance(params, list) and len(params) > 1 else None
    if asked is None:
        return math.inf
    return (asked if isinstance(asked, int) else int(asked, 16)) / 1_000  # read before, by the method
