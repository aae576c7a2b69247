"""A lab in a file: ``lab.save(path)`` and ``Lab.load(path)``.

``state.py`` lists what a lab consists of, ``snapshots.py`` what it can be reverted to; ``serializer.py`` converts
values to JSON and back; ``judging.py`` refuses what no lab writes before any of it is built;
``file_format.py`` defines the file and reads or writes it completely or not at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sessionlab.core.base.errors import SavedLabError
from sessionlab.study.saving import file_format
from sessionlab.study.saving.judging import TooMuchError
from sessionlab.study.saving.serializer import from_json, to_json
from sessionlab.study.saving.state import KINDS, SavedState, lab_of, state_of

if TYPE_CHECKING:
    from sessionlab.study.own_contracts.lab_methods import BaseDeployingLab

L = TypeVar("L", bound="BaseDeployingLab")


def save(lab: BaseDeployingLab, path: str | Path) -> None:
    """Write a lab to a file. Raises SavedLabError and leaves the old file unchanged."""
    where = Path(path)
    try:
        body = to_json(state_of(lab), KINDS)
    except (TypeError, ValueError) as error:
        message = f"The lab cannot be saved to {where}: {str(error).rstrip('.')}. {file_format.KEPT}"
        raise SavedLabError(where, message, fix="use a value of sessionlab's own types in its place.") from None
    file_format.write(where, file_format.pack(body, where))


def load(kind: type[L], path: str | Path) -> L:
    """Load the lab in a file. Raises SavedLabError; a lab is never partly loaded."""
    where = Path(path)
    body = file_format.unpack(file_format.read(where), where)
    try:
        state = from_json(body, KINDS)
        if not isinstance(state, SavedState):
            file_format.damaged(where, "it holds no lab")
        return lab_of(kind, state)
    except SavedLabError:
        raise
    except TooMuchError as error:
        file_format.damaged(where, str(error))
    except Exception as error:  # content that was not saved here can fail anywhere, in any way
        file_format.damaged(where, f"its content makes no lab ({type(error).__name__})")


__all__ = ["load", "save"]
