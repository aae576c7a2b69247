"""The protocol for state that is captured and restored together with the chain."""

from __future__ import annotations

from typing import Any, Protocol


class Participant(Protocol):
    """An object whose state is restored when the chain goes back."""

    def capture(self) -> object:
        """Return the state that ``restore`` needs. Runs at every snapshot and atomic section, so it must be fast."""

    def restore(self, captured: Any) -> None:
        """Restore a captured state, earlier or later. May be called more than once with the same state."""
