"""Packages that only an extra brings: their absence is one typed error, with the command that installs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sessionlab.core.base.errors import MissingExtra


@contextmanager
def needs_extra(extra: str, what: str) -> Iterator[None]:
    """Raise MissingExtra if the block imports a package that is not installed. ``what`` needs it: "A frame"."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "sessionlab":
            raise  # a fault of the library, which no extra mends
        raise MissingExtra(what, extra) from error
