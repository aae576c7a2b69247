"""``sessionlab lab`` as a process: three lines, no warning, and however it ends, JupyterLab and its kernels end too."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.jupyter import free_port

COMMAND = "import sys; from sessionlab.cli import main; sys.argv[0] = 'sessionlab'; sys.exit(main())"
ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds, on a busy machine


class Running:
    """The command in a folder of its own, with what it printed so far in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, folder / "said"
        places = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        environment = {**os.environ, **places, "IPYTHONDIR": str(folder / "ipython"), "PYTHONPATH": str(ROOT)}
        line = [sys.executable, "-c", COMMAND, "lab", "--no-browser", "--port", str(free_port())]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(line, stdout=said, stderr=said, cwd=folder, env=environment)
        wait(lambda: len(self.lines()) >= 3 or self.process.poll() is not None)

    def lines(self) -> list[str]:
        return self.said.read_text().splitlines()

    def start_kernel(self) -> None:
        """Start a kernel, and wait until it answers."""
        base, token = re.match(r"Open: +(http://[^/]+)/.*token=(\w+)", self.lines()[1]).groups()  # type: ignore[union-attr]
        headers = {"Authorization": f"token {token}"}

        def ask(path: str, method: str) -> Any:
            asked = urllib.request.Request(f"{base}/api/{path}", method=method, headers=headers)
            with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
                return json.load(answer)

        number = ask("kernels", "POST")["id"]
        wait(lambda: "ipykernel" in " ".join(self.others()))
        assert ask(f"kernels/{number}", "GET")["id"] == number
        time.sleep(2)  # seconds, in which a kernel has said what it warns of

    def others(self) -> list[str]:
        """The command lines of the processes that were started from this folder: JupyterLab and its kernels."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if entry.name != str(self.process.pid) and any(str(self.folder) in word for word in words):
                found.append(" ".join(words))
        return found


def wait(until: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    command = Running(tmp_path)
    yield command
    command.process.kill()
    command.process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        signal.SIGKILL,
        *(pytest.param(number, marks=pytest.mark.long) for number in (signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_it_prints_three_lines_and_takes_everything_with_it(running: Running, number: signal.Signals) -> None:
    running.start_kernel()
    assert len(running.others()) >= 2
    running.process.send_signal(number)
    code = running.process.wait(PATIENCE)
    assert code == (-9 if number == signal.SIGKILL else 0)
    wait(lambda: not running.others())
    where, address, stop = running.lines()
    assert where == f"Notebooks: {running.folder / 'sessionlab-notebooks'} (your own copy, made just now)"
    assert "token=" in address
    assert stop == "Stop:      Ctrl-C"
