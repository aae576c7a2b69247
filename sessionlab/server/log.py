"""The request log. It never blocks the server: if nobody reads it (a full pipe), lines are dropped and counted."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from io import FileIO
from queue import Full, Queue
from typing import TextIO

#: Maximum number of queued lines; lines beyond it are dropped and counted.
WAITING = 1_000


class RequestLog:
    """Prints lines from its own thread."""

    def __init__(self, stream: TextIO) -> None:
        self._write, self._missed = _writer(stream), 0
        self._lines: Queue[str | None] = Queue(WAITING)
        self._thread = threading.Thread(target=self._print, name="sessionlab log", daemon=True)
        self._thread.start()

    def __call__(self, text: str) -> None:
        """Queue a line for printing."""
        try:
            if self._missed:
                self._lines.put_nowait(f"({self._missed} lines left out: nobody read them)")
                self._missed = 0
            self._lines.put_nowait(text)
        except Full:
            self._missed += 1

    def stop(self, seconds: float = 1.0) -> None:
        """Print the queued lines, waiting at most ``seconds`` for a reader."""
        try:
            self._lines.put(None, timeout=seconds)
        except Full:
            return
        self._thread.join(seconds)

    def _print(self) -> None:
        reader = True
        while (text := self._lines.get()) is not None:
            try:
                if reader:
                    self._write(text)
            except (OSError, ValueError):  # the reader is gone: keep serving without a log
                reader = False


def _writer(stream: TextIO) -> Callable[[str], object]:
    """Return what writes one line to a stream.

    A file or pipe gets it without the stream's buffer: a thread that waits for a reader would hold the buffer's lock,
    and the interpreter needs that lock to exit.
    """
    try:
        unbuffered = None if stream.isatty() else FileIO(os.dup(stream.fileno()), "w")
    except (OSError, ValueError):  # a stream without a file
        unbuffered = None
    if unbuffered is None:
        return lambda text: print(text, file=stream, flush=True)
    return lambda text: unbuffered.write(f"{text}\n".encode(errors="backslashreplace"))
