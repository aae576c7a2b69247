"""A lab that begins "now" has a clock that runs with the wall clock; any other lab never asks for it.

The wall clock is a number here, which the tests move; one test takes the machine's.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import ChainError, InvalidInput, NotCopied, RpcError
from sessionlab.core.evm import rpc
from sessionlab.core.evm.engine import LEAD

WALL = 1_790_000_000
HOUR = 3_600


class WallClock:
    """A wall clock that stands still, or that moves at each reading. Half a second is not a second yet."""

    def __init__(self) -> None:
        self.seconds, self.tick, self.readings = WALL, 0, 0

    def __call__(self) -> float:
        self.readings += 1
        found, self.seconds = self.seconds, self.seconds + self.tick
        return found + 0.5


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    clock = WallClock()
    monkeypatch.setattr("sessionlab.core.evm.head.time", clock)
    return clock


@pytest.fixture
def lab(wall: WallClock) -> sl.Lab:
    """A running lab whose set-up is over: the wall clock has caught up with its blocks."""
    made = sl.Lab(time="now")
    assert made.chain.block(0).timestamp == WALL - LEAD and made.now == WALL
    wall.seconds += 100
    return made


def node(lab: sl.Lab, method: str, *params: Any) -> Any:
    return rpc.handle(lab.chain, method, list(params), lab._node_methods)


def test_what_a_lab_sets_up_takes_no_time(wall: WallClock) -> None:
    """So that an expiry a few seconds from the wall clock's now is one from the lab's."""
    lab = sl.Lab(time="now")
    wallets = [lab.wallet(), lab.wallet()]
    assert lab.chain.height > 10 and lab.now == WALL
    session = wallets[0].grant_permissions([sl.Root()], expiry_sec=WALL + 5, key=sl.new_key(1))
    assert session.send_calls(pay(lab)).ok and lab.now == WALL
    assert [block.timestamp for block in map(lab.chain.block, range(11))] == [WALL - LEAD + n for n in range(11)]


def pay(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(lab.recipient, value=1)]


def test_time_passes_without_blocks_and_is_the_next_blocks(lab: sl.Lab, wall: WallClock) -> None:
    height = lab.chain.height
    wall.seconds += 77
    assert lab.now == lab.chain.now == lab.chain.next_timestamp == WALL + 177
    assert int(node(lab, "eth_getBlockByNumber", "pending", False)["timestamp"], 16) == WALL + 177
    assert lab.chain.height == height and lab.chain.runs
    assert lab.chain.mine().timestamp == WALL + 177


def test_blocks_are_at_least_a_second_apart_and_never_run_back(lab: sl.Lab, wall: WallClock) -> None:
    first = lab.chain.mine(5).timestamp
    assert [lab.chain.block(lab.chain.height - n).timestamp for n in range(5)] == [first - n for n in range(5)]
    wall.seconds -= 5_000  # the machine's clock was wrong, and was set
    assert lab.now == first and lab.chain.mine().timestamp == first + 1
    wall.seconds = first + 60
    assert lab.now == first + 60 == lab.chain.mine().timestamp


def test_travelling_adds_to_the_wall_clock(lab: sl.Lab, wall: WallClock) -> None:
    assert lab.travel(HOUR) == lab.now == WALL + 100 + HOUR
    wall.seconds += 5
    assert lab.now == lab.chain.mine().timestamp == WALL + 105 + HOUR


def test_travelling_from_a_block_ahead_of_the_clock_arrives_and_adds_only_what_was_travelled(
    lab: sl.Lab, wall: WallClock
) -> None:
    lab.chain.mine(51)  # fifty seconds ahead of the wall clock
    ahead = lab.now
    assert ahead == WALL + 150 and lab.travel(0) == ahead and lab.travel(10) == lab.now == ahead + 10
    wall.seconds += 300
    assert lab.now == WALL + 400 + 10


@pytest.mark.parametrize("past", [-1, -HOUR])
def test_a_running_lab_does_not_go_back(lab: sl.Lab, wall: WallClock, past: int) -> None:
    wall.seconds += 2 * HOUR
    before = lab.now
    with pytest.raises(ChainError, match="does not run back") as refused:
        lab.chain.travel_to(before + past)  # later than every block, and before now
    assert (refused.value.asked, refused.value.left) == (before + past, before)
    assert f"Lab(time={before + past})" in str(refused.value.fix)
    with pytest.raises(ChainError):
        lab.travel(past)
    assert lab.now == before


def test_the_next_block_has_the_time_that_it_was_given_however_long_it_takes(lab: sl.Lab, wall: WallClock) -> None:
    for there in (lab.now + HOUR, lab.now + 2 * HOUR):
        node(lab, "evm_setNextBlockTimestamp", hex(there))
        wall.seconds += 30
        assert lab.now == there == lab.chain.next_timestamp
        snapshot = lab.snapshot()
        node(lab, "evm_mine")
        assert lab.chain.block().timestamp == there
        lab.revert(snapshot)
        assert lab.chain.mine().timestamp == there
        wall.seconds += 8
        assert lab.now == there + 38  # it was set then, and runs on


def test_the_next_block_may_be_before_now_and_the_clock_runs_on_from_it(lab: sl.Lab, wall: WallClock) -> None:
    wall.seconds += HOUR
    newest = lab.chain.block().timestamp
    node(lab, "evm_setNextBlockTimestamp", newest + 10)
    assert lab.chain.mine().timestamp == newest + 10
    wall.seconds += 5
    assert lab.now == newest + 15
    with pytest.raises(RpcError, match="the next one is later"):
        node(lab, "evm_setNextBlockTimestamp", newest + 10)


def test_a_revert_takes_travel_back_and_leaves_the_wall_clock(lab: sl.Lab, wall: WallClock) -> None:
    lab.travel(HOUR)
    snapshot = lab.snapshot()
    lab.travel(50 * HOUR)
    lab.chain.mine()
    wall.seconds += 20
    lab.revert(snapshot)
    assert lab.now == WALL + 120 + HOUR == lab.chain.mine().timestamp


def test_an_atomic_section_that_fails_leaves_the_clock(lab: sl.Lab, wall: WallClock) -> None:
    with pytest.raises(KeyError), lab.chain.atomic():
        lab.travel(HOUR)
        raise KeyError
    wall.seconds += 3
    assert lab.now == WALL + 103


# -- one step sees one time


def ticking(wall: WallClock) -> None:
    wall.tick, wall.readings = 1, 0


STEPS: dict[str, Callable[[sl.Lab, sl.Session], Any]] = {
    "send": lambda lab, session: session.send_calls(pay(lab)).ok,
    "sponsored": lambda lab, session: session.send_calls(pay(lab), policy_id=lab.policy_id).ok,
    "refused": lambda lab, session: not session.send_calls([sl.Call(lab.recipient, value=sl.ether(9))]).ok,
    "check": lambda lab, session: session.check(pay(lab)).ok,
    "explain": lambda lab, session: session.explain([sl.Call(lab.recipient, value=sl.ether(9))]),
    "prepare": lambda lab, session: session.prepare_calls(pay(lab)),
    "wallet": lambda lab, session: lab.wallet(),
    "pending": lambda lab, session: node(lab, "eth_getBlockByNumber", "pending", False),
    "mine": lambda lab, session: lab.chain.mine(3),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_reads_the_wall_clock_once(lab: sl.Lab, wall: WallClock, step: str) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    session.send_calls(pay(lab))
    ticking(wall)
    assert STEPS[step](lab, session)
    assert wall.readings == 1


@pytest.mark.parametrize("step", ["send", "sponsored", "check"])
def test_the_last_second_of_a_session_does_not_end_within_a_step(lab: sl.Lab, wall: WallClock, step: str) -> None:
    wallet = lab.wallet()
    wall.seconds += 60
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=wall.seconds + HOUR)
    wall.seconds = session.expiry_sec or 0
    ticking(wall)
    assert STEPS[step](lab, session)
    assert lab.chain.block().timestamp == session.expiry_sec or step == "check"
    assert not session.check(pay(lab)).ok and not session.send_calls(pay(lab)).ok


def test_an_operation_is_simulated_at_the_time_of_its_own_state(lab: sl.Lab, wall: WallClock) -> None:
    """Without any section: the bundler's own check judges the window by the time that the wallet's code sees."""
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=wall.seconds + HOUR)
    assert session.send_calls(pay(lab)).ok
    prepared = session.prepare_calls(pay(lab))
    from sessionlab.core.erc4337.user_operation import from_json

    operation = from_json(prepared["data"], "data")
    wall.seconds = session.expiry_sec or 0
    ticking(wall)
    lab.bundler.check(operation, check_signatures=False)


def test_a_section_stands_while_other_threads_see_time_pass(lab: sl.Lab, wall: WallClock) -> None:
    with lab.chain.atomic():
        inside = lab.now
        wall.seconds += 40
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(lab.now))
        thread.start()
        thread.join()
        assert (lab.now, seen) == (inside, [inside + 40])
        assert lab.chain.mine().timestamp == inside
    assert lab.now == inside + 40


def test_a_frozen_view_stays_at_its_moment(lab: sl.Lab, wall: WallClock) -> None:
    view, then = lab.chain.frozen(), lab.now
    wall.seconds += 9
    assert (view.now, view.next_timestamp, lab.now) == (then, then, then + 9)


def test_what_is_seen_of_a_session_expires_without_a_block(lab: sl.Lab, wall: WallClock) -> None:
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=wall.seconds + HOUR)
    assert sl.pictures.session_card(session).state == "signed"
    wall.seconds += HOUR + 1
    assert sl.pictures.session_card(session).state == "expired"


# -- kept, copied, recorded


def test_a_file_keeps_how_far_the_clock_is_ahead(lab: sl.Lab, wall: WallClock, tmp_path: Path) -> None:
    wallet = lab.wallet()
    begun = wall.seconds = wall.seconds + 60
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=begun + 3 * HOUR)
    snapshot = lab.snapshot()
    lab.travel(HOUR)
    node(lab, "evm_setNextBlockTimestamp", lab.now + HOUR)
    lab.save(tmp_path / "lab")
    wall.seconds = begun + 600
    again = sl.Lab.load(tmp_path / "lab")
    assert again.chain.runs
    for one in (lab, again):
        wall.seconds = begun + 600
        assert one.now == begun + 2 * HOUR == one.chain.mine().timestamp  # the block waited for is saved too
        wall.seconds += 1
        assert one.now == begun + 2 * HOUR + 601
        one.revert(snapshot)
        assert one.now == begun + 601
    (kept,) = again.wallets()[0].sessions()
    assert kept.expiry_sec == session.expiry_sec and kept.send_calls(pay(again)).ok


def test_a_running_lab_is_not_copied(lab: sl.Lab) -> None:
    for act in (copy.copy, copy.deepcopy):
        with pytest.raises(NotCopied):
            act(lab)


def test_what_was_recorded_is_decided_again_at_its_own_times(lab: sl.Lab, wall: WallClock) -> None:
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=wall.seconds + HOUR)
    assert session.send_calls(pay(lab)).ok
    wall.seconds += HOUR + 1
    assert not session.send_calls(pay(lab)).ok
    wall.seconds += 1_000 * HOUR
    recording = session.record()
    compared = recording.under(recording.permissions)
    assert [verdict.change for verdict in compared.verdicts] == ["same", "same"]


# -- a lab with a fixed clock


@pytest.mark.parametrize("begin", [None, 0, 1_700_000_000, 5_000_000_000])
def test_a_fixed_lab_never_asks_for_the_wall_clock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, begin: int | None
) -> None:
    monkeypatch.setattr("sessionlab.core.evm.head.time", lambda: pytest.fail("the wall clock was read"))
    start = {} if begin is None else {"time": begin}
    labs = [sl.Lab(seed=5, **start) for _ in range(2)]  # type: ignore[arg-type]
    for number, lab in enumerate(labs):
        session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=lab.now + HOUR)
        assert session.send_calls(pay(lab)).ok
        lab.travel(30)
        node(lab, "evm_setNextBlockTimestamp", lab.now + 5)
        lab.snapshot()
        lab.chain.mine()
        lab.save(tmp_path / str(number))
        assert not lab.chain.runs and not sl.Lab.load(tmp_path / str(number)).chain.runs
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()
    assert labs[0].chain.block(0).timestamp == (1_800_000_000 if begin is None else begin)


@pytest.mark.parametrize("wrong", ["later", "", "1800000000", 1.5, True, None, -1, 2**64])
def test_a_lab_begins_at_whole_seconds_or_now(wrong: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        sl.Lab(time=wrong)
    assert refused.value.field == "time" and "now" in str(refused.value.fix)


# -- milliseconds


def of_the_clock(lab: sl.Lab) -> dict[str, tuple[Callable[[int], Any], str]]:
    return {
        "travel": (lab.travel, "seconds"),
        "travel_to": (lab.chain.travel_to, "timestamp"),
        "time": (lambda value: sl.Lab(time=value), "time"),
        "evm_increaseTime": (lambda value: node(lab, "evm_increaseTime", value), "seconds"),
        "evm_setNextBlockTimestamp": (lambda value: node(lab, "evm_setNextBlockTimestamp", hex(value)), "timestamp"),
    }


@pytest.mark.parametrize("name", ["travel", "travel_to", "time", "evm_increaseTime", "evm_setNextBlockTimestamp"])
def test_milliseconds_are_refused_at_the_clock(name: str) -> None:
    lab = sl.Lab()
    before = lab.now
    act, field = of_the_clock(lab)[name]
    for value in (before * 1_000, (before + HOUR) * 1_000, WALL * 1_000):
        with pytest.raises((InvalidInput, RpcError)) as refused:
            act(value)
        found = refused.value.data if isinstance(refused.value, RpcError) else vars(refused.value)
        assert found["field"] == field and f"not milliseconds: {value // 1_000}" in found["fix"]
    assert lab.now == before


@pytest.mark.parametrize("far", [10_000_000_000, 20_000_000_000, 2**48 - 1])
def test_a_far_time_that_is_not_near_in_milliseconds_is_taken(far: int) -> None:
    lab = sl.Lab()
    assert lab.chain.travel_to(far) == far
    assert lab.travel(HOUR) == far + HOUR


def test_milliseconds_are_judged_by_what_time_it_is_there() -> None:
    lab = sl.Lab()
    lab.chain.travel_to(2**48 - 1)  # so far away that it is not near in milliseconds, nor is an hour later
    assert lab.chain.travel_to(2**48 + HOUR) == lab.now
    with pytest.raises(InvalidInput, match="past the year 2286"):
        lab.chain.travel_to(lab.now * 1_000)


# -- the machine's own clock


@pytest.fixture
def machine() -> Iterator[sl.Lab]:
    yield sl.Lab(time="now")


def test_an_hour_by_this_machine_is_an_hour(machine: sl.Lab) -> None:
    before = int(time.time())
    wallet = machine.wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=int(time.time()) + HOUR)
    assert session.send_calls(pay(machine)).ok
    assert before <= machine.now <= time.time() + machine.chain.height
    machine.travel(HOUR + 1)
    assert not session.send_calls(pay(machine)).ok
