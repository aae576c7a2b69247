"""``sessionlab lab``: JupyterLab on a copy of the notebooks, which is the learner's to change."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, NoReturn

from sessionlab.study.extras import missing_extra

if TYPE_CHECKING:
    from sessionlab.course.notebook_folder import Copy

START_SECONDS = 60
#: What JupyterLab may take to end its kernels before it is killed.
STOP_SECONDS = 10
SHOWN = 10  # lines of JupyterLab's log, if it ends by itself
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))


class _Stopped(BaseException):
    """Somebody asked this command to stop."""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("lab", help="open JupyterLab on your copy of the notebooks")
    command.add_argument(
        "--port", type=int, default=8888, help="port on 127.0.0.1 (default 8888, or the next free one)"
    )
    command.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    command.add_argument("--update", action="store_true", help="write new versions of notebooks next to yours")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start JupyterLab, say where it is, and wait until it is stopped. However this ends, JupyterLab ends too."""
    if find_spec("jupyterlab") is None:
        raise missing_extra("sessionlab lab", "notebooks")
    from sessionlab.course.notebook_folder import my_copy

    copy = my_copy(bring=options.update)
    for number in SIGNALS:
        signal.signal(number, _stop)
    watched, held = os.pipe()  # this process holds one end as long as it lives
    server: subprocess.Popen[bytes] | None = None
    log = tempfile.TemporaryFile()  # noqa: SIM115  closed with this process, after the last look at it
    try:
        server = subprocess.Popen(
            command_line(copy.folder.resolve(), options.port, options.no_browser, watched),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            pass_fds=[watched],
            start_new_session=True,  # Ctrl-C reaches this process alone, which stops the other
        )
        os.close(watched)
        address = _address(server)
        if address is not None:
            print(*lines(copy, address, updated=options.update), sep="\n", flush=True)
        if code := server.wait():
            print("JupyterLab ended. The last that it said:", *_last_lines(log), sep="\n", file=sys.stderr)
        return code
    except _Stopped:
        return 0
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        os.close(held)
        if server is not None:
            _end(server)


def environment() -> dict[str, str]:
    """Return JupyterLab's environment: without the kernels' warning of frozen modules and the question about news."""
    paths = [str(Path(__file__).with_name("jupyter_config")), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    return {**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1", "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def command_line(folder: Path, port: int, no_browser: bool, watched: int) -> list[str]:
    """Return the command: JupyterLab on loopback, without network requests, for as long as ``watched`` is open."""
    from sessionlab.course.notebook_folder import START

    return [
        sys.executable,
        "-m",
        "sessionlab.cli.lab_server",
        str(watched),
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--ServerApp.root_dir={folder}",
        "--KernelManager.transport_encryption=auto",  # else each kernel warns that it has none
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.default_url=/lab/tree/{START}",
        *(["--no-browser"] if no_browser else []),
        # Containers often have only the root user, and the server listens only on loopback.
        *(["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []),
    ]


def lines(copy: Copy, address: str, *, updated: bool) -> list[str]:
    """Return what people are told: where the notebooks are, where to open them, how to stop; and what is new."""
    whose = "your own copy, made just now" if copy.made else "your own copy"
    told = [f"Notebooks: {copy.folder.resolve()} ({whose})", f"Open:      {address}", "Stop:      Ctrl-C"]
    names = ", ".join(name for name in (*copy.newer, *copy.added) if name.endswith(".ipynb"))
    if names:
        told.append(f"Written next to yours: {names}" if updated else f"New (sessionlab lab --update): {names}")
    return told


def _address(server: subprocess.Popen[bytes]) -> str | None:
    """Return the address to open, once the server answers there; None if it ended."""
    from jupyter_core.paths import jupyter_runtime_dir

    from sessionlab.course.notebook_folder import START

    about = Path(jupyter_runtime_dir()) / f"jpserver-{server.pid}.json"
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            told = json.loads(about.read_text())
            return f"{told['url']}lab/tree/{START}?token={told['token']}"
        except (OSError, ValueError, KeyError):
            time.sleep(0.1)
    return None


def _last_lines(log: IO[bytes]) -> list[str]:
    log.seek(0)
    return log.read().decode(errors="replace").splitlines()[-SHOWN:]


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _Stopped


def _end(server: subprocess.Popen[bytes]) -> None:
    """End JupyterLab, which ends its kernels; kill it if it does not."""
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
