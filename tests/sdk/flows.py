"""Flows of published clients: what their users do, told step by step, on a served lab or on anvil as a control.

A flow is a script in ``clients/``. It prints one line of JSON for each step: its name, what the client showed, and
whether that is what its published source makes of geth's messages.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

import sessionlab as sl
from sessionlab.cli.compile_contracts import compile_contract
from sessionlab.core.base.keys import Key
from sessionlab.server.manifest import make_demo_wallet
from tests.bench.node import running
from tests.sdk.node import ScriptFailedError, install
from tests.sdk.serving import serving
from tests.sdk.worlds import secret

FOLDER = Path(__file__).parent / "clients"
SECONDS = 120
ETHER = 10**18
#: The accounts of a flow: who pays for everything, who has too little, who becomes a wallet, and who is paid.
RICH, POOR, DELEGATED, PAID = (sl.new_key(name) for name in ("rich", "poor", "delegated", "paid"))
BALANCES = {RICH: 100 * ETHER, POOR: ETHER // 1_000, DELEGATED: 10 * ETHER, PAID: 0}


@dataclass(frozen=True)
class Step:
    """``shown`` is what the client made of the answer, or of the refusal."""

    name: str
    passed: bool
    shown: Any


@cache
def sample() -> dict[str, Any]:
    """The contract of the flows: ``abi`` and ``bytecode``."""
    compiled = json.loads(compile_contract("Sample", FOLDER))
    # Clients know Solidity's panics themselves.
    abi = [entry for entry in compiled["abi"] if entry.get("name") != "Panic"]
    return {"abi": abi, "bytecode": compiled["bytecode"]}


@dataclass(frozen=True)
class Node:
    """``policy`` is the id of a gas policy, where there is one."""

    url: str
    policy: str = ""


@contextmanager
def node_of(kind: str) -> Iterator[Node]:
    """A fresh ``lab`` or ``anvil``, whose accounts hold what the flows need. Raises Unavailable."""
    with _node(kind) as node:
        for key, wei in BALANCES.items():
            ask(node.url, "anvil_setBalance", key.address, hex(wei))
        yield node


@contextmanager
def _node(kind: str) -> Iterator[Node]:
    if kind == "anvil":
        with running() as url:
            yield Node(url)
        return
    lab = sl.Lab()
    make_demo_wallet(lab)  # as `sessionlab serve` does, so that there are accounts
    with serving(lab) as served:
        yield Node(served.url, lab.policy_id)


def ask(url: str, method: str, *params: Any) -> Any:
    """The result of one request."""
    answer = httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
    assert "error" not in answer, answer
    return answer["result"]


def run_flow(flow: str, node: Node) -> list[Step]:
    """The steps of ``clients/FLOW.mjs`` on a node. Raises ScriptFailedError if it does not end well."""
    command = [install(FOLDER), str(FOLDER / f"{flow}.mjs")]
    environment = os.environ | environment_of(node)
    done = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        raise ScriptFailedError(f"{flow} ended with {done.returncode}:\n{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}")
    return [Step(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith('{"name"')]


def environment_of(node: Node) -> dict[str, str]:
    """What a flow is told."""
    keys: dict[str, Key] = {"KEY": RICH, "POOR": POOR, "DELEGATED": DELEGATED}
    told = {name: secret(key) for name, key in keys.items()}
    place = {"URL": node.url, "POLICY": node.policy, "RECIPIENT": PAID.address}
    return told | place | {"SAMPLE": json.dumps(sample()), "NO_COLOR": "1"}
