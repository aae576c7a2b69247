"""Requests of hostile sizes, depths, counts and loops, drawn from a seed, for a server that is to stay up."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

LOOP = "0x" + "77" * 20
#: Code that runs until its gas is used up, and code that takes much memory, many frames or much output.
CODES = {
    "jumps": "5b600056",
    "storage": "5b60005450600056",
    "transient": "5f5b60010180805d600156",
    "calls": "5b5f5f5f5f5f61dead5af150600056",
    "itself": "5b5f5f5f5f5f305af150600056",
    "logs": "5b6108005fa0600056",
    "memory": "5b595952600056",
    "output": "63002000005ff3",
    "creates": "5b61c0005f5ff050600056",
    "accounts": "5b5f5160010180" + "5f525f5f5ff5505f56",
    "jumpdests": "5b" * 20_000,
}
POWERS = "0x" + f"{64:064x}{30_000:064x}{64:064x}" + "ff" * 30_128
COUNTS = (0, 1, 99, 100, 101, 1_024, 20_000)
Make = Callable[[Random], Any]


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}


def call(random: Random, method: str = "eth_call") -> dict[str, Any]:
    code = random.choice(list(CODES.values()))
    return request(
        method, {"to": LOOP, "gas": hex(random.choice((10**6, 10**8)))}, "latest", {LOOP: {"code": f"0x{code}"}}
    )


def _deep(random: Random) -> bytes:
    depth = random.choice((60, 64, 70, 100_000))
    return b'{"id":1,"method":"eth_call","params":' + b"[" * depth + b"]" * depth + b"}"


def _long(random: Random) -> Any:
    return request("eth_getBalance", "0x" + "ab" * random.choice((20, 10**4, 10**6)))


def _list(random: Random) -> Any:
    method = random.choice(("lab_describeSessions", "lab_knownSessions", "wallet_prepareCalls", "wallet_createSession"))
    count = random.choice(COUNTS)
    lists: dict[str, Any] = {
        "sessionIds": ["0x" + "22" * 16] * count,
        "calls": [{"to": LOOP, "data": "0x"}] * count,
        "permissions": [{"type": "contract-access", "data": {"address": LOOP}}] * count,
    }
    return request(method, {"account": LOOP, "from": LOOP, "chainId": "0x539", "expirySec": 2**40, **lists})


def _topics(random: Random) -> Any:
    topics = ["0x" + f"{number:064x}" for number in range(random.choice(COUNTS))]
    method = random.choice(("eth_getLogs", "eth_newFilter"))
    return request(method, {"fromBlock": "0x0", "topics": [topics]})


def _operation(random: Random) -> Any:
    fields = (
        "nonce",
        "callGasLimit",
        "verificationGasLimit",
        "preVerificationGas",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
    )
    operation = {"sender": LOOP, **dict.fromkeys(fields, "0x0"), "signature": "0x", "callData": "0x" + "00" * 10**4}
    code = {LOOP: {"code": f"0x{random.choice(list(CODES.values()))}"}}
    return request("eth_estimateUserOperationGas", operation, "0x0000000071727De22E5E9d8BAf0edAc6f37da032", code)


MAKES: tuple[tuple[int, Make], ...] = (
    (6, call),
    (3, lambda random: call(random, "eth_estimateGas")),
    (1, lambda random: request("eth_call", {"to": "0x" + "5".zfill(40), "data": POWERS})),
    (2, lambda random: [call(random) for _ in range(random.choice((2, 100, 101)))]),
    (3, lambda random: request("eth_feeHistory", hex(random.choice(COUNTS)), "latest", [1] * random.choice(COUNTS))),
    (3, _deep),
    (2, _long),
    (4, _list),
    (4, _topics),
    (3, _operation),
    (1, lambda random: request("evm_mine", random.choice((1, 1, 1, 100_001)))),
    (2, lambda random: request(random.choice(("eth_newBlockFilter", "evm_snapshot")))),
    (2, lambda random: request("eth_getFilterChanges", hex(random.randrange(300)))),
    (2, lambda random: request("evm_revert", hex(random.randrange(10**6, 10**7)))),
    (4, lambda random: request("eth_getBlockByNumber", "latest", True)),
    (4, lambda random: [request("eth_chainId")] * random.choice((1, 10, 100))),
)


def draw(random: Random) -> bytes:
    """Draw one body."""
    (make,) = random.choices([make for _, make in MAKES], [weight for weight, _ in MAKES])
    made = make(random)
    return made if isinstance(made, bytes) else json.dumps(made).encode()
