"""Garbage of large work is collected once it is over: when nobody waits, and not again for nothing."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from sessionlab.server import memory, turn

from .running import Served


class Loop:
    """Refers to itself, so that only a collection ends it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_is_collected_after_large_work_alone() -> None:
    gc.disable()
    try:
        memory.give_back()
        first = ref(Loop())
        memory.tidy()
        assert first() is None
        second = ref(Loop())
        memory.tidy()
        assert second() is not None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("code", "is_large"), [("0x00", False), ("0x5b5980526230000059105f5700", True)], ids=["a STOP", "3 MB"]
)
def test_what_a_small_answer_took_on_the_way_is_given_back(
    fresh: Served, monkeypatch: pytest.MonkeyPatch, code: str, is_large: bool
) -> None:
    given: list[None] = []
    monkeypatch.setattr(turn, "give_back", lambda: given.append(None))
    at = "0x" + "77" * 20
    assert fresh.client.request("eth_call", [{"to": at}, "latest", {at: {"code": code}}]) == "0x"
    assert bool(given) == is_large
