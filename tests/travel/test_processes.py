"""Errors and results of another process reach the caller as they are, and nothing hangs."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

import sessionlab as sl

from .samples import ERRORS

SECONDS = 120
"""Until a pool that hangs is a failure."""


def raise_one(name: str) -> None:
    raise ERRORS[name]()


def outcomes(rules: str) -> tuple[list[sl.Outcome], Any, Any]:
    """What a worker returns of a session: outcomes, also refused ones, and what was said of them."""
    lab = sl.Lab(rules)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    calls = [[sl.Call(lab.counter, function=name)] for name in ("increment()", "fail()")]
    sent = [session.send_calls(each, preflight=preflight) for each in calls for preflight in (True, False)]
    return sent, session.explain(calls[1]), session.record()


def make(kind: str) -> Any:
    """What must not leave its process."""
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    return {"lab": lab, "wallet": wallet, "session": session, "key": session.key}[kind]


def test_a_process_pool_gives_typed_errors_and_results() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        raised = {name: pool.submit(raise_one, name) for name in ERRORS}
        done = {rules: pool.submit(outcomes, rules) for rules in ("documented", "deployed")}
        kept = {kind: pool.submit(make, kind) for kind in ("lab", "wallet", "session", "key")}
        for name, future in raised.items():
            error = future.exception(timeout=SECONDS)
            assert type(error).__name__ == name
            assert error == ERRORS[name]()
        for rules, result in done.items():
            assert result.result(timeout=SECONDS) == outcomes(rules)
        for left in kept.values():
            assert type(left.exception(timeout=SECONDS)) is sl.NotCopied
        sent = pool.submit(repr, sl.new_key(1))
        assert type(sent.exception(timeout=SECONDS)) is sl.NotCopied
        assert pool.submit(len, "the pool is whole").result(timeout=SECONDS) == 17


def test_a_pool_of_multiprocessing_gives_typed_errors_and_does_not_hang() -> None:
    with get_context("spawn").Pool(1) as pool:
        waiting = {name: pool.apply_async(raise_one, (name,)) for name in ERRORS}
        for name, result in waiting.items():
            with pytest.raises(type(ERRORS[name]())) as error:
                result.get(timeout=SECONDS)
            assert error.value == ERRORS[name]()
        assert pool.apply_async(outcomes, ("deployed",)).get(timeout=SECONDS) == outcomes("deployed")
        with pytest.raises(Exception, match="A Session cannot be pickled or copied"):
            pool.apply_async(make, ("session",)).get(timeout=SECONDS)
