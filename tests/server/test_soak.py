"""Hostile clients at once: the server stays small and quick, answers everything, and loses nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

import sessionlab as sl
from sessionlab.core.base.rpc_codes import TIMED_OUT

from .hostile import draw
from .running import Client, process

CLIENTS = 20
SECONDS = "0.5"  # --request-seconds: what hostile work gets, so that many requests fit into a test
LATEST = 0.5  # seconds for a quick read
SHORT = 100  # bodies of a usual run
#: An answer to a step or a long read waits for those of the other clients.
PATIENCE = 120
PAUSE = 1  # seconds between ordinary operations


class Watch:
    """Asks something cheap again and again, and notes how long each answer took."""

    def __init__(self, url: str) -> None:
        self.took: list[float] = []
        self._command = [sys.executable, str(Path(__file__).with_name("watching.py")), url]

    def __enter__(self) -> Watch:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None and self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        out, _ = self._process.communicate()
        assert self._process.returncode == 0
        self.took = json.loads(out)


def resident(pid: int) -> int:
    """The bytes that a process has in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _attack(url: str, seed: int, count: int) -> int:
    """Send hostile bodies; some of their clients leave before the answer. Returns how many were answered."""
    random, answered = Random(seed), 0
    client = Client(url, PATIENCE)
    for _ in range(count):
        body = draw(random)
        if random.random() < 0.05:
            with httpx.Client(timeout=0.05) as leaving:
                try:
                    leaving.post(url, content=body, headers={"content-type": "application/json"})
                except httpx.TimeoutException:
                    continue
        response = client.post(body)
        assert response.status_code == 200, response
        for reply in _list(response.json()):
            assert ("result" in reply) != ("error" in reply)
            assert "error" not in reply or reply["error"]["code"] != -32099, reply
        answered += 1
    client.http.close()
    return answered


def _list(reply: Any) -> list[Any]:
    return reply if isinstance(reply, list) else [reply]


def _operations(url: str, stop: threading.Event) -> int:
    """What an ordinary client does meanwhile, at a person's pace, as the chain keeps 10 kB of each operation.

    Nothing of it may be lost, and what takes too long has not happened.
    """
    provider = Client(url, PATIENCE)
    owner = sl.SmartWalletClient(provider, sl.new_key("ordinary"), rules="documented")
    provider.request("anvil_setBalance", [owner.address, hex(sl.ether(100))])
    done = 0
    while done < 2 or not stop.is_set():
        try:
            done += owner.send_calls([sl.Call(to="0x" + "99" * 20, value=1)]).ok
        except sl.RpcError as error:
            assert error.code == TIMED_OUT, error
        stop.wait(PAUSE)
    provider.http.close()
    return done


def _given(url: str) -> int:
    client = Client(url)
    try:
        return int(client.request("eth_getBalance", ["0x" + "99" * 20, "latest"]), 16)
    finally:
        client.http.close()


def _settled(pid: int, url: str, enough: float) -> int:
    """The resident memory when the work of those who left has ended: within ten seconds, with a request for each."""
    client = Client(url)
    for _ in range(10):
        client.request("eth_getLogs", [{"fromBlock": "0x0"}])
        if resident(pid) < enough:
            break
        time.sleep(1)
    client.http.close()
    return resident(pid)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the resident memory from /proc")
def test_a_soak(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    count = int(request.config.getoption("--soak"))
    with process(tmp_path, "--quiet", "--request-seconds", SECONDS, "--request-megabytes", "16") as server:
        url = server.wait_until_ready()["url"]
        warm = threading.Event()  # what is made once is made: ordinary operations and hostile bodies both
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            first = pool.submit(_operations, url, warm)
            assert all(pool.map(lambda seed: _attack(url, seed, 4), range(100, 100 + CLIENTS)))
            warm.set()
        first.result()
        sent = _given(url)
        with Watch(url) as idle:
            time.sleep(2)
        before = resident(server.pid)
        stop = threading.Event()
        begun = time.perf_counter()
        with Watch(url) as watch, ThreadPoolExecutor(CLIENTS + 1) as pool:
            ordinary = pool.submit(_operations, url, stop)
            attacks = [pool.submit(_attack, url, seed, count // CLIENTS) for seed in range(1, CLIENTS + 1)]
            try:
                answered = sum(attack.result() for attack in attacks)
            finally:
                stop.set()
            done = ordinary.result()
        lasted = time.perf_counter() - begun
        enough = 1.5 * before
        after = _settled(server.pid, url, enough)
        balance = _given(url)
        assert server.stop() == 0
    worst, anyway = max(watch.took), max(idle.took)
    print(
        f"\n{answered} hostile bodies in {lasted:.0f} s, {done} operations meanwhile; {len(watch.took)} quick reads, "
        f"the latest after {worst:.3f} s, and {anyway:.3f} before; "
        f"memory {before / 2**20:.0f} MiB before, {after / 2**20:.0f} after"
    )
    assert "bug" not in server.err.read_text()
    assert balance == sent + done
    late = [took for took in watch.took if took >= LATEST + anyway]
    # In a short run beside other tests, these may have had the machine once.
    assert len(late) <= (1 if count <= SHORT else 0), late
    assert after < enough


def test_what_is_drawn_is_the_same_for_a_seed_and_of_all_kinds() -> None:
    bodies = [draw(Random(seed)) for seed in range(200)]
    assert bodies == [draw(Random(seed)) for seed in range(200)]
    methods = {json.loads(body)["method"] for body in bodies if body.startswith(b'{"jsonrpc')}
    assert len(methods) > 10
