"""The weakened contracts: for each check one in which it is removed or bent, and the attack that notices.

One module for each part of the contracts; ``published`` holds what published cases had, ``spare`` the checks behind
which another one stands.
"""

from __future__ import annotations

from importlib import import_module

PARTS = (
    "wallet",
    "validation",
    "calls",
    "grants",
    "sessions",
    "entry_point",
    "deposits",
    "paymaster",
    "published",
    "spare",
)


def load() -> None:
    """Enter all of them into the list."""
    for part in PARTS:
        import_module(f"{__name__}.{part}")
