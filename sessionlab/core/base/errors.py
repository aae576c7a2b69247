"""Every error that sessionlab raises, as one class hierarchy.

    SessionlabError             base class: a request cannot be carried out; says why and what to do next
    ├── InvalidInput            an input from Python, JSON-RPC or the command line is malformed
    │   └── GrantRefused        a session's permissions break a grant rule (``rule`` is its production name)
    ├── OperationRefused        a user operation was refused, or would be; see ``denials/denial.py``
    ├── SavedLabError           a lab cannot be loaded from a file or saved to one; ``path`` names the file
    ├── NotFound                this lab has no such id, address or session
    │   └── StaleHandle         a wallet or session that this lab does not know: another lab's, or undone by a revert
    ├── SessionEnded            a session cannot be taken up: its owner revoked it, or it expired; ``state`` says which
    ├── ReadOnly                an attribute of a lab, wallet, session or key cannot be set; says what changes it
    ├── ChainError              the in-process chain cannot do this
    ├── NotCopied               a lab, a wallet, a session or a key is neither pickled nor copied
    ├── MissingExtra            a package is not installed; ``extra`` names the extra that brings it
    └── RpcError                a JSON-RPC error with its ``code`` and ``data``, as a node returns it

Errors carry the facts as fields, so that programs can read what the message tells people:
``field`` (which input), ``asked`` (the value received), ``left`` (what would have been possible)
and ``fix`` (the next step). A refusal changes nothing: no key is used and no state changes. Errors are compared by
value and can be pickled, so they reach the caller of another process as they are.
"""

from __future__ import annotations

import re
from copyreg import __newobj__  # type: ignore[attr-defined]
from pickle import dumps
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

if TYPE_CHECKING:
    from pathlib import Path


MOST_TOLD = 1_000  # characters of a malformed value that its error keeps
_LIKE_A_KEY = re.compile(r"(?<![0-9a-fA-F])(?=[0-9]*[a-fA-F])[0-9a-fA-F]{64,}")  # looked for once in each run
_HIDDEN = "(64 hex digits or more, not shown)"


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
        fix = self.fix or ""
        fix = fix[:1].lower() + fix[1:] if fix.partition(" ")[0].istitle() else fix  # not a name, such as ETH or Lab()
        return f"{self.message}{where}" + (f" Next step: {fix}" if fix else "")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the fields. Unpickling does not call the class, because subclasses take other arguments."""
        return __newobj__, (type(self), *self.args), {name: _portable(fact) for name, fact in vars(self).items()}

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and vars(self) == vars(other))

    def __hash__(self) -> int:
        return hash((type(self), self.message))


class InvalidInput(SessionlabError, ValueError):
    """A value is malformed: invalid hex, out of range, wrong checksum, unknown type.

    What was received may be a private key in the wrong place: 64 hex digits in a row are not shown, and little of much.
    """

    def __init__(self, message: str, *, asked: Any = None, **facts: Any) -> None:
        asked = f"{len(asked)} bytes" if isinstance(asked, bytes) else asked
        told = asked if isinstance(asked, str) else repr(asked)
        hidden = _LIKE_A_KEY.sub(_HIDDEN, told)
        hidden = hidden if len(hidden) <= MOST_TOLD else hidden[: MOST_TOLD - 1] + "…"
        super().__init__(_LIKE_A_KEY.sub(_HIDDEN, message), asked=asked if hidden == told else hidden, **facts)


class GrantRefused(InvalidInput):
    """A grant rule refuses these permissions. ``rule`` is the production error name."""

    def __init__(self, rule: str, message: str, **facts: Any) -> None:
        self.rule = rule
        super().__init__(f"{rule}: {message}", **facts)


class NotFound(SessionlabError, LookupError):
    """Nothing with this id, address or name exists here."""


class StaleHandle(NotFound):
    """The lab does not know this wallet or session: another lab made it, or ``lab.revert`` undid it. Nothing moved."""


class ReadOnly(SessionlabError, AttributeError):
    """A public attribute cannot be set or deleted. ``fix`` says what changes it instead."""


class SavedLabError(SessionlabError):
    """A lab cannot be loaded (wrong format, damaged, not a lab, missing) or saved. ``path`` names the file."""

    def __init__(self, path: Path, message: str, *, fix: str) -> None:
        self.path = path
        super().__init__(message, field="path", asked=str(path), fix=fix)


class ChainError(SessionlabError):
    """The in-process chain cannot do this: unknown block, wrong nonce, insufficient balance for gas.

    ``kind`` is the error's name among nodes (``nonce too low``), or None; ``sender`` is the refused transaction's.
    """

    def __init__(self, message: str, *, kind: str | None = None, sender: str | None = None, **facts: Any) -> None:
        self.kind, self.sender = kind, sender
        super().__init__(message, **facts)


class NotCopied(SessionlabError, TypeError):
    """A lab, a wallet, a session or a key was pickled or copied. ``fix`` says what to do instead."""


class Stays:
    """Base of what is not copied, because it holds private keys or acts on a chain."""

    __slots__ = ()
    #: What to do instead.
    _instead: ClassVar[str] = "use lab.save(path) here and sl.Lab.load(path) there, or lab.snapshot()."

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse ``pickle``, ``copy.copy`` and ``copy.deepcopy``."""
        raise NotCopied(f"A {type(self).__name__} cannot be pickled or copied.", fix=self._instead)


def _portable(fact: Any) -> Any:
    """Return a fact as it is or, if it cannot be pickled, its repr."""
    try:
        dumps(fact)
    except Exception:  # objects that cannot be pickled raise many types
        return repr(fact)
    return fact


class MissingExtra(SessionlabError, ImportError):
    """A package of an extra is not installed. ``extra`` is the extra's name, and the fix installs it."""

    def __init__(self, what: str, extra: str, *, fix: str | None = None) -> None:
        self.extra = extra
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
