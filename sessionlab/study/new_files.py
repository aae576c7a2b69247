"""Write files without taking anything from anybody: what is there stays, and links lead nowhere.

    check_free([folder / name for name in names], within=folder)      before anything is written
    write_new(folder / name, text, within=folder)                     a file that is not there yet
    write_new(path, text, force=True)                                 in place of what is there

A file is written whole or not at all. A link in its place is not followed: it is refused and, with ``force``, replaced
by the file, so that what it led to stays as it is.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sessionlab.core.base.errors import InvalidInput

#: What ``force`` replaces; never a folder, nor a device such as /dev/null.
REPLACED = ("a file", "a link")
FORCE = "name another, move it away, or give --force to replace it."


def check_free(paths: Iterable[Path], *, within: Path | None = None, force: bool = False, field: str = "path") -> None:
    """Raise InvalidInput if one of these paths is taken, or lies outside ``within``: no file is to be written there."""
    for path in paths:
        _check_inside(path, within, field)
        there = _kind_of(path)
        if there and (not force or there not in REPLACED):
            fix = FORCE if there in REPLACED else "name a file."
            what = f"{path} exists ({there})" if there in REPLACED else f"{path} is {there}"
            raise InvalidInput(f"{what}. Nothing was written.", field=field, asked=str(path), fix=fix)


def write_new(
    path: Path,
    content: str | bytes,
    *,
    within: Path | None = None,
    force: bool = False,
    private: bool = False,
    field: str = "path",
) -> Path:
    """Write a file and return its path. Raises InvalidInput, and changes nothing, as ``check_free`` does.

    ``private``: readable by this user alone.
    """
    check_free([path], within=within, force=force, field=field)
    data = content.encode() if isinstance(content, str) else content
    try:
        new = _written(path, data, private)
        try:
            if force:
                new.replace(path)
            else:
                _put(new, path)
        finally:
            new.unlink(missing_ok=True)
    except FileExistsError:
        check_free([path], within=within, field=field)
        raise
    except OSError as error:
        fix = "name a file in a folder that is there and yours."
        message = f"{path} cannot be written: {error.strerror}."
        raise InvalidInput(message, field=field, asked=str(path), fix=fix) from None
    return path


def new_folder(path: Path, *, within: Path | None = None, field: str = "path") -> Path:
    """Make a folder if it is not there, with the folders above it. Raises InvalidInput if that is not possible."""
    _check_inside(path / "in it", within, field)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InvalidInput(f"{path} is a file.", field=field, asked=str(path), fix="name a folder.") from None
    except OSError as error:
        fix = "choose a folder that you may write to, or change to one first."
        raise InvalidInput(f"{path} cannot be made: {error.strerror}.", field=field, asked=str(path), fix=fix) from None
    return path


def _check_inside(path: Path, within: Path | None, field: str) -> None:
    """Raise InvalidInput if a link leads from the path's folder out of ``within``."""
    if within is not None and not path.parent.resolve().is_relative_to(within.resolve()):
        message = f"{path.parent} leads out of {within}. Nothing was written."
        raise InvalidInput(message, field=field, asked=str(path), fix="remove that link, or name another folder.")


def _kind_of(path: Path) -> str:
    """Return what is at a path, without following a link; empty for nothing."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return error.strerror or "unreadable"
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFREG: "a file"}
    return kinds.get(stat.S_IFMT(mode), "not an ordinary file")


def _written(path: Path, data: bytes, private: bool) -> Path:
    """Write the data to a new file next to the path, with the usual rights or, if private, for this user alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    new = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if not private:
            mask = os.umask(0)
            os.umask(mask)
            new.chmod(0o666 & ~mask)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    return new


def _put(new: Path, path: Path) -> None:
    """Give the new file its name, unless something has it by now. Raises FileExistsError."""
    try:
        os.link(new, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without hard links
        if _kind_of(path):
            raise FileExistsError(path) from None
        new.replace(path)
