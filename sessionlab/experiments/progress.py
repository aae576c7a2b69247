"""A progress bar, where somebody watches."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol


class ProgressBar(Protocol):
    """What is told of progress."""

    def update(self, n: int = 1) -> Any:
        """So many more are done."""


class _Silent:
    def update(self, n: int = 1) -> None:
        """Nobody watches."""


def bar(total: int, unit: str, show: bool | None = None) -> AbstractContextManager[ProgressBar]:
    """A bar that is gone when it is full. ``show``: whatever; None: if somebody watches, and tqdm is there."""
    if not (watched() if show is None else show):
        return nullcontext(_Silent())
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped]
    except ImportError:
        if show:
            raise
        return nullcontext(_Silent())
    shown: AbstractContextManager[ProgressBar] = tqdm(total=total, unit=unit, leave=False)
    return shown


def watched() -> bool:
    """Whether a person sees the output: a terminal, or a notebook that could ask for input (nbconvert cannot)."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stderr.isatty()
