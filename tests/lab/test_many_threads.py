"""Eight threads on one lab: every outcome is true of the chain, and the chain is one that a single thread could have
made, block for block."""

from __future__ import annotations

import asyncio
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
import rlp

import sessionlab as sl
from sessionlab.core.evm.thread_lock import ThreadLock
from sessionlab.server.background import in_background

THREADS, SHORT, LONG = 8, 7, 100
#: Seconds after which Python lets another thread go on: so short that every operation is interrupted many times.
EAGER = 1e-4
ALLOWANCE = 10**6
INCREMENT = "increment()"


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(EAGER)
    yield
    sys.setswitchinterval(before)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "run_seed" in metafunc.fixturenames:
        seeds = metafunc.config.getoption("--threads")
        metafunc.parametrize(("run_seed", "steps"), [(seed, LONG) for seed in range(seeds)] or [(0, SHORT)])


@dataclass
class Person:
    """One who works on the lab, and what came of each step, as it was told."""

    session: sl.Session
    wallet: sl.SmartWalletClient
    draw: random.Random
    told: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


def people(lab: sl.Lab, seed: int) -> list[Person]:
    """Two for each of four wallets, each with a session of its own."""
    wallets = [lab.wallet() for _ in range(THREADS // 2)]
    result = []
    for number in range(THREADS):
        wallet = wallets[number // 2]
        permissions = [
            sl.NativeTokenTransfer(allowance=ALLOWANCE),
            sl.Erc20TokenTransfer(address=lab.token, allowance=ALLOWANCE),
            sl.FunctionsOnContract(address=lab.counter, functions=[INCREMENT]),
            sl.ContractAccess(address=lab.recipient),  # the deployed rules ask for it
        ]
        session = wallet.grant_permissions(permissions, key=sl.new_key(f"{seed} {number}"))
        assert session.send_calls([sl.Call(lab.counter, function=INCREMENT)]).ok
        result.append(Person(session, wallet, random.Random(f"{seed} {number}")))
    return result


def pay(lab: sl.Lab, who: Person) -> None:
    wei = who.draw.randint(1, 9)
    if who.session.send_calls([sl.Call(lab.recipient, value=wei)]).ok:
        who.told["wei"] += wei
        who.told["spent"] += 1


def transfer(lab: sl.Lab, who: Person) -> None:
    amount = who.draw.randint(1, 9)
    call = sl.Call(lab.token, function="transfer(address,uint256)", args=[lab.merchant, amount])
    if who.session.send_calls([call]).ok:
        who.told["tokens"] += amount
        who.told["spent"] += 1


def count(lab: sl.Lab, who: Person) -> None:
    outcome = who.session.send_calls([sl.Call(lab.counter, function=INCREMENT)] * 2)
    if outcome.ok:
        who.told["counted"] += 2


def ask_too_much(lab: sl.Lab, who: Person) -> None:
    outcome = who.session.send_calls([sl.Call(lab.recipient, value=ALLOWANCE + 1)])
    if outcome.ok or outcome.denial is None or outcome.denial.code != "ExceededNativeTokenLimit":
        who.errors.append(f"too much: {outcome!r}")


def fund(lab: sl.Lab, who: Person) -> None:
    lab.fund(who.session.key.address, 3)
    who.told["funded"] += 3


def give(lab: sl.Lab, who: Person) -> None:
    lab.give("dollar", who.session.key.address, 2)
    who.told["given"] += 2


def act_as_owner(lab: sl.Lab, who: Person) -> None:
    if who.wallet.send_calls([sl.Call(lab.merchant, value=1)], nonce_key=who.draw.randint(0, 3)).ok:
        who.told["owner"] += 1


def undo(lab: sl.Lab, who: Person) -> None:
    """Steps that are taken back as a whole."""
    try:
        with lab.chain.atomic():
            lab.fund(lab.recipient, 10**18)
            lab.wallets()[0].sessions()[0].send_calls([sl.Call(lab.recipient, value=1)])
            raise TimeoutError
    except TimeoutError:
        pass


def look(lab: sl.Lab, who: Person) -> None:
    """What this person has used is what this person was told, whatever the others do."""
    seen = [allowance.used for allowance in who.session.allowances]
    if seen != [who.told["wei"], who.told["tokens"]]:
        who.errors.append(f"allowances {seen}, told {who.told}")
    consumed = sum(entry.what == "consumed" for entry in who.session.history)
    if consumed != who.told["spent"]:
        who.errors.append(f"{consumed} entries of {who.told['spent']}")


def grant(lab: sl.Lab, who: Person) -> None:
    permissions = [sl.NativeTokenTransfer(allowance=5), sl.ContractAccess(address=lab.merchant)]
    session = who.wallet.grant_permissions(permissions)
    if session.send_calls([sl.Call(lab.merchant, value=5)]).ok:
        who.told["owner"] += 5


STEPS = (pay, pay, transfer, count, ask_too_much, fund, give, act_as_owner, undo, look, look, grant)


def work(lab: sl.Lab, who: Person, steps: int) -> None:
    for _ in range(steps):
        step = who.draw.choice(STEPS)
        try:
            step(lab, who)
        except Exception as error:
            who.errors.append(f"{step.__name__}: {error!r}")


def check(lab: sl.Lab, crowd: Sequence[Person], height: int) -> None:
    """Hold what everybody was told against the chain."""
    assert [who.errors for who in crowd] == [[]] * len(crowd)
    told = sum((who.told for who in crowd), Counter[str]())
    assert lab.balance(lab.recipient) == told["wei"]
    assert lab.balance(lab.merchant) == told["owner"]
    assert lab.token_balance("token", lab.merchant) == told["tokens"]
    assert lab.read("Counter", lab.counter, "number") == told["counted"] + len(crowd)
    for who in crowd:
        assert [a.used for a in who.session.allowances] == [who.told["wei"], who.told["tokens"]]
        assert lab.balance(who.session.key.address) == who.told["funded"]
        assert lab.token_balance("dollar", who.session.key.address) == who.told["given"]
    blocks = [lab.chain.block(number) for number in range(lab.chain.height + 1)]
    assert all(later.parent_hash == earlier.hash for earlier, later in pairwise(blocks))
    hashes = [lab.chain.transaction(t.hash).hash for block in blocks for t in block.transactions]
    assert len(set(hashes)) == len(hashes)
    assert again(lab, height) == [block.hash for block in blocks]


def again(lab: sl.Lab, height: int) -> list[str]:
    """The hashes of the blocks when one thread sends the same transactions, one after the other, to another lab."""
    other = sl.Lab(lab.rules, seed=lab.seed)
    people(other, lab.seed)
    assert other.chain.height == height
    for number in range(height + 1, lab.chain.height + 1):
        for transaction in lab.chain.block(number).transactions:
            other.chain.send_raw(raw(transaction))
    return [other.chain.block(number).hash for number in range(other.chain.height + 1)]


def raw(t: Any) -> bytes:
    """A dynamic-fee transaction as it was signed (EIP-1559)."""
    fields = [t.chain_id, t.nonce, t.max_priority_fee_per_gas, t.max_fee_per_gas, t.gas, bytes.fromhex(t.to[2:])]
    encoded: bytes = rlp.encode([*fields, t.value, t.data, [], t.v, t.r, t.s])
    return b"\x02" + encoded


@contextmanager
def run_threads(lab: sl.Lab, crowd: Sequence[Person], steps: int) -> Iterator[None]:
    start = Barrier(len(crowd))

    def begin(who: Person) -> None:
        start.wait()
        work(lab, who, steps)

    with ThreadPoolExecutor(len(crowd)) as pool:
        list(pool.map(begin, crowd))
    yield


@contextmanager
def run_tasks(lab: sl.Lab, crowd: Sequence[Person], steps: int) -> Iterator[None]:
    async def one(who: Person) -> None:
        for _ in range(steps):
            await asyncio.to_thread(work, lab, who, 1)

    async def everybody() -> None:
        await asyncio.gather(*map(one, crowd))

    asyncio.run(everybody())
    yield


@contextmanager
def run_beside_a_server(lab: sl.Lab, crowd: Sequence[Person], steps: int) -> Iterator[None]:
    """Every second person works through HTTP, with handles made from the same keys."""
    with in_background(lab) as url:
        for who in crowd[::2]:
            provider = sl.HttpProvider(url, timeout=120)
            served = sl.SmartWalletClient(provider, who.wallet.owner)
            session = served.grant_permissions(who.session.permissions, key=sl.new_key(who.session.id))
            assert session.send_calls([sl.Call(lab.counter, function=INCREMENT)]).ok
            who.told["counted"] += 1
            who.wallet, who.session = served, session
        with run_threads(lab, crowd, steps):
            yield


RUNS: dict[str, Callable[[sl.Lab, Sequence[Person], int], AbstractContextManager[None]]] = {
    "threads": run_threads,
    "asyncio": run_tasks,
    "beside a server": run_beside_a_server,
}


@pytest.mark.parametrize("way", RUNS)
def test_every_outcome_is_true_of_the_chain(way: str, run_seed: int, steps: int) -> None:
    lab = sl.Lab(("documented", "deployed")[run_seed % 2], seed=run_seed)
    crowd = people(lab, run_seed)
    height = lab.chain.height
    with RUNS[way](lab, crowd, steps):
        check(lab, crowd, height)


class Nobodys(ThreadLock):
    """A lock that every thread takes for its own: the lab as it was."""

    def owned(self) -> bool:
        return True


@pytest.mark.parametrize("way", ["threads", "asyncio"])
def test_without_the_lock_work_is_lost(way: str) -> None:
    lab = sl.Lab(seed=1)
    crowd = people(lab, 1)
    height = lab.chain.height
    vars(lab.chain.engine)["lock"] = Nobodys()
    with RUNS[way](lab, crowd, SHORT), pytest.raises(AssertionError):
        lab.chain.engine.publish()
        check(lab, crowd, height)


def test_another_task_does_not_slip_into_an_atomic_section() -> None:
    lab = sl.Lab(seed=4)

    async def holds(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with lab.chain.atomic():
            lab.fund(lab.recipient, 1)
            entered.set()
            await leave.wait()

    async def both() -> str:
        entered, leave = asyncio.Event(), asyncio.Event()
        holder = asyncio.create_task(holds(entered, leave))
        await entered.wait()
        with pytest.raises(sl.ChainError) as refused:
            lab.fund(lab.merchant, 1)
        leave.set()
        await holder
        return str(refused.value)

    assert "Another asyncio task" in asyncio.run(both())
    assert (lab.balance(lab.recipient), lab.balance(lab.merchant)) == (1, 0)


def test_tasks_that_are_started_inside_a_section_are_part_of_it() -> None:
    lab = sl.Lab(seed=4)

    async def pay() -> None:
        lab.fund(lab.recipient, 1)

    async def both() -> None:
        await asyncio.gather(pay(), pay())

    with lab.chain.atomic():
        asyncio.run(both())
    assert lab.balance(lab.recipient) == 2


def test_what_is_read_of_a_session_is_of_one_moment() -> None:
    """Each operation uses as much of one allowance as of the other, so whoever reads them sees them equal."""
    lab = sl.Lab(seed=6)
    limits = [
        sl.NativeTokenTransfer(allowance=10**6),
        sl.Erc20TokenTransfer(address=lab.token, allowance=10**6),
    ]
    session = lab.wallet().grant_permissions(limits, key=sl.new_key(1))
    token = sl.Call(lab.token, function="transfer(address,uint256)", args=[lab.merchant, 3])
    calls = [sl.Call(lab.recipient, value=3), token]
    seen: list[tuple[int, ...]] = []

    def read() -> None:
        while len(set(seen)) < 10:
            seen.append(tuple(allowance.used for allowance in session.allowances))

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        while not reading.done():
            assert session.send_calls(calls).ok
    reading.result()
    assert all(wei == tokens for wei, tokens in seen)


def test_other_threads_read_the_chain_from_before_an_unfinished_section() -> None:
    lab = sl.Lab(seed=4)
    seen = []

    def read() -> None:
        seen.append((lab.balance(lab.recipient), lab.chain.height, lab.web3.eth.block_number))

    def elsewhere() -> None:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    height = lab.chain.height
    with lab.chain.atomic():
        lab.fund(lab.recipient, 1)
        elsewhere()
        assert lab.balance(lab.recipient) == 1
    elsewhere()
    assert seen == [(0, height, height), (1, height + 1, height + 1)]


def test_a_read_of_a_served_lab_overtakes_a_long_step() -> None:
    lab = sl.Lab(seed=4)
    with in_background(lab) as url:
        provider = sl.HttpProvider(url)
        height = lab.chain.height
        with ThreadPoolExecutor(1) as pool, lab.chain.atomic():
            lab.fund(lab.recipient, 1)
            sent = pool.submit(sl.HttpProvider(url, timeout=60).request, "evm_mine")
            assert provider.request("eth_getBalance", [lab.recipient, "latest"]) == "0x0"
            assert int(provider.request("eth_blockNumber"), 16) == height
            assert not sent.done()
            lab.fund(lab.recipient, 1)
            lab_height = lab.chain.height
            pool_result = sent
        pool_result.result()
        assert lab.chain.height == lab_height + 1
        assert provider.request("eth_getBalance", [lab.recipient, "latest"]) == "0x2"
