"""A wallet's process grants, a backend uses, an owner's third process lists and revokes: the state is equal in all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from tests.sampling import long

from .running import process

#: What each process has of a session, in words. Two processes that know the same say the same.
TOLD = """
def told(session):
    return {
        "id": session.id, "wallet": session.wallet, "number": session.entity_id, "key": session.key.address,
        "permissions": [permission.to_json() for permission in session.permissions], "until": session.expiry_sec,
        "context": session.context, "state": session.state, "allowances": session.allowances.to_json(),
        "history": session.history.to_json(), "audit": session.audit().to_json(),
        "operations": session.record().to_json(), "rules": session.rules.name,
    }
"""

WALLET = """
lab = sl.connect(sys.argv[1])
owner = sl.Key(bytes.fromhex(handed["owner"]))
wallet = lab.wallet(owner)
lab.fund(wallet, sl.ether(2))
asked = [
    sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=lab.merchant),
    sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
]
before = wallet.audit(asked, expiry_sec=lab.now + 3600, key=handed["key"]).to_json()
session = wallet.grant_permissions(asked, expiry_sec=lab.now + 3600, key=handed["key"])
unused = wallet.grant_permissions([sl.Root()], key=sl.new_key("another"))
assert session.audit().to_json() == before
tell({"wallet": wallet.address, "context": session.context, "told": told(session), "unused": unused.context})
"""

BACKEND = """
session = sl.Session.connect(
    sys.argv[1], wallet=handed["wallet"], key=sl.new_key("backend"), context=handed["context"]
)
first = told(session)
lab = sl.connect(sys.argv[1])
payment = [sl.Call(lab.merchant, value=sl.ether("0.3")), sl.Call(lab.counter, function="increment()")]
assert session.check(payment)
done = session.send_calls(payment)
assert done.ok, done
too_much = [sl.Call(lab.merchant, value=sl.ether("0.8"))]
explained = str(session.explain(too_much))
mined = session.send_calls(too_much, preflight=False)
assert not mined.ok and mined.receipt and mined.denial.left == sl.ether("0.7"), mined
assert lab.balance(lab.merchant) == sl.ether("0.3")
assert str(mined.denial.explain())
tell({"first": first, "told": told(session), "explained": explained, "denial": mined.denial.to_json()})
"""

OWNER = """
wallet = sl.SmartWalletClient(sl.HttpProvider(sys.argv[1]), sl.Key(bytes.fromhex(handed["owner"])))
sessions = wallet.sessions()
before = [told(session) for session in sessions]
revoked = wallet.revoke(handed["revoke"])
assert revoked.ok
tell({"before": before, "after": [told(session) for session in wallet.sessions()]})
"""

READS = """
session = sl.Session.connect(
    sys.argv[1], wallet=handed["wallet"], key=sl.new_key(handed["seed"]), context=handed["context"],
    allow_ended=handed["ended"],
)
tell(told(session))
"""

ENDED = """
try:
    sl.Session.connect(sys.argv[1], wallet=handed["wallet"], key=sl.new_key("backend"), context=handed["context"])
except sl.SessionEnded as error:
    tell({"state": error.state, "field": error.field, "fix": error.fix})
"""


def run(source: str, url: str, handed: dict[str, Any]) -> Any:
    """Run a process of its own, which is handed JSON and nothing else, and return what it tells."""
    code = "\n".join(
        (
            "import json, sys",
            "import sessionlab as sl",
            "handed = json.load(sys.stdin)",
            "def tell(what): print(json.dumps(what))",
            TOLD,
            source,
        )
    )
    command = [sys.executable, "-c", code, url]
    done = subprocess.run(command, input=json.dumps(handed), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def url(rules: str, tmp_path: Path) -> Iterator[str]:
    with process(tmp_path, "--rules", rules, "--seed", "3", "--quiet") as server:
        yield server.wait_until_ready()["url"]


OWNER_KEY = "11" * 32


@pytest.mark.parametrize(("rules", "by"), [long("documented", "number"), ("deployed", "key")])
def test_three_processes_know_the_same(url: str, by: str) -> None:
    granted = run(WALLET, url, {"owner": OWNER_KEY, "key": sl.new_key("backend").address})
    handed = {"wallet": granted["wallet"], "context": granted["context"]}
    used = run(BACKEND, url, handed)
    assert used["first"] == granted["told"] and used["first"]["state"] == "pending"
    assert used["told"]["state"] == "live"
    assert [entry["what"] for entry in used["told"]["history"]].count("refused") == 1
    assert "0.1 ETH" in used["explained"]
    number = granted["told"]["number"]
    ended = run(OWNER, url, {"owner": OWNER_KEY, "revoke": number if by == "number" else granted["told"]["key"]})
    session, unused = ended["before"]
    assert session == used["told"] and unused["state"] == "pending"
    assert unused["context"] == granted["unused"]
    assert [one["state"] for one in ended["after"]] == ["revoked", "pending"]
    again = run(READS, url, handed | {"seed": "backend", "ended": True})
    assert again == ended["after"][0]
    why = run(ENDED, url, handed)
    assert (why["state"], why["field"]) == ("revoked", "context") and why["fix"]
