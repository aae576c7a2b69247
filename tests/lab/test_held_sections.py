"""An atomic section that awaits, or that waits for other threads: nobody reads what may be undone, nobody hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import ChainError
from sessionlab.core.evm import thread_lock

RULES = pytest.mark.parametrize("rules", ["documented", "deployed"])


class StepFailed(Exception):
    """What a step ends with that is to be undone."""


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(thread_lock, "STANDSTILL", 0.5)
    monkeypatch.setattr(thread_lock, "STEP", 0.05)
    yield


def a_session(rules: str) -> tuple[sl.Lab, sl.Session]:
    lab = sl.Lab(rules)
    return lab, lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))


def seen_of(lab: sl.Lab) -> tuple[Any, ...]:
    chain = lab.chain
    return lab.balance(lab.recipient), lab.now, chain.height, chain.state_root, chain.next_timestamp, len(chain.logs())


@RULES
@pytest.mark.parametrize("undone", [True, False])
def test_another_task_reads_the_chain_from_before_a_section(rules: str, undone: bool) -> None:
    lab, session = a_session(rules)
    before, seen = seen_of(lab), []

    async def writes(inside: asyncio.Event, looked: asyncio.Event) -> None:
        with lab.chain.atomic():
            assert session.send_calls([sl.Call(to=lab.recipient, value=5)]).ok
            lab.travel(500)
            assert seen_of(lab) != before
            inside.set()
            await looked.wait()
            if undone:
                raise StepFailed

    async def reads(inside: asyncio.Event, looked: asyncio.Event) -> None:
        await inside.wait()
        seen.append(seen_of(lab))
        with pytest.raises(ChainError, match="Another asyncio task") as refused:
            lab.travel(1)
        assert refused.value.field == "task"
        looked.set()

    async def both() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(writes(*events), reads(*events), return_exceptions=True)

    asyncio.run(both())
    assert seen == [before]
    assert (seen_of(lab) == before) == undone


def by_asyncio(lab: sl.Lab, work: Callable[[], Any]) -> None:
    async def inside() -> None:
        with lab.chain.atomic():
            await asyncio.to_thread(work)

    asyncio.run(inside())


def by_a_pool(lab: sl.Lab, work: Callable[[], Any]) -> None:
    with ThreadPoolExecutor(1) as pool, lab.chain.atomic():
        pool.submit(work).result()


@RULES
@pytest.mark.parametrize("hands_over", [by_asyncio, by_a_pool])
def test_work_that_a_section_hands_to_a_thread_is_refused_by_name(
    rules: str, hands_over: Callable[[sl.Lab, Callable[[], Any]], None]
) -> None:
    lab, session = a_session(rules)
    before = seen_of(lab)
    with pytest.raises(ChainError, match=r"The thread MainThread is in the middle of an atomic section") as refused:
        hands_over(lab, lambda: session.send_calls([sl.Call(to=lab.recipient, value=5)]))
    assert refused.value.field == "thread"
    assert refused.value.fix
    assert seen_of(lab) == before
    assert session.send_calls([sl.Call(to=lab.recipient, value=5)]).ok


def test_a_request_to_ones_own_server_inside_a_section_is_answered() -> None:
    lab, _ = a_session("documented")
    with sl.in_background(lab) as url:
        there = sl.HttpProvider(url)
        with pytest.raises(sl.SessionlabError, match="in the middle of an atomic section"), lab.chain.atomic():
            there.request("evm_mine", [])


def test_a_section_that_works_for_long_is_waited_for() -> None:
    lab, session = a_session("documented")
    inside = Event()

    def works() -> None:
        with lab.chain.atomic():
            inside.set()
            end = monotonic() + 4 * thread_lock.STANDSTILL
            while monotonic() < end:
                lab.travel(1)

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(works)
        assert inside.wait(5)
        assert session.send_calls([sl.Call(to=lab.recipient, value=5)]).ok
        working.result()
