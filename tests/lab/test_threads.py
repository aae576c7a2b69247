"""A lab that several threads or tasks use at once loses nothing: what is reported as done is on the chain."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

import sessionlab as sl
from tests.faults.steps import PreparationFailed, done

ROUNDS = 12
#: Seconds after which Python lets another thread go on: so short that every operation is interrupted many times.
EAGER = 1e-5
#: Seconds that a step waits for another thread: plenty for one payment, if nothing holds it up.
PATIENCE = 2

Work = Callable[[], bool]


class StepFailed(Exception):
    """What a step ends with that is to be undone."""


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(EAGER)
    yield
    sys.setswitchinterval(before)


def attempt(work: Work) -> str:
    """``done``, ``not done``, or the error: at once with others, it can be any."""
    try:
        return "done" if work() else "not done"
    except Exception as error:
        return repr(error)


def try_alone(*works: Work) -> None:
    """Each work alone: what is wrong then is not the fault that these tests look for."""
    if not all(work() for work in works):
        raise PreparationFailed("A step fails that no other thread disturbs.")


def at_once(works: Sequence[Work], rounds: int = ROUNDS) -> list[str]:
    """What comes of each work, done so many times on a thread of its own, all threads beginning together."""
    start = Barrier(len(works))

    def repeat(work: Work) -> list[str]:
        start.wait()
        return [attempt(work) for _ in range(rounds)]

    with ThreadPoolExecutor(len(works)) as pool:
        return [answer for answers in pool.map(repeat, works) for answer in answers]


def test_every_transaction_that_was_mined_stays_mined() -> None:
    lab = sl.Lab(seed=1)
    keys = [sl.new_key(i) for i in range(3)]
    for key in keys:
        lab.fund(key.address, sl.ether(5))
    height = lab.chain.height

    def payer(key: sl.Key) -> Work:
        return lambda: lab.chain.transact(key.private, lab.recipient, value=1).status == 1

    works = [payer(key) for key in keys]
    try_alone(*works)
    payments = 3 * (ROUNDS + 1)
    assert (at_once(works), lab.balance(lab.recipient)) == (["done"] * 3 * ROUNDS, payments)
    assert lab.chain.height == height + payments
    assert [lab.chain.nonce(key.address) for key in keys] == [ROUNDS + 1] * 3


def test_a_step_that_fails_takes_nothing_of_another_thread_back() -> None:
    lab = sl.Lab(seed=1)
    key = sl.new_key(1)
    lab.fund(key.address, sl.ether(5))
    begun, paid = Event(), Event()

    def fail() -> None:
        """A step that is undone as a whole. It fails when the payment is made, or has to wait for its end."""
        with contextlib.suppress(StepFailed), lab.chain.atomic():
            lab.fund(lab.merchant, 5)
            begun.set()
            paid.wait(PATIENCE)
            raise StepFailed

    def pay() -> bool:
        begun.wait()
        done = lab.chain.transact(key.private, lab.recipient, value=1).status == 1
        paid.set()
        return done

    with ThreadPoolExecutor(2) as pool:
        failing, paying = pool.submit(fail), pool.submit(pay)
        failing.result()
        answer = paying.result()
    assert (answer, lab.balance(lab.recipient), lab.balance(lab.merchant)) == (True, 1, 0)


def payment(session: sl.Session, recipient: str, nonce_key: int = 0) -> Work:
    """A payment of 1 wei."""
    return lambda: session.send_calls([sl.Call(recipient, value=1)], nonce_key=nonce_key).ok


def test_sessions_of_different_wallets_lose_no_payment() -> None:
    lab = sl.Lab(seed=2)
    limits = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=30_000_000)]
    sessions = [lab.wallet().grant_permissions(limits, key=sl.new_key(i)) for i in range(3)]
    for session in sessions:
        done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    answers = at_once([payment(session, lab.recipient) for session in sessions], rounds=4)
    assert (answers, lab.balance(lab.recipient)) == (["done"] * 12, 15)
    assert [session.allowances["native-token-transfer"].used for session in sessions] == [5, 5, 5]


def test_one_session_sends_from_many_tasks() -> None:
    lab = sl.Lab(seed=3)
    limits = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.GasLimit(limit=60_000_000)]
    session = lab.wallet().grant_permissions(limits, key=sl.new_key(1))
    done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    works = [payment(session, lab.recipient, nonce_key) for nonce_key in range(1, 7)]

    async def many() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(attempt, work) for work in works))

    assert (asyncio.run(many()), lab.balance(lab.recipient)) == (["done"] * 6, 7)
    assert session.allowances["native-token-transfer"].used == 7
