"""Where an operation has two faults, ``check`` and ``explain`` tell the one that sending finds first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl

#: With every limit named, nothing is simulated: the sponsor is asked before the bundler judges the fees.
GAS: dict[str, dict[str, int]] = {
    "all limits named": {"call": 600_000, "verification": 700_000, "pre_verification": 200_000},
    "no limit named": {},
}


def found(act: Callable[[], Any]) -> str:
    """Return what is told: the code of a denial, or the field of a wrong argument."""
    try:
        denial = act().denial
    except sl.InvalidInput as error:
        return str(error.field)
    return "passes" if denial is None else str(denial.code)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize(
    ("gas", "sponsored", "first"),
    [
        ("all limits named", True, "NotSponsored"),
        ("all limits named", False, "max_priority_fee"),
        ("no limit named", True, "max_priority_fee"),
    ],
)
def test_a_refusing_sponsor_and_a_tip_above_the_fee(rules: str, gas: str, sponsored: bool, first: str) -> None:
    lab = sl.Lab(rules)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    calls, price = [sl.Call(lab.counter, function="increment()")], lab.base_fee
    refusing = lab.gas_policy(allowed_senders=[lab.merchant])
    how: dict[str, Any] = {"policy_id": refusing if sponsored else None, "gas": GAS[gas]}
    how |= {"max_fee": price, "max_priority_fee": 2 * price}
    root = lab.chain.state_root
    for act in (session.send_calls, session.check, session.explain):
        assert found(lambda act=act: act(calls, **how)) == first, act  # type: ignore[misc]
    assert lab.chain.state_root == root
