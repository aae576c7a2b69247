"""A lab's clock, moved in the units that people think in."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sessionlab.core.base.amounts import MAX_SECONDS
from sessionlab.core.base.doors import ANY_NUMBER, integer, maybe, reads, wrong
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.lab.lab import BaseLab

#: Reads how many minutes, hours, days or weeks to travel.
SPAN = partial(integer, most=MAX_SECONDS)
#: Reads each argument of ``travel``.
SPANS: dict[str, Callable[[Any, str], Any]] = {
    "seconds": maybe(ANY_NUMBER),
    **dict.fromkeys(("minutes", "hours", "days", "weeks"), SPAN),
}


def span(seconds: int | None, minutes: int, hours: int, days: int, weeks: int) -> int:
    """Return how far to travel, in seconds. Raises InvalidInput if nothing says how far."""
    longer = 60 * (minutes + 60 * (hours + 24 * (days + 7 * weeks)))
    if seconds is None and not longer:
        raise InvalidInput("Nothing says how far.", field="seconds", fix="write travel(60), or travel(days=30).")
    total = (seconds or 0) + longer
    if longer and total > MAX_SECONDS:  # the chain judges seconds, which may have been meant as milliseconds
        raise wrong(total, "seconds are more than three centuries", "seconds", f"travel up to {MAX_SECONDS}.")
    return total


class BaseClockLab(BaseLab):
    """A lab whose clock is moved by seconds, minutes, hours, days and weeks."""

    @reads(**SPANS)
    def travel(
        self, seconds: int | None = None, *, minutes: int = 0, hours: int = 0, days: int = 0, weeks: int = 0
    ) -> int:
        """Move the chain's clock forward, and return the new time in Unix seconds. All numbers are whole.

        Raises ChainError for less than 0 seconds, InvalidInput if nothing says how far.

        >>> import sessionlab as sl
        >>> lab = sl.Lab()
        >>> lab.travel(days=30, hours=1) - lab.chain.block().timestamp
        2595600
        """
        return super().travel(span(seconds, minutes, hours, days, weeks))
