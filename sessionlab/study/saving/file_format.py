"""The file of a saved lab, written and read completely or not at all.

    sessionlab lab, format 7, sessionlab 0.1.0      header
    5e88…1542                                       SHA-256 of the header line and everything below
    …                                               the lab, compressed (zlib)

The checksum detects damage. It is not a signature and does not prove who wrote the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from sessionlab.core.base.errors import SavedLabError
from sessionlab.core.base.version import __version__
from sessionlab.study.saving.judging import most_content, too_much

FORMAT = 7
#: Maximum bytes of an uncompressed lab, and of a file. A lab with 2,000 operations uses a tenth of it.
MOST = 2**28
FIRST_LINE = re.compile(rb"sessionlab lab, format (\d{1,9}), sessionlab ([0-9A-Za-z.+-]{1,40})\n")
BEGINNING = b"sessionlab lab, format "
CHECKSUM = re.compile(rb"([0-9a-f]{64})\n")
AGAIN = "load another copy, or save the lab again."
KEPT = "Nothing was written; a file that was there is unchanged."


def pack(body: bytes, path: Path) -> bytes:
    """Return the file for this content. Raises SavedLabError if it is too large to be loaded again."""
    if len(body) > MOST:
        message = f"The lab cannot be saved to {path}: it has {len(body):,} bytes, and {MOST:,} can be loaded."
        raise SavedLabError(path, message, fix="save it earlier, or begin another lab.")
    first = f"sessionlab lab, format {FORMAT}, sessionlab {__version__}\n".encode()
    packed = zlib.compress(body, 6)
    if too_much(len(packed), body):  # few labs are so uniform; it is loaded again all the same
        packed = zlib.compress(body, 0)
    return first + hashlib.sha256(first + packed).hexdigest().encode() + b"\n" + packed


def unpack(data: bytes, path: Path) -> bytes:
    """Return the content of a file. Raises SavedLabError if it has another format, is damaged or is not a saved lab."""
    first = FIRST_LINE.match(data)
    if first is None:
        if data.startswith(BEGINNING) or (data and BEGINNING.startswith(data)):
            damaged(path, "its first line is cut off")
        what = "is not a saved lab" if data else "is empty"
        raise SavedLabError(path, f"{path} {what}.", fix="give the path that lab.save() was given.")
    if int(first[1]) != FORMAT:
        _other_format(path, int(first[1]), first[2].decode())
    checksum = CHECKSUM.match(data, first.end())
    if checksum is None:
        damaged(path, "its checksum is cut off")
    packed = data[checksum.end() :]
    if hashlib.sha256(first[0] + packed).hexdigest().encode() != checksum[1]:
        damaged(path, "its content does not fit its checksum")
    return _decompressed(packed, path)


def _other_format(path: Path, number: int, version: str) -> NoReturn:
    message = (
        f"{path} has format {number}, written by sessionlab {version}; "
        f"this sessionlab, {__version__}, reads format {FORMAT} only."
    )
    if number > FORMAT:
        raise SavedLabError(path, message, fix=f"install sessionlab {version} or later, and load it there.")
    fix = (
        "run the steps that made the lab again, and save it with this version; only the version that wrote it loads it."
    )
    raise SavedLabError(path, message, fix=fix)


def _decompressed(packed: bytes, path: Path) -> bytes:
    """Decompress the content up to the size limit: a few bytes can expand to gigabytes."""
    stream, most = zlib.decompressobj(), min(MOST, most_content(len(packed)))
    try:
        body = stream.decompress(packed, most)
    except zlib.error:
        damaged(path, "it cannot be decompressed")
    if stream.unconsumed_tail:
        damaged(path, f"it claims to hold more than {most:,} bytes")
    if not stream.eof or stream.unused_data:
        damaged(path, "its compressed content is cut off")
    if why := too_much(len(packed), body):
        damaged(path, why)
    return body


def damaged(path: Path, why: str) -> NoReturn:
    """Refuse a damaged file. Its content, which may include keys, must not appear in a traceback."""
    raise SavedLabError(path, f"{path} is damaged: {why}. Nothing of it was loaded.", fix=AGAIN) from None


def read(path: Path) -> bytes:
    """Read the bytes of a file. Raises SavedLabError if that fails."""
    try:
        result = path.stat()
        if not stat.S_ISREG(result.st_mode):
            what = "a directory" if path.is_dir() else "not a regular file"
            raise SavedLabError(path, f"{path} is {what}.", fix="give the path that lab.save() was given.")
        if result.st_size > MOST:
            message = f"{path} is not a saved lab: it has {result.st_size:,} bytes, and none has over {MOST:,}."
            raise SavedLabError(path, message, fix="give the path that lab.save() was given.")
        return path.read_bytes()
    except FileNotFoundError:
        fix = "look at the spelling, and at the directory that it is relative to."
        raise SavedLabError(path, f"There is no file {path}.", fix=fix) from None
    except (OSError, ValueError) as error:
        raise SavedLabError(path, f"{path} cannot be read: {_reason(error)}.", fix="give a readable file.") from error


def write(path: Path, data: bytes) -> None:
    """Replace a file, readable only by its owner. Raises SavedLabError and leaves the old file unchanged."""
    new: Path | None = None
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "It is a directory")
        index = Path(os.path.realpath(path))
        new = index.with_name(f".{index.name[:100]}.{secrets.token_hex(8)}")
        new.touch(0o600, exist_ok=False)
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(index)
    except (OSError, ValueError) as error:
        message = f"The lab cannot be saved to {path}: {_reason(error)}. {KEPT}"
        fix = "give a path in a directory that exists, that you may write to and that has room."
        raise SavedLabError(path, message, fix=fix) from error
    finally:
        if new is not None:
            with suppress(OSError):
                new.unlink(missing_ok=True)
    _settle(index.parent)


def _settle(directory: Path) -> None:
    """Flush the new name to disk, if the system can sync a directory."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
