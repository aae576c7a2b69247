"""Requests and how they were decided: one log line for each, and the operations for the start page.

The log is bounded and holds no secrets: it keeps only a request's method, wallet, session id and calls.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from sessionlab.core.base.printable import printable
from sessionlab.core.denials.denial import Denial

#: Maximum number of operations kept for the page.
KEPT = 200

ANSWERED, DONE, FAILED, REFUSED, LEFT, BUG = "answered", "done", "failed", "refused", "left", "bug"

#: 32 bytes or more in hex, which could be a private key, a signature or a context.
#: Characters of the words that follow a line.
MOST_LETTERS = 300
_LONG_HEX = re.compile(r"(0x)?([0-9a-fA-F]{64,})")
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")
_SHOWN_METHOD = re.compile(r"[A-Za-z0-9_]{1,48}")


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """How a request was decided. ``code``: the error's; ``reason``: the denial's; ``told``: what follows in words."""

    kind: str
    code: int | None = None
    reason: str | None = None
    told: str = ""

    def __str__(self) -> str:
        # A reason can be arbitrary text that a contract reverted with.
        reason = None if self.reason is None else _NO_WORD.sub("_", self.reason)[:48]
        return " ".join(str(part) for part in (self.kind, self.code, reason) if part is not None)


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """An operation as the server saw it: the sender, the calls and the result."""

    number: int  # counts up; the newest has the highest
    time: int  # unix seconds on the chain
    method: str
    wallet: str
    #: The session's id; None if the owner sent the operation or the session is unknown.
    session: str | None
    calls: Sequence[str]  # in words
    decision: LoggedDecision
    #: The denial in words, and how to fix it; both are empty if there is nothing to report.
    sentence: str = ""
    fix: str = ""
    denial: Denial | None = None
    gas: int | None = None
    #: The userOpHash, if the operation reached the chain.
    digest: str | None = None


class OperationLog:
    """The most recent operations, and the number of requests."""

    def __init__(self) -> None:
        self.requests = 0
        self._counting = Lock()
        self._last: deque[LoggedOperation] = deque(maxlen=KEPT)
        self._count = 0

    def count_request(self) -> None:
        """Count one more request, from any thread."""
        with self._counting:
            self.requests += 1

    def next_number(self) -> int:
        """The number of the next operation to be recorded."""
        return self._count + 1

    def write(self, operation: LoggedOperation) -> None:
        """Record an operation, from any thread; one that is sent again is not recorded twice."""
        with self._counting:
            if operation.digest and any(known.digest == operation.digest for known in self._last):
                return
            self._count += 1
            self._last.append(replace(operation, number=self._count))

    def newest(self, count: int) -> list[LoggedOperation]:
        """Return the ``count`` most recent operations, newest first."""
        return list(reversed(self._last))[:count]


def line(method: str, decision: LoggedDecision, milliseconds: float, now: datetime) -> str:
    """``14:03:07 wallet_prepareCalls refused -32500 AddressNotAllowed 4 ms``."""
    shown = method if _SHOWN_METHOD.fullmatch(method) and not _LONG_HEX.search(method) else "(no method)"
    told = f"   {printable(decision.told, MOST_LETTERS)}" if decision.told else ""
    return f"{now:%H:%M:%S} {shown} {decision} {milliseconds:.0f} ms{told}"


def redact(text: str) -> str:
    """Shorten everything in a text that could be a key, a signature or a context to its first characters."""
    return _LONG_HEX.sub(lambda match: f"{match[1] or ''}{match[2][:8]}…", text)
