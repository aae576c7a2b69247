"""The manifest's file. It is there, and complete, only while the server answers: who waits for it waits for the server.

A manifest that a server left behind when it was killed is replaced without asking: nothing answers at its URL, so it
is of no use, and a script that starts the server again would fail until it is removed. Any other file stays, also the
manifest of a running server, unless ``force`` replaces it. Links are not followed.

Imports nothing else of the library that takes long, so that an old file is gone at once.
"""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.study.new_files import check_free, write_new

FIELD = "--manifest"
#: Keys by which a manifest is known.
KEYS = {"url", "chainId", "entryPoint", "owner", "wallet", "policyId"}
LONGEST = 10_000_000  # characters of a manifest
PATIENCE = 0.5  # seconds for a server to answer


def check_place(path: Path, *, force: bool = False) -> None:
    """Raise InvalidInput if no manifest can be written here. Removes what it will replace, which is out of date."""
    if not path.parent.is_dir():
        fix = "make the folder first."
        raise InvalidInput(f"There is no folder {path.parent}.", field=FIELD, asked=str(path), fix=fix)
    check_free([path], force=force or is_left_behind(path), field=FIELD)
    try:
        path.unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from None


def is_left_behind(path: Path) -> bool:
    """Return whether a file is a manifest, and nobody answers at its URL any more."""
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8") as file:
            content = json.loads(file.read(LONGEST))
        return isinstance(content, dict) and content.keys() >= KEYS and not _answers(content["url"])
    except (OSError, ValueError, RecursionError):  # not ours
        return False


def write(path: Path, content: dict[str, Any], *, force: bool = False) -> None:
    """Write the file whole, readable only by this user. Raises InvalidInput if something is there by now."""
    write_new(path, json.dumps(content, indent=2) + "\n", force=force, private=True, field=FIELD)


def forget(path: Path, content: dict[str, Any]) -> None:
    """Remove the file, unless another server has written its own meanwhile."""
    try:
        if not path.is_symlink() and json.loads(path.read_text(encoding="utf-8")) == content:
            path.unlink()
    except (OSError, ValueError):  # somebody else's, or gone already
        pass


def _answers(url: Any) -> bool:
    """Return whether something listens at a URL. Raises ValueError if it is none."""
    parts = urlsplit(str(url))
    if not parts.hostname or not parts.port:
        raise ValueError(url)
    try:
        socket.create_connection((parts.hostname, parts.port), PATIENCE).close()
    except OSError:
        return False
    return True


def _unwritable(path: Path, error: OSError) -> SessionlabError:
    reason = f"The manifest cannot be written: {error.strerror}."
    return SessionlabError(reason, field=FIELD, asked=str(path), fix="name a file in a folder that is yours.")
