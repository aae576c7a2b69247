"""The one protocol of everything that goes back in time: capture a moment, restore it."""

from __future__ import annotations

from typing import Any, Protocol


class Participant(Protocol):
    """Has state that goes back together with the chain."""

    def capture(self) -> object:
        """Return what ``restore`` needs. Called at every snapshot and atomic section, so it must be fast."""

    def restore(self, captured: Any) -> None:
        """Return to a captured moment, earlier or later. May be called more than once with the same moment."""
