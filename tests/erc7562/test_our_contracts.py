"""Validation by the lab's factory, wallet and sponsor paymaster breaks no rule, on either EntryPoint."""

from __future__ import annotations

import pytest

from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.cast import cached_twins
from tests.differential.conftest import published
from tests.differential.judged import successes
from tests.differential.operations import KINDS, bundle, of_wallet
from tests.differential.twins import Side
from tests.erc7562.observer import Watch, observing

__all__ = ["published"]
SIDES = ["ours", "canonical"]


@pytest.fixture(params=SIDES)
def side(request: pytest.FixtureRequest, published: None) -> Side:
    pair = cached_twins("ours", "canonical")
    pair.reset()
    return pair.left if request.param == "ours" else pair.right


def watched(side: Side, operations: list[UserOperation]) -> Watch:
    """What a bundle that passes breaks."""
    made = bundle(operations)
    with observing() as found:
        receipt = side.run(made)
    assert receipt.status == 1
    return found


def operation(kind: str, number: int, sponsor: str = "") -> UserOperation:
    return of_wallet(cached_twins("ours", "canonical"), kind, number, sponsor=sponsor)


@pytest.mark.parametrize("number", [0, 1, 2, 3])
@pytest.mark.parametrize("sponsor", ["", "signed"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_operation(side: Side, kind: str, sponsor: str, number: int) -> None:
    found = watched(side, [operation(kind, number, sponsor)])
    first = ["factory"] if kind == "deployment" else []
    assert found.phases == [*first, "wallet", *(["paymaster"] if sponsor else [])]
    assert sorted(set(found.violations), key=str) == []


def test_a_bundle_of_every_kind(side: Side) -> None:
    operations = [operation(KINDS[n % 4], n, "signed" if n % 3 else "") for n in range(12)]
    found = watched(side, operations)
    assert (found.phases.count("wallet"), found.phases.count("factory"), found.phases.count("paymaster")) == (12, 3, 8)
    assert sorted(set(found.violations), key=str) == []


def test_the_bundles_are_those_that_pass(side: Side) -> None:
    """Watching changes nothing: without it, the same bundle ends alike."""
    made = bundle([operation("session", 1, "signed")])
    start = side.chain.checkpoint()
    plain = side.observe(made)
    side.chain.restore(start)
    with observing():
        receipt = side.run(made)
    assert (receipt.status, receipt.gas_used, receipt.output) == (plain.status, plain.gas_used, plain.output)
    assert successes(plain) == [True]
