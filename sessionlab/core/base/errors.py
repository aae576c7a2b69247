"""Every error that sessionlab raises, in one tree.

    SessionlabError             something was asked that cannot be done; says what, and the next step
    ├── InvalidInput            a value at a door (Python, JSON-RPC, command line) is malformed
    │   └── GrantRefused        the permissions of a session break a grant rule (``rule`` is its production name)
    ├── OperationRefused        a user operation would be, or was, refused; see ``insight.denial``
    ├── SavedLabError           a file is no lab that can be loaded, or a lab cannot be saved; ``path`` says which
    ├── NotFound            an id, address or session that this lab does not know
    ├── ChainError              the in-process chain cannot do what was asked
    └── RpcError                a JSON-RPC error with its ``code`` and ``data``, as a node answers it

Each carries facts as fields, so that a program can read what a person is told:
``field`` (which input), ``asked`` (what came), ``left`` (what would have been possible) and
``fix`` (the next step). A refusal changes nothing: no key is used, no state moves.
"""

from __future__ import annotations

from copyreg import __newobj__  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class SessionlabError(Exception):
    """Base of all errors. ``str(error)`` is the sentence, then ``field``, then the fix."""

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
        """Pickle the fields; the class, which may take others, is not called again."""
        return __newobj__, (type(self), *self.args), self.__dict__


class InvalidInput(SessionlabError, ValueError):
    """A value is malformed: wrong hex, out of range, bad checksum, unknown type."""


class GrantRefused(InvalidInput):
    """A grant rule refuses these permissions. ``rule`` is the production error name."""

    def __init__(self, rule: str, message: str, **facts: Any) -> None:
        self.rule = rule
        super().__init__(f"{rule}: {message}", **facts)


class NotFound(SessionlabError, LookupError):
    """Nothing here has this id, address or name."""


class SavedLabError(SessionlabError):
    """A saved lab cannot be loaded (another format, damaged, no lab, missing), or not be saved. ``path``: which."""

    def __init__(self, path: Path, message: str, *, fix: str) -> None:
        self.path = path
        super().__init__(message, field="path", asked=str(path), fix=fix)


class ChainError(SessionlabError):
    """The in-process chain cannot do this: unknown block, bad nonce, too little balance for gas."""


class RpcError(SessionlabError):
    """A JSON-RPC error: ``code``, the message, and ``data`` (revert data, or the facts of a refusal)."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        self.code, self.data = code, data
        super().__init__(message)

    def as_json(self) -> dict[str, Any]:
        """Return the error object of a response."""
        error = {"code": self.code, "message": self.message}
        return error if self.data is None else {**error, "data": self.data}
