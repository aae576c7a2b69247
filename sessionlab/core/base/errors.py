"""Every error that sessionlab raises, as one class hierarchy.

    SessionlabError             base class: a request cannot be carried out; says why and what to do next
    ├── InvalidInput            an input from Python, JSON-RPC or the command line is malformed
    │   └── GrantRefused        a session's permissions break a grant rule (``rule`` is its production name)
    ├── OperationRefused        a user operation was refused, or would be; see ``denials/denial.py``
    ├── SavedLabError           a lab cannot be loaded from a file or saved to one; ``path`` names the file
    ├── NotFound                this lab has no such id, address or session
    ├── ChainError              the in-process chain cannot do this
    ├── MissingExtra            a package is not installed; ``extra`` names the extra that brings it
    └── RpcError                a JSON-RPC error with its ``code`` and ``data``, as a node returns it

Errors carry the facts as fields, so that programs can read what the message tells people:
``field`` (which input), ``asked`` (the value received), ``left`` (what would have been possible)
and ``fix`` (the next step). A refusal changes nothing: no key is used and no state changes.
"""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class SessionlabError(Exception):
    """Base class of all errors. ``str(error)`` gives the sentence, then ``field``, then the fix."""

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        asked: Any = None,
        left: Any = None,
        fix: str | None = None,
    ) -> None:
        self.message, self.field, self.asked, self.left, self.fix = message, field, asked, left, fix
        super().__init__(message)

    def __str__(self) -> str:
        where = f" (field: {self.field})" if self.field else ""
        return f"{self.message}{where}" + (f" Next step: {self.fix}" if self.fix else "")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields. Unpickling does not call the class, because subclasses take other arguments."""
        return __newobj__, (type(self), *self.args), self.__dict__


class InvalidInput(SessionlabError, ValueError):
    """A value is malformed: invalid hex, out of range, wrong checksum, unknown type."""


class GrantRefused(InvalidInput):
    """A grant rule refuses these permissions. ``rule`` is the production error name."""

    def __init__(self, rule: str, message: str, **facts: Any) -> None:
        self.rule = rule
        super().__init__(f"{rule}: {message}", **facts)


class NotFound(SessionlabError, LookupError):
    """Nothing with this id, address or name exists here."""


class SavedLabError(SessionlabError):
    """A lab cannot be loaded (wrong format, damaged, not a lab, missing) or saved. ``path`` names the file."""

    def __init__(self, path: Path, message: str, *, fix: str) -> None:
        self.path = path
        super().__init__(message, field="path", asked=str(path), fix=fix)


class ChainError(SessionlabError):
    """The in-process chain cannot do this: unknown block, wrong nonce, insufficient balance for gas."""


class MissingExtra(SessionlabError, ImportError):
    """A package of an extra is not installed. ``extra`` is the extra's name, and the fix installs it."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        fix = f"pip install 'sessionlab[{extra}]', or pip install -e '.[{extra}]' in a checkout."
        super().__init__(f"{what} needs packages that are not installed.", field=extra, fix=fix)


class RpcError(SessionlabError):
    """A JSON-RPC error: its ``code``, message and ``data`` (revert data, or the facts of a refusal)."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        self.code, self.data = code, data
        super().__init__(message)

    def as_json(self) -> dict[str, Any]:
        """Return the error object for a JSON-RPC response."""
        error = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}
