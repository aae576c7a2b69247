"""Read JSON that somebody else wrote: an ordinary file of a bounded size, and never too deep for Python."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

#: Bytes of a file. A notebook with its outputs and 100,000 vectors are far smaller.
MOST = 2**26
#: Lists and objects within each other.
DEPTH = 100
#: Matches whole strings, so that brackets inside them do not count. Possessive, so an unterminated string is scanned
#: only once.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def read_text(path: Path) -> str:
    """Return the text of a file. Raises OSError, or ValueError if it is not a regular file, too large or not text."""
    if path.exists() and not path.is_file():
        raise ValueError("it is not a regular file")
    if (size := path.stat().st_size) > MOST:
        raise ValueError(f"it has {size:,} bytes, and up to {MOST:,} are read")
    return path.read_text(encoding="utf-8")


def parse(text: str) -> Any:
    """Return the value of a JSON text. Raises ValueError if it is malformed or nested too deep."""
    if is_deep(text, DEPTH):
        raise ValueError(f"it has more than {DEPTH} lists and objects within each other")
    return json.loads(text)


def is_deep(text: str, most: int) -> bool:
    """Return whether a text nests more lists and objects than this, which could exhaust the stack of a parser."""
    depth = 0
    for token in _TOKENS.finditer(text):
        sign = token[0][0]
        depth += sign in "[{"
        depth -= sign in "]}"
        if depth > most:
            return True
    return False
