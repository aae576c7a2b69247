"""As gas rises, both EntryPoints pass through the same outcomes in the same order, each at thresholds of its own.

And nobody is charged for an operation that never ran, whatever gas a bundler leaves it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import burns
from tests.differential.cast import ETHER
from tests.differential.operations import bundle, of_contract, of_wallet
from tests.differential.steps import Step, order, steps, without_starved
from tests.differential.twins import Transaction, Twins
from tests.sampling import long

Scene = Callable[[Twins], list[UserOperation]]


def a_session(twins: Twins) -> list[UserOperation]:
    return [of_wallet(twins, "session", 1)]


def a_sponsored_session(twins: Twins) -> list[UserOperation]:
    return [of_wallet(twins, "session", 1, sponsor="signed")]


def an_owner_without_deposit(twins: Twins) -> list[UserOperation]:
    return [of_wallet(twins, "owner", 0)]


def a_deployment(twins: Twins) -> list[UserOperation]:
    return [of_wallet(twins, "deployment", 2)]


def three_wallets(twins: Twins) -> list[UserOperation]:
    return [of_wallet(twins, "session", number) for number in range(3)]


def small_wallet(twins: Twins) -> list[UserOperation]:
    return [of_contract(twins.place(wallet_code(burns(20_000), validation=(burns(20_000), VALID))))]


def with_context(twins: Twins) -> list[UserOperation]:
    """Each of the four calls uses 20,000 gas."""
    paymaster = twins.place(paymaster_code(burns(20_000), validation=burns(20_000), given=b"context"), deposit=ETHER)
    wallet = twins.place(wallet_code(burns(20_000), validation=(burns(20_000), VALID)))
    return [of_contract(wallet, paymaster=paymaster)]


def two_with_context(twins: Twins) -> list[UserOperation]:
    (first,) = with_context(twins)
    return [first, replace(first, nonce=1)]


SCENES = [
    long(a_session),
    a_sponsored_session,
    an_owner_without_deposit,
    long(a_deployment),
    long(three_wallets),
    small_wallet,
    long(with_context),
    two_with_context,
]


def in_order(twins: Twins, make: Callable[[int], Transaction], low: int, high: int) -> list[str]:
    """The order on the published side, which has to be that of ours."""
    found: list[list[Step]] = [steps(side, make, low, high) for side in twins.sides]
    ours, published = (order(one, high) for one in found)
    assert ours == published, found
    return published


@pytest.mark.parametrize("scene", SCENES)
def test_of_the_transaction(twins: Twins, scene: Scene) -> None:
    operations = scene(twins)
    floor = 21_000 + 40 * len(bundle(operations).data)
    high = 400_000 + sum(operation.gas_limit for operation in operations) * 2
    found = [steps(side, lambda gas: bundle(operations, gas=gas), floor, high) for side in twins.sides]
    ours, published = (without_starved(order(one, high)) for one in found)
    assert ours == published, found
    assert published == ["refused", "AA95", ", ".join(["success"] * len(operations))]


@pytest.mark.parametrize(
    "scene", [small_wallet, with_context, a_session, long(a_sponsored_session), long(a_deployment)]
)
@pytest.mark.parametrize(
    "limit",
    [
        "verification_gas_limit",
        "call_gas_limit",
        "paymaster_verification_gas_limit",
        "paymaster_post_op_gas_limit",
    ],
)
def test_of_a_limit(twins: Twins, limit: str, scene: Scene) -> None:
    """From nothing to plenty. Lab wallets sign their limits, so theirs are refused from the first."""
    (operation,) = scene(twins)
    if operation.paymaster is None and limit.startswith("paymaster"):
        return
    again: Any = _resigned(twins, scene)
    high = 3 * max(getattr(operation, limit), 60_000)
    seen = in_order(twins, lambda gas: bundle([again(operation, **{limit: gas})]), 0, high)
    assert seen[-1] == "success" or (limit == "call_gas_limit" and seen)


def _resigned(twins: Twins, scene: Scene) -> Any:
    from tests.differential.operations import resigned

    kinds = {a_session: ("session", 1), a_sponsored_session: ("session", 1), a_deployment: ("deployment", 2)}
    if scene not in kinds:
        return lambda operation, **fields: replace(operation, **fields)
    return lambda operation, **fields: resigned(replace(operation, **fields), *kinds[scene])


@pytest.mark.parametrize(
    ("scene", "price"),
    [
        (small_wallet, 1),
        (with_context, 10**9),
        *(long(*one) for one in ((small_wallet, 0), (small_wallet, 10**9), (with_context, 0), (with_context, 1))),
    ],
)
def test_of_gas_before_verification(twins: Twins, scene: Scene, price: int) -> None:
    """Without any, an operation may cost more than its prefund: then the prefund is taken (AA51)."""
    (operation,) = scene(twins)
    tight = {
        "call_gas_limit": 20_500,
        "paymaster_verification_gas_limit": 80_000 if operation.paymaster else 0,
        "paymaster_post_op_gas_limit": 0,
        "max_fee_per_gas": price,
        "max_priority_fee_per_gas": price,
    }
    found = []
    for side in twins.sides:
        # Each contract's own need, by its own threshold: what it leaves over is what a tight prefund lacks.
        needs = steps(side, lambda gas: bundle([replace(operation, **tight, verification_gas_limit=gas)]), 0, 120_000)
        enough = next(step.first for step in needs if step.outcome.endswith(("success", "failure")))
        low = replace(operation, **tight, verification_gas_limit=enough)
        found.append(order(steps(side, lambda gas, low=low: _before(low, gas), 0, 60_000), 60_000))  # type: ignore[misc]
    assert found[0] == found[1]


def _before(operation: UserOperation, gas: int) -> Transaction:
    return bundle([replace(operation, pre_verification_gas=gas)])
