"""What a run keeps until it is over is bounded by ``--request-megabytes``: measured as the process's own peak."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sessionlab.core.base.rpc_codes import REFUSED, REVERTED, TIMED_OUT, TOO_LARGE

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


def push(number: int) -> str:
    """Push four bytes."""
    return f"63{number:08x}"


def reverts(size: int) -> str:
    """Revert with an ``Error(string)`` of characters that JSON writes with six."""
    head = "7f08c379a0" + "00" * 28 + "5f52" + "6020600452" + push(size) + "602452"
    code, done = push(size + 132) + "5150" + head + "7f" + "01" * 32 + "604452", 32
    while done < size:
        code, done = code + push(min(done, size - done)) + "6044" + push(0x44 + done) + "5e", 2 * done
    return code + push(size + 68) + "5ffd"


OTHER = "0x" + "88" * 20
CALLS_OTHER = "5f" * 5 + "73" + OTHER[2:] + "5af150"
#: Code that copies itself, changes a word and creates itself.
ITSELF = "385f5f39" + "5a61bfe052" + "385f5ff0" + "00"
GAS = "0x3938700"


def over(code: str, other: str = "", gas: str = GAS) -> list[Any]:
    """Parameters of a call to this code, which may call other code."""
    return [{"to": AT, "gas": gas}, "latest", {AT: {"code": f"0x{code}"}, OTHER: {"code": f"0x{other}"}}]


#: Methods and their parameters, of bodies up to 2 MB.
REQUESTS: dict[str, tuple[str, list[Any]]] = {
    "codes that differ": (
        "eth_call",
        [{"data": "0x" + ITSELF + "5f" * (49_152 - len(ITSELF) // 2), "gas": GAS}, "latest"],
    ),
    "a long code that calls itself": ("eth_call", over("5f" * 5 + "305af100" + "5f" * 300_000, gas="0xea60")),
    "a code as long as may be": ("eth_call", over("00" + "5f" * 990_000)),
    "stacks of many calls": ("eth_call", over(f"5b{CALLS_OTHER}5f56", other="5a19" * 1_020 + "00")),
    "answers of many calls": ("eth_call", over(f"5b{CALLS_OTHER}5f56", other="620190005ff3")),
    "storages": (
        "eth_call",
        [{"to": AT}, "latest", {f"0x{2**100 + n:040x}": {"stateDiff": {"0x1": "0x1"}} for n in range(24_000)}],
    ),
    "a text that JSON makes longer": ("eth_estimateGas", over(reverts(4_000_000))),
}


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


needs_peak = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads the peak of memory from Linux's /proc"
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Peak]]:
    with process(tmp_path_factory.mktemp("kept"), "--quiet", "--request-megabytes", str(MOST)) as server:
        yield Client(server.wait_until_ready()["url"]), Peak(server.pid)


@needs_peak
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


@needs_peak
@pytest.mark.parametrize("name", REQUESTS)
def test_what_a_request_takes_is_bounded(served: tuple[Client, Peak], name: str) -> None:
    client, peak = served
    method, params = REQUESTS[name]
    before = peak.begin()
    answer = client.answer({"id": 1, "method": method, "params": params})
    assert answer["error"]["code"] in (*ENDS, REVERTED), answer
    assert (peak.bytes() - before) / 2**20 < 2 * MOST + MORE


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_much_honest_work_is_answered(served: tuple[Client, Peak], method: str) -> None:
    """A thousand calls among twenty contracts that each write a word, in every request of a batch."""
    client, _ = served
    written = {f"0x{0xABC000 + n:040x}": {"code": "0x5a5f555f5a5500"} for n in range(20)}
    next_of_them = "5f516001018" + "05f52" + "6014900662abc00001"
    loop = "5b" + "5f" * 5 + next_of_them + "5af150" + "5f516103e8115f57" + "00"
    params = [{"to": AT, "gas": GAS}, "latest", {AT: {"code": f"0x{loop}"}} | written]
    answers = client.answer([{"id": n, "method": method, "params": params} for n in range(4)])
    assert all("error" not in answer for answer in answers), answers
