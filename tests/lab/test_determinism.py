"""The same seed and steps give the same world, byte for byte, in every process; another seed another one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import sessionlab as sl
from tests.sampling import long


def transcript(seed: int, rules: str) -> str:
    """A long life of a lab, and everything that can be seen of it."""
    lab = sl.Lab(rules=rules, seed=seed)
    told: list[Any] = [repr(lab), lab.addresses, lab.recipient, lab.merchant, lab.policy_id, lab.chain.state_root]
    wallet, undeployed = lab.wallet(), lab.wallet(deployed=False)
    for client in (wallet, undeployed):
        session = client.grant_permissions(
            [
                sl.NativeTokenTransfer(allowance=sl.ether(1)),
                sl.Erc20TokenTransfer(address=lab.dollar, allowance=5_000),
                sl.GasLimit(limit=10**18),
                sl.FunctionsOnContract(address=lab.counter, functions=["increment()", "add(uint256)"]),
                sl.ContractAccess(address=lab.recipient),
            ],
            expiry_sec=lab.now + 5_000,
            key=sl.new_key(seed),
        )
        pay = sl.Call(to=lab.recipient, value=sl.ether("0.4"))
        send = sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, 2_000])
        count = sl.Call(to=lab.counter, function="increment()")
        told += [client.address, client.owner.address, session.id, session.context]
        for calls in ([pay], [send, count], [pay, send], [pay], [send], [sl.Call(to=lab.vault)], [count] * 5):
            told += [session.prepare_calls([count]), *_outcome(session.send_calls(calls))]
            told += _outcome(session.send_calls(calls, preflight=False, policy_id=lab.policy_id, nonce_key=1))
        moment = lab.snapshot()
        told += _outcome(client.revoke(session)) + _outcome(session.send_calls([count]))
        lab.revert(moment)
        lab.travel(6_000)
        told += _outcome(session.send_calls([count]))
        told += [session.allowances._items, session.history.to_json(), lab.sponsor.spent(lab.policy_id)]
    told += [
        [block.hash, block.timestamp, block.gas_used] for block in map(lab.chain.block, range(lab.chain.height + 1))
    ]
    told += [lab.chain.state_root, lab.gas_policy(), repr(lab)]
    return json.dumps(told, default=repr, indent=1)


def _outcome(outcome: sl.Outcome) -> list[Any]:
    denial = outcome.denial.to_json() if outcome.denial else None
    return [repr(outcome), outcome.call_id, outcome.gas, outcome.receipt, denial]


@pytest.mark.parametrize("rules", [long("documented"), "deployed"])
def test_one_seed_gives_one_transcript(rules: str) -> None:
    first = transcript(7, rules)
    assert transcript(7, rules) == first
    assert transcript(8, rules) != first


def test_every_process_tells_the_same() -> None:
    """Whatever the order of its sets."""
    code = "from tests.lab.test_determinism import transcript; print(transcript(7, 'documented'))"
    told = set()
    for hash_seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        told.add(run.stdout.strip())
    assert told == {transcript(7, "documented")}


def test_the_same_steps_after_a_revert_give_the_same_again() -> None:
    lab = sl.Lab()

    def steps() -> list[Any]:
        wallet = lab.wallet()
        session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
        outcome = session.send_calls([sl.Call(to=lab.recipient, value=1)], policy_id=lab.policy_id)
        return [wallet.address, session.id, session.context, lab.gas_policy(), lab.chain.state_root, *_outcome(outcome)]

    moment = lab.snapshot()
    first = steps()
    lab.revert(moment)
    assert steps() == first
