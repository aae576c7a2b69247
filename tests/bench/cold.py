"""Cold start: from starting Python to the end of the first session operation, and what importing costs.

Each run is a process of its own, ours and the peer's in turn. The peer's program imports nothing of ours: it
starts anvil, puts the same contracts there by RPC, and does with web3 what a web3 user would do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from tests.bench import attack_lab, node
from tests.bench.figures import Figure, compared
from tests.bench.steady import PEER
from tests.bench.timing import medians

THROUGH_THE_LAB = """
import sessionlab as sl
lab = sl.Lab()
session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)])
outcome = session.send_calls([sl.Call(to=lab.counter, data="0xd09de08a")])
assert outcome.ok, outcome
print('done', flush=True)
"""
DOOR = "Through Lab: make it, grant, deferred install and first operation."
IMPORTS = ("sessionlab", "web3")


def figures(anvil: Path | None, quick: bool) -> list[Figure]:
    """Measure; ``anvil`` is the program, None where there is none."""
    rounds = 3 if quick else 9
    programs = {"own": lambda: until_done([sys.executable, "-c", THROUGH_THE_LAB])}
    with TemporaryDirectory() as folder, as_file(files("tests.bench") / "cold_peer.py") as program:
        if anvil:
            plan = Path(folder) / "plan.json"
            plan.write_text(json.dumps(peer_plan(anvil)))
            programs["peer"] = lambda: until_done([sys.executable, str(program), str(plan)])
        starts = medians(programs, rounds, warm=1)
    imports = medians({name: _import(name) for name in IMPORTS}, rounds, warm=1)
    return [
        compared(
            "cold start → first session operation",
            starts["own"],
            "ms",
            starts.get("peer"),
            PEER,
            at_most=0.75,
            note=DOOR,
        ),
        compared("import sessionlab", imports["sessionlab"], "ms", imports["web3"], "import web3", at_most=0.5),
    ]


def until_done(command: list[str]) -> float:
    """Start a program; return the milliseconds until it says ``done``. Raises RuntimeError if it does not."""
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline().split()
        took = (perf_counter() - start) * 1_000
    if not said or said[0] != "done":
        raise RuntimeError(f"{command[1]} ended with {process.returncode}.")
    return float(said[1]) if len(said) > 1 else took


def _import(name: str) -> Callable[[], float]:
    clock = "from time import perf_counter as now; start = now()"
    code = f"{clock}; import {name}; print('done', (now() - start) * 1000)"
    return lambda: until_done([sys.executable, "-c", code])


def peer_plan(anvil: Path) -> dict[str, Any]:
    """Everything that the peer's program is given, as JSON: contracts, preparation, and the operation."""
    placed: list[list[str]] = []
    for address, made in attack_lab.genesis().items():
        placed.append(["anvil_setBalance", address, hex(made.balance)])
        placed.append(["anvil_setCode", address, "0x" + made.code.hex()])
        for slot, word in made.storage.items():
            placed.append(["anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{word:064x}"])
    built = attack_lab.increment(0)
    return {
        "anvil": node.command(anvil, node.free_port()),
        "place": placed,
        "prepare": [
            {"key": made.key.private.hex(), "to": made.to, "data": made.data.hex(), "value": made.value}
            for made in attack_lab.preparation()
        ],
        "entryPoint": ENTRY_POINT,
        "abi": artifact("EntryPoint").abi,
        "counter": {"address": attack_lab.COUNTER, "abi": artifact("Counter").abi},
        "bundler": attack_lab.BUNDLER.private.hex(),
        "session": attack_lab.SESSION.private.hex(),
        "envelope": built.signature[:-65].hex(),
        "operation": {
            "sender": built.sender,
            "nonce": built.nonce,
            "callData": built.call_data.hex(),
            "gasLimits": built.verification_gas_limit << 128 | built.call_gas_limit,
            "preVerificationGas": built.pre_verification_gas,
            "fees": built.max_priority_fee_per_gas << 128 | built.max_fee_per_gas,
        },
    }
