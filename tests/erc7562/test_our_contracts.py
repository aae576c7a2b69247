"""Validation by the lab's factory, wallet and sponsor paymaster breaks no rule, on either EntryPoint."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.engine import WATCH
from sessionlab.node.bundler.observer import Observation, observe
from sessionlab.node.bundler.rules import judge
from sessionlab.node.bundler.trace import ValidationTrace
from tests.differential.cast import cached_twins
from tests.differential.conftest import published
from tests.differential.judged import successes
from tests.differential.operations import KINDS, bundle, of_wallet
from tests.differential.twins import Side

__all__ = ["published"]
SIDES = ["ours", "canonical"]


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest, published: None) -> Side:
    pair = cached_twins("ours", "canonical")
    pair.reset()
    return pair.left if request.param == "ours" else pair.right


def watched(side: Side, operations: list[UserOperation]) -> list[ValidationTrace]:
    """What validation did in a bundle that passes, operation by operation."""
    observation = Observation(operations)
    watching = WATCH.set(partial(observe, observation=observation))
    try:
        receipt = side.run(bundle(operations))
    finally:
        WATCH.reset(watching)
    assert receipt.status == 1
    assert observation.complete
    return [observation.trace(index) for index in range(len(operations))]


def operation(kind: str, number: int, sponsor: str = "") -> UserOperation:
    return of_wallet(cached_twins("ours", "canonical"), kind, number, sponsor=sponsor)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("sponsor", ["", "signed"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_operation(side: Side, kind: str, sponsor: str, number: int) -> None:
    (trace,) = watched(side, [operation(kind, number, sponsor)])
    first = ["factory"] if kind == "deployment" else []
    assert [phase.entity for phase in trace.phases] == [*first, "account", *(["paymaster"] if sponsor else [])]
    assert all(phase.events for phase in trace.phases)
    assert judge(trace, {}) == ()


def test_a_bundle_of_every_kind(side: Side) -> None:
    operations = [operation(KINDS[n % 4], n, "signed" if n % 3 else "") for n in range(12)]
    traces = watched(side, operations)
    assert Counter(phase.entity for trace in traces for phase in trace.phases) == {
        "account": 12,
        "factory": 3,
        "paymaster": 8,
    }
    assert [trace.sender for trace in traces] == [one.sender for one in operations]
    assert [judge(trace, {}) for trace in traces] == [()] * 12


def test_watching_changes_nothing(side: Side) -> None:
    """Unwatched, the same bundle ends alike, at the same gas."""
    operations = [operation("session", 1, "signed")]
    start = side.chain.checkpoint()
    plain = side.observe(bundle(operations))
    side.chain.restore(start)
    watching = WATCH.set(partial(observe, observation=Observation(operations)))
    receipt = side.run(bundle(operations))
    WATCH.reset(watching)
    assert (receipt.status, receipt.gas_used, receipt.output) == (plain.status, plain.gas_used, plain.output)
    assert successes(plain) == [True]
