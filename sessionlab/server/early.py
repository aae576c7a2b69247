"""Transactions that come before those they follow: a client numbers several at once, and sends each by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sessionlab.core.base.errors import ChainError, RpcError

#: Seconds that a transaction waits for the next of those it follows.
PATIENCE = 1.0
#: Transactions of an account that may be missing before one: as many as a server has connections.
MOST_MISSING = 512
#: Takes the most milliseconds that its client waits, as its second parameter (EIP-7966).
SYNC = "eth_sendRawTransactionSync"


@dataclass(slots=True)
class Early:
    """A transaction that waits for others of its sender. ``next_nonce``: the account's, when it last changed."""

    sender: str
    nonce: int
    next_nonce: int
    end: float  # when its client waits no longer, by the monotonic clock
    until: float = 0.0  # how long it waits if no other comes
    is_over: bool = False  # it has waited in vain

    def wait(self, next_nonce: int) -> None:
        """Wait another second, but no longer than the client does."""
        self.next_nonce, self.until, self.is_over = next_nonce, min(monotonic() + PATIENCE, self.end), False

    def again(self, since: Early | None) -> Early:
        """Return it as it waits since it was last tried."""
        if since is None or since.next_nonce != self.next_nonce:
            self.end = self.end if since is None else since.end
            self.wait(self.next_nonce)
            return self
        return since


class TooEarly(Exception):
    """A transaction was not answered, since others of its sender may still come before it. Nothing has moved."""

    def __init__(self, early: Early) -> None:
        super().__init__(early.nonce)
        self.early = early


class StillEarly(Exception):
    """The answer to a body is not complete: some of its transactions are early, and all else is answered."""


def early_in(refused: RpcError, method: str, params: Any) -> Early | None:
    """Return what is early about a refused transaction; None if it was refused for anything else."""
    cause = refused.__cause__
    if not isinstance(cause, ChainError) or cause.kind != "nonce too high" or cause.sender is None:
        return None
    if cause.asked - cause.left > MOST_MISSING:
        return None
    return Early(cause.sender, cause.asked, cause.left, monotonic() + _timeout(method, params))


def _timeout(method: str, params: Any) -> float:
    asked = params[1] if method == SYNC and isinstance(params, list) and len(params) > 1 else None
    if asked is None:
        return math.inf
    return (asked if isinstance(asked, int) else int(asked, 16)) / 1_000  # read before, by the method
