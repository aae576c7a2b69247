"""The manifest's file. It is there, and complete, only while the server answers: who waits for it waits for the server.

Imports nothing else of the library that takes long, so that an old file is gone at once.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from sessionlab.core.base.errors import InvalidInput, SessionlabError


def check_place(path: Path) -> None:
    """Raise InvalidInput if no manifest can be written here. Removes an old manifest, which would be out of date."""
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} is not a file.", field="--manifest", asked=str(path), fix="name a file.")
    if not path.parent.is_dir():
        fix = "make the folder first."
        raise InvalidInput(f"There is no folder {path.parent}.", field="--manifest", asked=str(path), fix=fix)
    try:
        path.unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from None


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file atomically, readable only by this user."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
                file.write("\n")
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(path, error) from None


def forget(path: Path, content: dict[str, Any]) -> None:
    """Remove the file, unless another server has written its own meanwhile."""
    try:
        if json.loads(path.read_text(encoding="utf-8")) == content:
            path.unlink()
    except (OSError, ValueError):  # somebody else's, or gone already
        pass


def _unwritable(path: Path, error: OSError) -> SessionlabError:
    reason = f"The manifest cannot be written: {error.strerror}."
    return SessionlabError(reason, field="--manifest", asked=str(path), fix="name a file in a folder that is yours.")
