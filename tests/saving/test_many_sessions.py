"""A wallet with many sessions is as quick as one with few, and saving costs what there is to save."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl

MANY = 500


def steps(action: Callable[[], Any]) -> int:
    """The calls, of Python and of C, that an action takes."""
    count = 0

    def tick(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(tick)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def grant(wallet: sl.SmartWalletClient, lab: sl.Lab) -> sl.Session:
    permissions = [sl.ContractAccess(address=lab.counter), sl.NativeTokenTransfer(allowance=5)]
    return wallet.grant_permissions(permissions, key=sl.new_key(1))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[int]]:
    """What everything takes with few, with many and with twice as many sessions on one wallet; and the file's bytes."""
    lab, found = sl.Lab(), dict[str, list[int]]()
    wallet, call = lab.wallet(), [sl.Call(to=lab.counter, function="increment()")]
    path = tmp_path_factory.mktemp("many") / "my.lab"
    for number in (10, MANY, 2 * MANY):
        while len(wallet.sessions()) < number:
            grant(wallet, lab)
        session = wallet.sessions()[-1]
        session.send_calls(call)  # installs it
        actions: dict[str, Callable[[], Any]] = {
            "an operation": lambda one=session: one.send_calls(call),
            "a first operation": lambda: wallet.sessions()[-2].send_calls(call),
            "a grant": lambda: grant(wallet, lab),
            "allowances": lambda one=session: one.allowances,
            "a snapshot": lambda: lab.snapshot(),
            "a save": lambda: lab.save(path),
            "a load": lambda: sl.Lab.load(path),
        }
        for name, action in actions.items():
            found.setdefault(name, []).append(steps(action))
        found.setdefault("a file", []).append(path.stat().st_size)
    (loaded,) = sl.Lab.load(path).wallets()
    assert [session.id for session in loaded.sessions()] == [session.id for session in wallet.sessions()]
    assert loaded.sessions()[MANY].send_calls(call)
    return found


@pytest.mark.parametrize("what", ["an operation", "a first operation", "a grant", "allowances", "a snapshot"])
def test_a_step_takes_the_same_with_a_thousand_sessions(what: str, counted: dict[str, list[int]]) -> None:
    few, _, many = counted[what]
    assert many <= 1.25 * few


@pytest.mark.parametrize("what", ["a save", "a load", "a file"])
def test_saving_and_loading_grow_with_what_there_is_and_not_faster(what: str, counted: dict[str, list[int]]) -> None:
    few, many, twice = counted[what]
    assert twice - few <= 2.2 * (many - few)
