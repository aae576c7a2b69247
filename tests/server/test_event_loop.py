"""The loop goes first: what runs beside it stands still while it has work, and is never stopped by it for good."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from sessionlab.server import event_loop
from sessionlab.server.bounds import OverBounds, RequestBounds


@contextmanager
def busy_loop() -> Iterator[None]:
    """A loop in a thread that always has something to do."""
    loop, begun = event_loop.new(), threading.Event()

    def again() -> None:
        begun.set()
        sleep(0.0005)  # lets others have the interpreter, as reads and writes do
        loop.call_soon(again)

    loop.call_soon(again)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    assert begun.wait(5)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _stood(work_seconds: float) -> tuple[float, int]:
    """Ask for leave during so many seconds. Returns for how long it stood still, and how often."""
    give_way, stood, times = event_loop.GivingWay(), 0.0, 0
    end = monotonic() + work_seconds
    while monotonic() < end:
        seconds = give_way()
        stood, times = stood + seconds, times + bool(seconds)
    return stood, times


def test_next_to_a_loop_with_work_it_stands_still_and_runs_in_between() -> None:
    with busy_loop():
        stood, times = _stood(1)
    assert 0.1 < stood < 1  # most of it, on a machine with nothing else to do
    assert times > 2


def test_next_to_an_idle_loop_it_does_not_stand_still() -> None:
    loop = event_loop.new()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        sleep(0.1)
        assert _stood(0.1) == (0, 0)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_loop_that_was_closed_with_work_left_stops_nobody() -> None:
    loop = event_loop.new()
    loop.call_soon(lambda: None)
    loop.run_until_complete(asyncio.sleep(0))
    loop.call_soon(lambda: None)
    loop.close()
    assert _stood(0.05) == (0, 0)


def test_time_that_was_stood_still_is_not_time_of_the_work() -> None:
    with busy_loop():
        work, ran = RequestBounds(seconds=0.1).work(), 0.0
        begun = monotonic()
        with work.going_on(), pytest.raises(OverBounds):
            while True:
                work.go_on(0)
        ran = monotonic() - begun
    assert 0.15 < ran < 5


def test_quick_work_of_the_loop_itself_does_not_wait_for_the_loop() -> None:
    with busy_loop():
        work = RequestBounds(seconds=10).quick_work()
        begun = monotonic()
        with work.going_on():
            for _ in range(1_000):
                work.go_on(0)
    assert monotonic() - begun < 2


def test_what_a_quick_read_waits_for_other_threads_is_not_its_time() -> None:
    """It would wait with longer reads otherwise, and be late because it was late."""
    bounds = RequestBounds(seconds=0.02)
    with (work := bounds.quick_work()).going_on():
        sleep(0.1)
        work.go_on(0)
    with (work := bounds.quick_work()).going_on(), pytest.raises(OverBounds):
        while True:
            work.go_on(0)
