"""A lab stays in the process that made it: a forked one is told so at each step and each read, and nothing hangs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.experiments import gas_limit_and_reverts
from sessionlab.server.background import in_background

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked on POSIX only")
SECONDS = 60
#: What the forked processes find in their copy of this module. A lab is not pickled.
HERE: dict[str, Any] = {}

USES: dict[str, Callable[[], Any]] = {
    "pay": lambda: HERE["session"].send_calls([sl.Call(HERE["lab"].recipient, value=1)]),
    "fund": lambda: HERE["lab"].fund(HERE["lab"].recipient, 1),
    "travel": lambda: HERE["lab"].travel(1),
    "snapshot": lambda: HERE["lab"].snapshot(),
    "grant": lambda: HERE["wallet"].grant_permissions([sl.Root()]),
    "revoke": lambda: HERE["wallet"].revoke(HERE["session"]),
    "balance": lambda: HERE["wallet"].balance,
    "balance of an address": lambda: HERE["lab"].balance(HERE["lab"].recipient),
    "now": lambda: HERE["lab"].now,
    "allowances": lambda: HERE["session"].allowances,
    "block": lambda: HERE["lab"].chain.block(),
    "request": lambda: HERE["session"].request("eth_blockNumber"),
    "check": lambda: HERE["session"].check([sl.Call(HERE["lab"].recipient, value=1)]),
    "explain": lambda: HERE["session"].explain([sl.Call(HERE["lab"].recipient, value=1)]),
    "audit": lambda: HERE["session"].audit(),
}


def use(name: str) -> Any:
    return USES[name]()


def pay_by_url(number: int) -> bool:
    return HERE["session"].send_calls([sl.Call(HERE["recipient"], value=1)], nonce_key=number).ok


@contextmanager
def pool(workers: int = 1) -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as made:
        yield made


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> Iterator[sl.Lab]:
    lab = sl.Lab(request.param)
    HERE.update(lab=lab, wallet=lab.wallet())
    HERE["session"] = HERE["wallet"].grant_permissions([sl.Root()], key=sl.new_key(1))
    yield lab
    HERE.clear()


def check_refused(error: BaseException | None, name: str) -> None:
    assert isinstance(error, sl.ChainError), (name, error)
    assert error.field == "process", name
    assert "another one, forked from it" in error.message
    assert "URL" in (error.fix or "")


def test_every_use_in_a_forked_process_is_refused_and_moves_nothing(lab: sl.Lab) -> None:
    before = lab.chain.state_root, lab.chain.height
    with pool() as workers:
        for name in USES:
            check_refused(workers.submit(use, name).exception(timeout=SECONDS), name)
    assert (lab.chain.state_root, lab.chain.height) == before
    assert use("balance") == sl.ether(10)


def test_a_process_forked_within_a_step_of_another_thread_does_not_hang(lab: sl.Lab) -> None:
    inside, done = Event(), Event()

    def hold() -> None:
        with lab.chain.atomic():
            inside.set()
            done.wait(SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert inside.wait(SECONDS)
        with pool() as workers:
            for name in USES:
                check_refused(workers.submit(use, name).exception(timeout=SECONDS), name)
    finally:
        done.set()
        thread.join(SECONDS)


def test_a_lab_made_in_a_forked_process_works_there(lab: sl.Lab) -> None:
    with pool() as workers:
        assert workers.submit(_own_lab, lab.rules.title).result(timeout=SECONDS)


def _own_lab(rules: str) -> bool:
    lab = sl.Lab(rules.lower())
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    return bool(session.send_calls([sl.Call(lab.recipient, value=1)]).ok)


def test_a_worker_forked_from_a_process_that_ran_the_same_makes_labs_of_its_own(lab: sl.Lab) -> None:
    """Sweeps and recordings keep labs from one run to the next."""
    enough = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=10**16)]
    session = lab.wallet().grant_permissions(enough, key=sl.new_key(1))
    assert session.send_calls([sl.Call(lab.counter, function="increment()")]).ok
    HERE.update(
        enough=enough,
        recording=session.record(),
        sweep=gas_limit_and_reverts([4_000_000], [0], operations=2, engine="evm"),
    )
    here = _kept_labs()
    with pool() as workers:
        assert workers.submit(_kept_labs).result(timeout=SECONDS) == here


def _kept_labs() -> tuple[str, str]:
    compared = HERE["recording"].under(HERE["enough"])
    return HERE["sweep"].run().csv(), str(compared)


def test_forked_processes_share_a_served_lab_by_its_url(lab: sl.Lab) -> None:
    with in_background(lab) as url:
        wallet = sl.SmartWalletClient(sl.HttpProvider(url), sl.new_key(5))
        lab.fund(wallet.address, sl.ether(1))
        HERE["recipient"] = lab.recipient
        HERE["session"] = wallet.grant_permissions([sl.Root()], key=sl.new_key(2))
        assert pay_by_url(0)  # it also opens the connection that both must not use
        before = lab.balance(lab.recipient)
        with pool(2) as workers:
            assert list(workers.map(pay_by_url, range(1, 13), timeout=SECONDS)) == [True] * 12
        assert lab.balance(lab.recipient) == before + 12
