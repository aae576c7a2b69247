"""What stands in for libraries in C that no browser runs. Only the parts that sessionlab and its dependencies use."""

from __future__ import annotations

from typing import Any, NoReturn


class NotInTheBrowser(NotImplementedError):
    """Something was used that needs a library in C. Nothing has changed."""


class Missing:
    """A name that others import and nobody in a browser uses. Using it says what is missing."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise NotInTheBrowser."""
        missing(self._what)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        missing(self._what)


def missing(what: str) -> NoReturn:
    """Raise NotInTheBrowser for a feature."""
    raise NotInTheBrowser(
        f"{what} needs a library in C, which the browser does not run: use it in a lab on your machine."
    )
