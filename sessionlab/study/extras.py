"""Packages that only an extra brings: their absence is one typed error, with the command that installs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, requires

from sessionlab.core.base.errors import MissingExtra
from sessionlab.study import in_browser


@contextmanager
def needs_extra(extra: str, what: str) -> Iterator[None]:
    """Raise MissingExtra if the block imports a package that is not installed. ``what`` needs it: "A frame"."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "sessionlab":
            raise  # a fault of the library, which no extra fixes
        raise missing_extra(what, extra) from error


def missing_extra(what: str, extra: str) -> MissingExtra:
    """Return the error, whose fix installs the extra's packages, wherever sessionlab itself was installed from.

    In a browser nothing is installed: there the fix is a way around.
    """
    if in_browser.IN_BROWSER:
        return MissingExtra(what, extra, fix=in_browser.way_around(extra))
    try:
        lines = requires("sessionlab") or []
    except PackageNotFoundError:  # a checkout that was not installed
        lines = []
    packages = [line.partition(";")[0].strip() for line in lines if line.endswith(f"extra == '{extra}'")]
    plain = f"pip install {' '.join(map(repr, packages))}, or " if packages else ""
    return MissingExtra(what, extra, fix=f"{plain}pip install -e '.[{extra}]' in a checkout.")
