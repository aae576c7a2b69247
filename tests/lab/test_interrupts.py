"""An interrupt at any point of any step finds the lab as before the step or as after it, and the lab goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.study.saving.serializer import to_json
from sessionlab.study.saving.state import KINDS, state_of

Step = Callable[[sl.Lab], Any]


def all_of(lab: sl.Lab) -> bytes:
    """Everything in a lab, but nodes of the trie that no block leads to."""
    return to_json(replace(state_of(lab), nodes=()), KINDS)


def run(step: Step, lab: sl.Lab, stop: int | None = None) -> int:
    """How many calls and returns, of Python and of C, a step took; it is interrupted at number ``stop``."""
    count = 0

    def tick(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        count += 1
        if count == stop:
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(tick)
    try:
        step(lab)
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lab with a deployed wallet, whose first session is installed and whose second is not, and one that is not."""
    lab = sl.Lab(seed=5)
    wallet = lab.wallet()
    lab.wallet(deployed=False)
    first, _ = (wallet.grant_permissions(_permissions(lab), key=sl.new_key(number)) for number in (1, 2))
    assert first.send_calls([_pay(lab)])
    assert lab.snapshot() == 1
    assert first.send_calls([_pay(lab)])
    assert not first.send_calls([_pay(lab, 9)])
    path = tmp_path_factory.mktemp("interrupts") / "my.lab"
    lab.save(path)
    return path


def _permissions(lab: sl.Lab) -> list[Any]:
    return [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=lab.recipient)]


def _pay(lab: sl.Lab, tenths: int = 1) -> sl.Call:
    return sl.Call(to=lab.recipient, value=tenths * sl.ether("0.1"))


def _session(lab: sl.Lab, number: int) -> sl.Session:
    return lab.wallets()[0].sessions()[number]


STEPS: dict[str, Step] = {
    "an operation": lambda lab: _session(lab, 0).send_calls([_pay(lab)]),
    "an operation that installs": lambda lab: _session(lab, 1).send_calls([_pay(lab)]),
    "an operation that deploys": lambda lab: lab.wallets()[1].send_calls([_pay(lab)]),
    "a sponsored operation": lambda lab: _session(lab, 0).send_calls([_pay(lab)], policy_id=lab.policy_id),
    "a refused operation": lambda lab: _session(lab, 0).send_calls([_pay(lab, 9)]),
    "an operation that fails on the chain": lambda lab: _session(lab, 0).send_calls([_pay(lab, 9)], preflight=False),
    "a grant": lambda lab: lab.wallets()[0].grant_permissions(_permissions(lab), key=sl.new_key(3)),
    "a revocation": lambda lab: lab.wallets()[0].revoke(_session(lab, 0)),
    "a wallet": lambda lab: lab.wallet(),
    "a gas policy": lambda lab: lab.gas_policy(spend_cap=5),
    "money": lambda lab: lab.fund(lab.merchant, 5),
    "travelling": lambda lab: lab.travel(50),
    "blocks": lambda lab: lab.chain.mine(3),
    "blocks by JSON-RPC": lambda lab: lab.provider.request("anvil_mine", ["0x3", "0x10"]),
    "an edit": lambda lab: lab.chain.set_balance(lab.merchant, 7),
    "a snapshot": lambda lab: lab.snapshot(),
    "a revert": lambda lab: lab.revert(1),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", STEPS)
def test_an_interrupt_finds_the_lab_before_a_step_or_after_it(
    name: str, file: Path, pytestconfig: pytest.Config
) -> None:
    step, draw = STEPS[name], Random(name)
    lab = sl.Lab.load(file)
    before = all_of(lab)
    step(lab)
    after = all_of(lab)
    assert after != before
    length = run(step, sl.Lab.load(file))
    points = {1, length, *(draw.randint(1, length) for _ in range(pytestconfig.getoption("interrupts")))}
    for stop in sorted(points):
        lab = sl.Lab.load(file)
        with suppress(KeyboardInterrupt):  # Python swallows it where a generator is thrown away
            run(step, lab, stop)
        found = all_of(lab)
        assert found in (before, after), f"interrupted at {stop} of {length}"
        if found == before:
            step(lab)
            assert all_of(lab) == after, f"went on after {stop} of {length}"
