"""Contracts, in opcodes, that call each other in every way, and the requests that are asked of them.

Run as a script, it asks anvil and writes its answers to ``golden/anvil.json``: python -m tests.node.traced_contracts
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden" / "anvil.json"
Ask = Callable[..., Any]

MANY, REVERTS, STORES, LOGS, ENDS, CREATES, INVALID, TWICE = (
    "0x" + byte * 20 for byte in ("cc", "aa", "bb", "dd", "ee", "ab", "ba", "bc")
)
NOBODY, IDENTITY = "0x" + "01" * 20, "0x" + "00" * 19 + "04"
CREATE, CREATE2 = 0xF0, 0xF5
CALL, CALLCODE, DELEGATECALL, STATICCALL = 0xF1, 0xF2, 0xF4, 0xFA
#: A sum that none of them has.
TOO_MUCH = 2**31
FUNDS, GAS, VALUE = 100, 30_000_000, 3


def push(number: int, size: int = 1) -> bytes:
    """PUSHn."""
    return bytes([0x5F + size]) + number.to_bytes(size, "big")


def call(to: str, value: int = 0, gas: int | None = None, op: int = CALL, size: int = 0) -> bytes:
    """Call with ``size`` bytes of data, and drop the result."""
    code = push(0) + push(0) + push(size) + push(0)
    if op in (CALL, CALLCODE):
        code += push(value, 4)
    target = b"\x73" + bytes.fromhex(to[2:])
    return code + target + (b"\x5a" if gas is None else push(gas, 4)) + bytes([op, 0x50])


def create(code: bytes, value: int = 0, salt: int | None = None) -> bytes:
    """Create a contract of at most 32 bytes of init code, and drop its address."""
    stored = b"\x7f" + code.ljust(32, b"\0") + push(0) + b"\x52"
    salted = b"" if salt is None else push(salt)
    end = bytes([CREATE if salt is None else CREATE2, 0x50])
    return stored + salted + push(len(code)) + push(0) + push(value, 4) + end


REASON = bytes.fromhex("08c379a0") + (32).to_bytes(32, "big") + (5).to_bytes(32, "big") + b"nope!".ljust(32, b"\0")
#: Init code that returns one zero byte, one that returns what no code may begin with, and one that reverts.
ONE_BYTE, RESERVED, REFUSES = (bytes.fromhex(code) for code in ("60016000f3", "60ef60005360016000f3", "60026000fd"))
LOG_0_TOPIC, LOG_2_TOPICS = push(7) + push(0) + push(0) + b"\xa1", push(1) + push(2) + push(0) + push(0) + b"\xa2"

CODES = {
    REVERTS: b"".join(
        b"\x7f" + REASON[i : i + 32].ljust(32, b"\0") + push(i) + b"\x52" for i in range(0, len(REASON), 32)
    )
    + push(len(REASON))
    + push(0)
    + b"\xfd",
    STORES: push(5) + push(1) + b"\x55" + LOG_0_TOPIC + b"\x00",
    LOGS: LOG_2_TOPICS + b"\x00",
    ENDS: b"\x73" + bytes.fromhex(STORES[2:]) + b"\xff",
    INVALID: b"\xfe",
    TWICE: call(STORES) + call(LOGS) + call(STORES) + push(3) + b"\x54\x50" + b"\x00",
    CREATES: create(ONE_BYTE, 0, 9)
    + create(ONE_BYTE, TOO_MUCH)
    + create(RESERVED)
    + create(REFUSES, 1)
    + call(IDENTITY, 0, None, STATICCALL, 32)
    + create(ONE_BYTE, 0, 9)
    + b"\x00",
    MANY: LOG_2_TOPICS
    + call(LOGS)
    + call(REVERTS)
    + LOG_0_TOPIC
    + call(STORES, 7)
    + call(STORES, TOO_MUCH)
    + call(STORES, 0, None, DELEGATECALL)
    + call(LOGS, 0, 60_000, STATICCALL)
    + call(LOGS, 0, None, CALLCODE)
    + call(INVALID, 0, 3_000)
    + call(ENDS, 0, 90_000)
    + call(NOBODY)
    + call(STORES, 0, 50)
    + call(TWICE, 0, 60_000)
    + LOG_0_TOPIC
    + b"\x00",
}
CONFIGS: dict[str, dict[str, bool]] = {"": {}, "withLog": {"withLog": True}, "onlyTopCall": {"onlyTopCall": True}}


def answers(ask: Ask, sender: str) -> dict[str, Any]:
    """Install the contracts, send to each of them, and return what is said about it. The same steps on every node."""
    for address, code in CODES.items():
        ask("anvil_setCode", address, "0x" + code.hex())
        ask("anvil_setBalance", address, hex(FUNDS))
    ask("evm_mine")
    result: dict[str, Any] = {}
    for name, to in {"many": MANY, "reverts": REVERTS, "stores": STORES, "logs": LOGS, "twice": TWICE}.items():
        result |= _of(ask, name, {"from": sender, "to": to, "value": hex(VALUE), "gas": hex(GAS)})
    for name, to in {"ends": ENDS, "creates": CREATES, "invalid": INVALID, "nobody": NOBODY}.items():
        result |= _of(ask, name, {"from": sender, "to": to, "value": hex(VALUE), "gas": hex(GAS)})
    return result | _of(ask, "deploys", {"from": sender, "data": "0x" + ONE_BYTE.hex(), "gas": hex(GAS)})


def _of(ask: Ask, name: str, message: dict[str, str]) -> dict[str, Any]:
    result = {}
    for config, options in CONFIGS.items():
        tracer = {"tracer": "callTracer", "tracerConfig": options}
        result[f"{name} called {config}"] = ask("debug_traceCall", message, "latest", tracer)
    result[f"{name} listed"] = ask("eth_createAccessList", message, "latest")
    sent = ask("eth_sendTransaction", message)
    while ask("eth_getTransactionReceipt", sent) is None:  # anvil mines a moment later
        time.sleep(0.01)
    for config, options in CONFIGS.items():
        tracer = {"tracer": "callTracer", "tracerConfig": options}
        result[f"{name} sent {config}"] = ask("debug_traceTransaction", sent, tracer)
    return result


def main() -> None:
    """Ask anvil, and keep what it says."""
    from tests.bench.node import running
    from tests.node.asking import over_http

    with running() as url:
        ask = over_http(url)
        (sender, *_) = ask("eth_accounts")
        said = json.dumps(answers(ask, sender), indent=1).replace(sender.lower(), "SENDER")
    GOLDEN.write_text(said + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
