"""The notebooks: as they are handed out, which no command changes, and a learner's own copy of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sessionlab.study.json_files import parse, read_text
from sessionlab.study.new_files import new_folder, write_new

START = "00_start_here.ipynb"
COPY = Path("sessionlab-notebooks")
#: In a copy: the fingerprint of each file as it was handed out, by which a new version is told from a learner's change.
RECORD = ".handed-out.json"


@dataclass(frozen=True)
class Copy:
    """A learner's copy. ``made``: it was not there before; ``added``: files that were not in it; ``newer``: files that
    have a new version, which is next to the learner's if it was brought in.
    """

    folder: Path
    made: bool
    added: Sequence[str]
    newer: Sequence[str]


def handed_out() -> Path:
    """Return the folder of the notebooks as they are handed out: the checkout's or the installed package's."""
    package = Path(__file__).parents[1]
    checkout = package.parent / "notebooks"
    return checkout if (checkout / START).is_file() else package / "notebooks"


def my_copy(folder: Path = COPY, *, bring: bool = False) -> Copy:
    """Return a learner's copy of the notebooks; make it if it is not there. What the learner has is never overwritten.

    ``bring``: also write what is new since the copy was made. The new version of a notebook is next to the old one,
    as ``03_native_token_transfer.new.ipynb``. Raises InvalidInput if the folder cannot be made or written.
    """
    source, made = handed_out(), not folder.exists()
    files = {str(file.relative_to(source)): file for file in _files(source)}
    fingerprints = {name: _fingerprint(file) for name, file in files.items()}
    known = {} if made else _record(folder)
    added = [name for name in files if not os.path.lexists(folder / name)]
    newer = [name for name in files if name not in added and known.get(name, fingerprints[name]) != fingerprints[name]]
    if made or bring:
        new_folder(folder)
        for name in added:
            _put(files[name], folder, name)
        for name in newer:
            _put(files[name], folder, _beside(folder, name))
        write_new(folder / RECORD, json.dumps(fingerprints, indent=1) + "\n", within=folder, force=True)
    return Copy(folder, made, () if made else added, newer)


def _put(file: Path, folder: Path, name: str) -> None:
    new_folder((folder / name).parent, within=folder)
    write_new(folder / name, file.read_bytes(), within=folder)


def _beside(folder: Path, name: str) -> str:
    """Return a free name for a new version: ``03_….new.ipynb``, or ``03_….new2.ipynb`` if there is one already."""
    path = Path(name)
    names = (str(path.with_name(f"{path.stem}.new{number}{path.suffix}")) for number in ("", *map(str, range(2, 1000))))
    return next(free for free in names if not os.path.lexists(folder / free))


def _files(source: Path) -> Iterator[Path]:
    """Yield the files that are handed out: not what Jupyter or an editor left there."""
    for file in sorted(source.rglob("*")):
        if file.is_file() and not any(part.startswith((".", "__")) for part in file.relative_to(source).parts):
            yield file


def _fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _record(folder: Path) -> dict[str, str]:
    """Return what the files of a copy were when they were handed out; of a copy without a record, nothing is known."""
    try:
        known = parse(read_text(folder / RECORD))
    except (OSError, ValueError):
        return {}
    return {str(name): str(text) for name, text in known.items()} if isinstance(known, dict) else {}
