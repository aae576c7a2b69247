"""What happened and why: denials, outcomes, allowances, history, and how they look."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """Import ``study.pictures`` and ``study.widgets`` on first access."""
    if name in ("pictures", "widgets"):
        return import_module(f"sessionlab.study.{name}")
    raise AttributeError(f"module 'sessionlab.study' has no attribute {name!r}")
