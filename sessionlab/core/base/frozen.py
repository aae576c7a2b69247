"""Objects that show the state of a lab. Setting an attribute would change what they show and not what is there.

>>> from sessionlab.core.base.keys import derive_key
>>> derive_key(0, "owner").address = "0x00"
Traceback (most recent call last):
sessionlab.core.base.errors.ReadOnly: A Key's address cannot be set. (field: address) Next step: make another key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from sessionlab.core.base.errors import ReadOnly


class Frozen:
    """Refuses to set or delete public attributes once ``_frozen`` is set. ``_fix`` says what to do instead."""

    __slots__ = ()
    _frozen: bool = False
    _fix: ClassVar[str]

    if not TYPE_CHECKING:  # so that mypy refuses such an assignment, too

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or not self._frozen:
                object.__setattr__(self, name, value)
            else:
                self._refuse(name, "set")

        def __delattr__(self, name: str) -> None:
            if name.startswith("_"):
                object.__delattr__(self, name)
            else:
                self._refuse(name, "deleted")

    def _refuse(self, name: str, verb: str) -> NoReturn:
        raise ReadOnly(f"A {type(self).__name__}'s {name} cannot be {verb}.", field=name, fix=self._fix)
