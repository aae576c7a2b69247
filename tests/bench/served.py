"""Over HTTP against in process: the same session operation in both; and how soon `sessionlab serve` answers.

The server is a process of its own, as for its users; the client keeps one connection.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any, NamedTuple

import sessionlab as sl
from sessionlab.core.client.wallet_api_client import Provider
from sessionlab.study.http_provider import HttpProvider
from tests.bench.figures import Figure, bounded, compared
from tests.bench.timing import interleaved

START = "import sys; from sessionlab.cli import main; sys.exit(main())"
STEPS = "Prepare with a simulation, sign, send, status: three requests."
FIRST = "From starting Python to the answer to eth_chainId."
PATIENCE = 30  # seconds


class Server(NamedTuple):
    """A server that answers."""

    manifest: dict[str, Any]
    milliseconds: float  # until its first answer


def figures(quick: bool) -> list[Figure]:
    """Measure both."""
    starts = []
    for _ in range(1 if quick else 4):
        with running() as server:
            starts.append(server.milliseconds)
    with running() as server:
        starts.append(server.milliseconds)
        lab = sl.Lab()
        lab.wallet()  # so that the worlds are alike
        actions = {
            "http": operation(
                HttpProvider(server.manifest["url"]), server.manifest["counter"], server.manifest["policyId"]
            ),
            "here": operation(lab.provider, lab.addresses["counter"], lab.policy_id),
        }
        taken = interleaved(actions, 30 if quick else 200, warm=5)
    return [
        compared(
            "one session operation over HTTP",
            taken["http"],
            "ms",
            taken["here"],
            "in process",
            at_most=1.3,
            note=STEPS,
        ),
        bounded("sessionlab serve → first answer", median(starts), "ms", at_most=2_000, note=FIRST),
    ]


def operation(provider: Provider, counter: str, policy_id: str) -> Callable[[], object]:
    """One operation of a session, to be repeated: it increments the counter, and the sponsor pays."""
    owner = sl.SmartWalletClient(provider, sl.new_key("bench"), rules="documented")
    session = owner.grant_permissions([sl.ContractAccess(address=counter)], key=sl.new_key("bench session"))
    calls = [sl.Call(to=counter, function="increment()")]

    def act() -> None:
        call_id = session.send_prepared_calls(
            session.sign_prepared_calls(session.prepare_calls(calls, policy_id=policy_id))
        )
        assert session.get_calls_status(call_id)["status"] == 200

    return act


@contextmanager
def running() -> Iterator[Server]:
    """Start the command; end it. Raises RuntimeError if it does not start."""
    with TemporaryDirectory() as folder:
        manifest = Path(folder) / "manifest.json"
        command = [sys.executable, "-c", START, "serve", "--port", "0", "--quiet", "--manifest", str(manifest)]
        begun = perf_counter()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            try:
                while not manifest.exists():
                    if process.poll() is not None or perf_counter() - begun > PATIENCE:
                        raise RuntimeError("sessionlab serve does not start.")
                    sleep(0.005)
                content = json.loads(manifest.read_text())
                HttpProvider(content["url"]).request("eth_chainId")
                yield Server(content, 1_000 * (perf_counter() - begun))
            finally:
                process.terminate()
