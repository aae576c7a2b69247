"""Judge processes: several at once, each with one answer at a time, and a new one for any that ends or hangs."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sessionlab.course.grading.values import readable
from sessionlab.course.lesson import Judgement

START_SECONDS = 120
#: What judging may take besides the answer's own time.
JUDGE_SECONDS = 120
SAID = 1_000


class JudgeWorker:
    """A judge process, begun when it is needed and again when it has ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def judge(self, job: Mapping[str, Any]) -> Judgement:
        """Return the judgement of one answer; of one that ends its judge, or keeps it too long, that it failed."""
        try:
            process = self._running()
            assert process.stdin is not None
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
            return _judgement(self._line(process, job["seconds"] + JUDGE_SECONDS))
        except TimeoutError:
            self.close()
            return Judgement(False, "The answer took too long to judge.", failed=True)
        except (OSError, ValueError, EOFError):
            self.close()
            return Judgement(False, "The answer ended the process that judged it.", failed=True)

    def close(self) -> None:
        """End the process, and the answer that it may be running."""
        if self._process is not None:
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", "sessionlab.course.grading.judge_process"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True
            )
            self._line(self._process, START_SECONDS)
        return self._process

    @staticmethod
    def _line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """Return the next line that the process writes. Raises TimeoutError, or EOFError if it ended."""
        end, line = time.monotonic() + seconds, b""
        assert process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not ready.select(max(0.0, end - time.monotonic())):
                    raise TimeoutError
                chunk = os.read(process.stdout.fileno(), 2**16)
                if not chunk:
                    raise EOFError
                line += chunk
        return line


def _judgement(line: bytes) -> Judgement:
    told = json.loads(line)
    return Judgement(
        told["passed"] is True,
        readable(told["says"])[:SAID],
        told["misconception"],
        told["answered"] is True,
        told["failed"] is True,
    )


def judge_all(jobs: Iterable[Mapping[str, Any]], count: int) -> Iterator[Judgement]:
    """Yield the judgement of each job, in order, while ``count`` processes work."""
    mine, workers = threading.local(), []

    def judge(job: Mapping[str, Any]) -> Judgement:
        if not hasattr(mine, "worker"):
            mine.worker = JudgeWorker()
            workers.append(mine.worker)
        result: Judgement = mine.worker.judge(job)
        return result

    pool = ThreadPoolExecutor(count)
    try:
        yield from pool.map(judge, jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.close()
