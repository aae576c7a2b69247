"""What was asked of the server and how it was decided: one line each for the log, the operations for the start page.

Bounded, and without secrets: of a request only its method, its wallet, its session's id and its calls are kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sessionlab.core.denials.denial import Denial

#: Operations that are remembered for the page.
KEPT = 200

ANSWERED, DONE, FAILED, REFUSED, BUG = "answered", "done", "failed", "refused", "bug"

#: 32 bytes or more in hex: a private key is among what looks like this, a signature and a context too.
_LONG_HEX = re.compile(r"(0x)?([0-9a-fA-F]{64,})")
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")
_SHOWN_METHOD = re.compile(r"[A-Za-z0-9_]{1,48}")


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """How a request was decided. ``code``: of the error; ``reason``: of the denial."""

    kind: str
    code: int | None = None
    reason: str | None = None

    def __str__(self) -> str:
        # A reason can be a text that a contract reverted with.
        reason = None if self.reason is None else _NO_WORD.sub("_", self.reason)[:48]
        return " ".join(str(part) for part in (self.kind, self.code, reason) if part is not None)


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """An operation as the server saw it: who, what, and what came of it."""

    number: int  # counts up; the newest has the highest
    time: int  # unix seconds on the chain
    method: str
    wallet: str
    #: The session's id; None: the owner's, or not known.
    session: str | None
    calls: Sequence[str]  # in words
    decision: LoggedDecision
    #: What it says to a person, and what helps. Empty where there is nothing to say.
    sentence: str = ""
    fix: str = ""
    denial: Denial | None = None
    gas: int | None = None
    #: userOpHash, where it reached the chain.
    digest: str | None = None


class OperationLog:
    """The last operations, and how many requests there were."""

    def __init__(self) -> None:
        self.requests = 0
        self._last: deque[LoggedOperation] = deque(maxlen=KEPT)
        self._count = 0

    def next_number(self) -> int:
        """The number of the operation that is written next."""
        return self._count + 1

    def write(self, operation: LoggedOperation) -> None:
        """Remember an operation; one that was sent again stays as it is."""
        if operation.digest and any(known.digest == operation.digest for known in self._last):
            return
        self._count += 1
        self._last.append(operation)

    def newest(self, count: int) -> list[LoggedOperation]:
        """The last so many operations, newest first."""
        return list(reversed(self._last))[:count]


def line(method: str, decision: LoggedDecision, milliseconds: float, now: datetime) -> str:
    """``14:03:07 wallet_prepareCalls refused -32500 AddressNotAllowed 4 ms``."""
    shown = method if _SHOWN_METHOD.fullmatch(method) and not _LONG_HEX.search(method) else "(no method)"
    return f"{now:%H:%M:%S} {shown} {decision} {milliseconds:.0f} ms"


def redact(text: str) -> str:
    """A text without what could be a key, a signature or a context: only the beginning of each stays."""
    return _LONG_HEX.sub(lambda match: f"{match[1] or ''}{match[2][:8]}…", text)
