"""A progress bar for interactive use."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sessionlab.study.extras import needs_extra


@contextmanager
def bar(total: int, unit: str, show: bool | None = None) -> Iterator[Callable[[int], Any]]:
    """Show a bar that disappears when it is full. Yields a function to call with the number of newly finished items.

    ``show``: whether to show the bar; None: only if the output is interactive and tqdm is installed.
    """
    tqdm = _tqdm(show)
    if tqdm is None:
        yield lambda count: None
    else:
        with tqdm(total=total, unit=unit, leave=False) as shown:
            yield shown.update


def _tqdm(show: bool | None) -> Any:
    if show or (show is None and watched()):
        with needs_extra("experiments", "A progress bar") if show else suppress(ImportError):
            from tqdm.auto import tqdm  # type: ignore[import-untyped]

            return tqdm
    return None


def watched() -> bool:
    """Return whether a person sees the output: a terminal, or a notebook that can ask for input (nbconvert cannot)."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        return bool(getattr(kernel, "_allow_stdin", False))
    return sys.stderr.isatty()
