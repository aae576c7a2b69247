"""Where a session is in its life, in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession


def state_of(session: BaseSession) -> str:
    """Return ``pending`` until it is installed by its first operation, ``live``, ``expired`` or ``revoked``."""
    if session.revoked:
        return "revoked"
    if session.expiry_sec and session.now > session.expiry_sec:
        return "expired"
    return "live" if session.installed else "pending"
