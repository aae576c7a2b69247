"""Unknown names: the error says which known one is near, methods included."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any


class UnknownName(AttributeError):
    """The error for an attribute that is not there. What is near is looked for when it is shown: most are not."""

    def __init__(self, owner: str, name: str, known: Callable[[], Iterable[str]], sign: str = "{!r}", more: str = ""):
        super().__init__(name=name)
        self._facts = owner, known, sign, more

    def __str__(self) -> str:
        owner, known, sign, more = self._facts
        near = _near(self.name or "", known())
        return f"{owner} has no attribute {self.name!r}.{f' Did you mean {sign.format(near)}?' if near else ''}{more}"

    def __reduce__(self) -> tuple[Any, ...]:
        return AttributeError, (str(self),)


def _near(name: str, known: Iterable[str]) -> str | None:
    from difflib import get_close_matches

    asked = name.lower().replace("_", "")
    forms = {other.lower().replace("_", ""): other for other in sorted(known) if not other.startswith("_")}
    longer = sorted((form for form in forms if form.startswith(asked) and len(asked) > 1), key=len)
    near = [] if name.startswith("_") else [*get_close_matches(asked, forms, n=1), *longer]
    return forms[near[0]] if near else None


class NamesNear:
    """Refuses an unknown attribute and names the one that is near."""

    __slots__ = ()
    if not TYPE_CHECKING:  # so that type checkers refuse it, too

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a property that raises
                return object.__getattribute__(self, name)
            raise UnknownName(type(self).__name__, name, lambda: dir(self))
