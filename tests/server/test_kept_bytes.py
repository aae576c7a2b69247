"""What a run keeps until it is over is bounded by ``--request-megabytes``: measured as the process's own peak."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sessionlab.core.base.rpc_codes import REFUSED, TIMED_OUT, TOO_LARGE

from .running import Client, process

MOST = 16  # megabytes of a request
#: What a run may take beyond that: what only gas bounds (a cold account or slot costs 2,100 and more, a byte of a log
#: 8), and what the allocator leaves free.
MORE = 12
AT = "0x" + "77" * 20
NEXT = "5f516001018" + "05f52"  # leaves the next number on the stack: a counter in the memory's first word
#: What each loop does again and again.
LOOPS = {
    "a slot that is read": NEXT + "5450",
    "a slot that is written": "6001" + NEXT + "55",
    "a slot of transient storage": "6001" + NEXT + "5d",
    "an account's balance": NEXT + "3150",
    "an account's code": NEXT + "3f50",
    "a log": "5f5fa0",
    "a log of four topics": "5f" * 6 + "a4",
    "a log with data": "6120005fa0",
    "a call to an account": "5f" * 5 + NEXT + "5af150",
    "a call with data": "5f5f620100005f61dead5afa50",
    "a call that returns its data": "5f5f620100005f60045afa50",
    "a call to itself": "5f" * 5 + "305af150",
    "a creation": "5f5f5ff050",
    "a creation with code": "61c0005f5ff050",
    "a creation at a salt": NEXT + "5f5f5ff550",
    "a creation with code at a salt": NEXT + "61c0005f5ff550",
    "a creation of a contract": "646120005ff3" + "5f52" + "6005601b5ff050",
    "a copy of code": "6120005f5f303c" + "6120005f5f39",
    "memory": "595952",
    "a hash": "620800005f2050",
}
ENDS = (REFUSED, TIMED_OUT, TOO_LARGE)  # the first: out of gas


class Peak(NamedTuple):
    """The memory of a process, as Linux counts it: since when it was asked to begin anew."""

    pid: int

    def begin(self) -> int:
        """Forget the peak so far; returns the bytes of now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        return self.bytes("VmRSS")

    def bytes(self, name: str = "VmHWM") -> int:
        """The peak in bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith(name))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Peak]]:
    with process(tmp_path_factory.mktemp("kept"), "--quiet", "--request-megabytes", str(MOST)) as server:
        yield Client(server.wait_until_ready()["url"]), Peak(server.pid)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads the peak of memory from Linux's /proc")
@pytest.mark.parametrize(
    ("method", "name"),
    [("eth_call", name) for name in LOOPS] + [("eth_createAccessList", name) for name in list(LOOPS)[:5]],
)
def test_what_a_run_keeps_is_bounded(served: tuple[Client, Peak], method: str, name: str) -> None:
    client, peak = served
    call = [{"to": AT, "gas": "0x3938700"}, "latest", {AT: {"code": f"0x5b{LOOPS[name]}5f56"}}]
    before = peak.begin()
    answer = client.answer({"id": 1, "method": method, "params": call})
    grown = (peak.bytes() - before) / 2**20
    assert answer["error"]["code"] in ENDS if "error" in answer else answer["result"]["error"] == "out of gas", answer
    assert grown < MOST + MORE
