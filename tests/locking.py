"""What several test processes share is made by one of them, while the others wait."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

HERE = sha256(str(Path(__file__).parent).encode()).hexdigest()[:12]


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Hold the lock of this name, of this checkout."""
    with (Path(tempfile.gettempdir()) / f"sessionlab-{HERE}-{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
