"""What happened and why: denials, outcomes, allowances, history, and how they look."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """``insight.pictures`` is there as soon as somebody asks for it, and not before."""
    if name == "pictures":
        return import_module("sessionlab.insight.pictures")
    raise AttributeError(f"module 'sessionlab.insight' has no attribute {name!r}")
