"""Objects that show the state of a lab: setting an attribute would change what they show and not what is there."""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from sessionlab.core.base.errors import ReadOnly
from sessionlab.core.base.near import NamesNear


def read_only(entries: dict[str, str]) -> MappingProxyType[str, str]:
    """Return a mapping that nobody changes. It can be pickled and copied, as any other."""
    return MappingProxyType(entries)


copyreg.pickle(MappingProxyType, lambda mapping: (read_only, (dict(mapping),)))


class Frozen(NamesNear):
    """Refuses to set or delete public attributes once ``_frozen`` is set. ``_fix`` says what to do instead."""

    __slots__ = ()
    _frozen: bool = False
    _fix: ClassVar[str] = "use its methods, or those of the lab that it belongs to."
    #: Of attributes that something changes after all, by name.
    _fixes: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # so that mypy refuses such an assignment, too

        def __setattr__(self, name: str, value: Any) -> None:
            self._may_change(name, "set")
            object.__setattr__(self, name, value)

        def __delattr__(self, name: str) -> None:
            self._may_change(name, "deleted")
            object.__delattr__(self, name)

    def _may_change(self, name: str, verb: str) -> None:
        if self._frozen and not name.startswith("_"):
            fix = self._fixes.get(name, self._fix)
            raise ReadOnly(f"A {type(self).__name__}'s {name} cannot be {verb}.", field=name, fix=fix)
