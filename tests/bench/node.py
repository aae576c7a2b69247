"""The peer: anvil, fetched from npm on demand into a cache, started on a free port of this machine.

Nothing outside of the benchmark needs it. Without npm, or without the package for this platform,
``Unavailable`` says why, and the figures stand without a peer.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from tests.bench.attack_lab import CHAIN_ID
from tests.locking import one_at_a_time

VERSION = "1.7.1"
START_SECONDS = 20.0
SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "arm64": "arm64", "aarch64": "arm64"}


class Unavailable(Exception):
    """There is no anvil here; the message says why."""


def cache_folder() -> Path:
    """Where anvil is kept between runs: ``SESSIONLAB_CACHE``, else the user's cache folder."""
    base = os.environ.get("SESSIONLAB_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "sessionlab" / f"anvil-{VERSION}"


def executable() -> Path:
    """Find anvil, fetching it the first time. Raises Unavailable."""
    name = f"anvil-{SYSTEMS.get(platform.system())}-{MACHINES.get(platform.machine())}"
    folder = cache_folder()
    found = folder / "node_modules" / "@foundry-rs" / name / "bin" / "anvil"
    with one_at_a_time("anvil"):
        if not found.exists():
            _fetch(folder, found)
    return found


def _fetch(folder: Path, wanted: Path) -> None:
    """Install by the lock file. Its entry for Linux on amd64 has a checksum, the others a version alone."""
    if shutil.which("npm") is None:
        raise Unavailable("npm is not installed, and anvil comes from npm.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with as_file(files("tests.bench") / "anvil") as lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(lock / name, folder / name)
    except OSError as error:
        raise Unavailable(f"the cache cannot be written: {error.strerror}.") from error
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    said = _npm(folder, "ci", *quiet)
    if not wanted.exists():
        raise Unavailable(f"npm has no anvil for this platform: {said}")


def _npm(folder: Path, *arguments: str) -> str:
    """Run npm; returns the first sentence of its complaint, or nothing."""
    try:
        done = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "npm took over five minutes."
    said = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines() if "npm error" in line]
    sentences = [line for line in said if line and not line.startswith("code ")]
    return next(iter(sentences), f"exit code {done.returncode}") if done.returncode else ""


@contextmanager
def running() -> Iterator[str]:
    """Start anvil with the lab's chain id and rules; yields its URL, and ends it. Raises Unavailable."""
    program, port = executable(), free_port()
    process = subprocess.Popen(command(program, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def command(program: Path, port: int) -> list[str]:
    """Spell the start of anvil."""
    options = {"--host": "127.0.0.1", "--port": str(port), "--chain-id": str(CHAIN_ID), "--accounts": "1"}
    options |= {"--hardfork": "prague", "--gas-limit": "60000000", "--block-base-fee-per-gas": "1000000000"}
    return [str(program), "--quiet", *(word for pair in options.items() for word in pair)]


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it listens. Raises Unavailable if it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.002)
    raise Unavailable(f"anvil did not start (exit code {process.poll()}).")


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
