"""The key of a session that is held in another process: its address is enough to grant, read and revoke."""

from __future__ import annotations

from typing import Any, NoReturn

from sessionlab.core.base.doors import ADDRESS
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.keys import KEY, Key


class KeyElsewhere(Key):
    """A session's key of which only the address is known here. Signing with it raises InvalidInput."""

    _instead = "only its address is known here: hand over key.address."

    def __init__(self, address: str) -> None:
        vars(self)["address"] = address

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyElsewhere) and other.address == self.address

    __hash__ = Key.__hash__

    @property
    def private(self) -> NoReturn:
        """Not known here: raises InvalidInput."""
        fix = "sign where the session is used, with sl.Session.connect(…)."
        raise InvalidInput(f"The private key of {self.address} is not known here.", field="key", fix=fix)

    _signer = private  # every signature asks for it


def KEY_OR_ADDRESS(value: Any, field: str) -> Key:  # noqa: N802 - a reader is a constant
    """Read a key, or the address of one that is held elsewhere."""
    key: Key = KeyElsewhere(ADDRESS(value, field)) if isinstance(value, str) else KEY(value, field)
    return key
