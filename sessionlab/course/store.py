"""A learner's progress in a local file: predictions, attempts, hints, answers, and the cells that ran before a check.

``SESSIONLAB_PROGRESS`` names the file; the default is ``~/.local/share/sessionlab/progress.json``, and in the browser
lab ``progress.json`` next to the notebooks, where it can be downloaded. Writes are atomic.
A damaged file is renamed with a message, so nothing is lost silently.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from sessionlab.study.in_browser import DRIVE, IN_BROWSER
from sessionlab.study.json_files import parse, read_text

VERSION = 1
EMPTY: dict[str, Any] = {"predictions": {}, "tries": {}, "passed": [], "hints": {}, "answers": {}, "cells": {}}


def path() -> Path:
    """Return the path of the progress file."""
    named = os.environ.get("SESSIONLAB_PROGRESS")
    if named:
        return Path(named)
    if IN_BROWSER:
        return DRIVE / "progress.json"
    home = os.environ.get("XDG_DATA_HOME") or (Path.home() / ".local" / "share")
    return Path(home) / "sessionlab" / "progress.json"


def read() -> dict[str, Any]:
    """Return the saved progress; empty if there is none."""
    file = path()
    if not file.exists():
        return json.loads(json.dumps(EMPTY))  # type: ignore[no-any-return]  # a copy, all the way down
    try:
        kept = {"cells": {}} | parse(read_text(file))  # an older version kept none
        if kept.get("version") != VERSION or not all(isinstance(kept[key], type(EMPTY[key])) for key in EMPTY):
            raise ValueError("it is of another version")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        aside = file.with_name(f"{file.name}.damaged")
        print(f"The progress in {file} cannot be read ({error}): it was moved to {aside.name}.", file=sys.stderr)
        file.replace(aside)
        return json.loads(json.dumps(EMPTY))  # type: ignore[no-any-return]  # a copy, all the way down
    return {key: kept[key] for key in EMPTY}


def write(kept: dict[str, Any]) -> None:
    """Save the progress. If the file cannot be written, print a message and carry on."""
    file = path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.{os.getpid()}")
        new.write_text(json.dumps({"version": VERSION, **kept}, indent=1, sort_keys=True) + "\n")
        new.replace(file)
    except OSError as error:
        print(f"The progress could not be saved in {file}: {error.strerror}.", file=sys.stderr)


def put_aside() -> Path | None:
    """Rename the progress file, so that the next one begins empty. Returns its new path, or None if there was none."""
    file = path()
    if not file.exists():
        return None
    number = 1
    while (aside := file.with_name(f"{file.stem}.before-{number}{file.suffix}")).exists():
        number += 1
    file.replace(aside)
    return aside
