"""Probe operations: sent in order, and the first that ends otherwise than it must is told."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.course.judges.probes import Probe, first_wrong


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab(seed=5)


@pytest.fixture
def session(lab: sl.Lab) -> sl.Session:
    return lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))


def move(target: str) -> list[sl.Call]:
    return [sl.Call(target, function="increment()")]


def test_probes_that_end_as_they_must_say_nothing(lab: sl.Lab, session: sl.Session) -> None:
    before = lab.read("Counter", lab.counter, "number")
    probes = [Probe("A move", move(lab.counter), True), Probe("A move elsewhere", move(lab.counter_2), False)]
    assert first_wrong(session, probes) is None
    assert lab.read("Counter", lab.counter, "number") == before + 1  # it was sent
    assert lab.read("Counter", lab.counter_2, "number") == 0


def test_a_probe_that_is_refused_and_must_pass_is_told_with_the_refusal(lab: sl.Lab, session: sl.Session) -> None:
    probes = [Probe("A move elsewhere", move(lab.counter_2), True, "a word"), Probe("A move", move(lab.counter), False)]
    wrong = first_wrong(session, probes)
    assert wrong is not None
    assert not wrong.passed
    assert wrong.says.startswith("A move elsewhere must pass, and is refused. The call goes to counter_2")
    assert wrong.misconception == "a word"


def test_a_probe_that_passes_and_must_not_is_told_with_what_it_shows(lab: sl.Lab, session: sl.Session) -> None:
    wrong = first_wrong(session, [Probe("A move", move(lab.counter), False, "a word")])
    assert wrong is not None
    assert not wrong.passed
    assert wrong.says == "A move must be refused, and it passed."
    assert wrong.misconception == "a word"
