"""Servers for tests: one in a thread, whose lab a test can look into, and the command in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.server.app import create_app
from sessionlab.server.serving import Server, open_socket, url_of

COMMAND = [sys.executable, "-c", "import sys; from sessionlab.cli import main; sys.exit(main())", "serve"]
STARTED = 20  # seconds, on a busy machine


class Client:
    """JSON-RPC by httpx on one kept connection; a provider for ``SmartWalletClient``."""

    def __init__(self, url: str, timeout: float = 60) -> None:
        self.url = url
        self.http = httpx.Client(timeout=timeout)

    def post(self, content: bytes | str, **headers: str) -> httpx.Response:
        return self.http.post(self.url, content=content, headers={"content-type": "application/json", **headers})

    def answer(self, body: Any) -> Any:
        response = self.post(body if isinstance(body, bytes | str) else json.dumps(body))
        assert response.status_code == 200, response
        return response.json()

    def request(self, method: str, params: Any = None) -> Any:
        more = {} if params is None else {"params": params}
        found = self.answer({"jsonrpc": "2.0", "id": 0, "method": method, **more})
        if "error" in found:
            raise RpcError(found["error"]["code"], found["error"]["message"], found["error"].get("data"))
        return found["result"]


class Served:
    """A lab behind a real server in this process. ``lines``: its log; ``warnings``: what a developer is told."""

    def __init__(self, lab: sl.Lab, url: str) -> None:
        self.lab, self.url = lab, url
        self.lines: list[str] = []
        self.warnings: list[str] = []
        self.client = Client(url)


@contextmanager
def serving(lab: sl.Lab, api_key: str | None = None, **options: Any) -> Iterator[Served]:
    """Serve a lab in a thread. ``options``: those of ``create_app``."""
    found = open_socket("127.0.0.1", 0)
    served = Served(lab, url_of(found))
    ready = threading.Event()
    app = create_app(lab, api_key=api_key, say=served.lines.append, warn=served.warnings.append, **options)
    server = Server(app, ready.set)
    thread = threading.Thread(target=lambda: server.run(sockets=[found]), daemon=True)
    thread.start()
    assert ready.wait(STARTED)
    try:
        yield served
    finally:
        served.client.http.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


class Process:
    """``sessionlab serve`` as a user runs it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.manifest_path = folder / "manifest.json"
        self.out, self.err = folder / "out.txt", folder / "err.txt"
        command = [*COMMAND, "--port", "0", "--manifest", str(self.manifest_path), *options]
        self.begun = time.perf_counter()
        with self.out.open("w") as out, self.err.open("w") as err:
            self._process = subprocess.Popen(command, stdout=out, stderr=err, cwd=folder)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> dict[str, Any]:
        """The manifest; reading it at once is right, since it appears whole."""
        while not self.manifest_path.exists():
            assert self._process.poll() is None, self.err.read_text()
            assert time.perf_counter() - self.begun < STARTED
            time.sleep(0.01)
        content: dict[str, Any] = json.loads(self.manifest_path.read_text())
        return content

    def stop(self, how: int = signal.SIGINT, seconds: float = 20) -> int:
        self._process.send_signal(how)
        return self._process.wait(seconds)

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(20)


@contextmanager
def process(folder: Path, *options: str) -> Iterator[Process]:
    """Run the command; it does not outlive the block."""
    found = Process(folder, *options)
    try:
        yield found
    finally:
        found.end()


def refused(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command where it should not even start."""
    return subprocess.run(
        [*COMMAND, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
