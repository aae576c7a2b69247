"""Long work can be cut off: it asks on its way whether it may go on, and says what memory it takes.

Only who sets ``GO_ON`` bounds anything, as a server does for each request. Without one, work ends when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


class CutOff(BaseException):
    """Raised by ``GO_ON``. Like an interrupt it is not for the chain to catch, so what was begun is undone."""


#: Asked with the bytes that the work takes from here on and keeps until it is done; 0 asks about the time alone.
GO_ON: ContextVar[Callable[[int], None]] = ContextVar("GO_ON", default=lambda _: None)
