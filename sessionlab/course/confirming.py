"""What a lesson claims, checked where it is told: ``✓ the merchant received exactly 0.9 ETH``."""

from __future__ import annotations

from sessionlab.core.base.doors import FLAG, TEXT, reads
from sessionlab.course.rerunning import FIRST_RESULT, repeated


class NotConfirmed(AssertionError):
    """A claim of a lesson does not hold here."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the claim, without the frames that led here."""
        return [str(self)]


@reads(claim=TEXT, holds=FLAG)
def confirm(claim: str, holds: bool) -> None:
    """Print a claim with ✓ if it holds. Raises NotConfirmed if not.

    If cells of the lesson ran more than once, a claim about the first run is only said to be open.

    >>> confirm("two and two are four", 2 + 2 == 4)
    ✓ two and two are four
    """
    if holds:
        print(f"✓ {claim}")
    elif again := repeated():
        cells = "a cell" if again == 1 else f"{again} cells"
        print(f"○ {claim}: that is the state after the first run, and {cells} ran again since. {FIRST_RESULT}")
    else:
        raise NotConfirmed(f"✗ {claim}: not here. A cell above was changed, or has not run. {FIRST_RESULT}")
