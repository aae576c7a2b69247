"""What happened and why: denials, outcomes, allowances, history, and how they look."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    """``insight.pictures`` and ``insight.widgets`` are there as soon as somebody asks for them, and not before."""
    if name in ("pictures", "widgets"):
        return import_module(f"sessionlab.study.{name}")
    raise AttributeError(f"module 'sessionlab.study' has no attribute {name!r}")
