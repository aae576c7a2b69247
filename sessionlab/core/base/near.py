"""Unknown names: the error says which known one is near, methods included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any


def unknown_name(owner: str, name: str, known: Iterable[str], sign: str = "{!r}") -> AttributeError:
    """Return the error for an attribute that a class or module does not have, with the public one that is near."""
    from difflib import get_close_matches

    forms = {other.lower().replace("_", ""): other for other in sorted(known) if not other.startswith("_")}
    near = [] if name.startswith("_") else get_close_matches(name.lower().replace("_", ""), forms, n=1)
    meant = f" Did you mean {sign.format(forms[near[0]])}?" if near else ""
    return AttributeError(f"{owner} has no attribute {name!r}.{meant}", name=name)


class NamesNear:
    """Refuses an unknown attribute and names the one that is near."""

    __slots__ = ()
    if not TYPE_CHECKING:  # so that type checkers refuse it, too

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a property that raises
                return object.__getattribute__(self, name)
            raise unknown_name(type(self).__name__, name, dir(self))
