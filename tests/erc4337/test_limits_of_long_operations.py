"""Estimated limits are enough for an operation of any length: the EntryPoint's work grows with its bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

import sessionlab as sl
from sessionlab.core.erc4337.bundler import Bundler
from sessionlab.core.erc4337.user_operation import UserOperation
from tests.conftest import EntryPointUnderTest
from tests.erc7562.yard import Yard

FIELDS = ("call_data", "signature", "paymaster_data")
#: More than an estimate leaves over: for a fresh nonce key and deposit, calls that keep 1/64, and the constant part.
SPARE = 75_000


@pytest.fixture(scope="module")
def grown(entry_point: EntryPointUnderTest) -> Yard:
    return Yard(entry_point.for_a_lab)


def refusal(yard: Yard, operation: UserOperation) -> str | None:
    rejection = yard.validate(operation).rejection
    return None if rejection is None else (rejection.code or "?")[:4]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("size", [0, 1_000, 24_000, 60_000])
def test_what_is_estimated_is_enough_and_little_more(grown: Yard, field: str, size: int) -> None:
    grown.reset()
    operation = grown.by_paymaster() if field == "paymaster_data" else grown.by_wallet()
    operation = replace(operation, **{field: b"\x01" * size})  # type: ignore[arg-type]
    limited = Bundler(grown.chain, sl.new_key(1)).estimate(operation)
    assert refusal(grown, limited) is None
    less = replace(limited, verification_gas_limit=max(0, limited.verification_gas_limit - SPARE))
    assert refusal(grown, less) in ("AA21", "AA23", "AA26")
    if limited.paymaster is not None:
        least = limited.paymaster_verification_gas_limit
        assert refusal(grown, replace(limited, paymaster_verification_gas_limit=max(0, least - 20_000))) in (
            "AA33",
            "AA36",
        )


@pytest.mark.parametrize(("calls", "size"), [(1, 0), (6, 4_000), (12, 4_000), (32, 1_000)])
def test_a_wallet_sends_batches_of_any_length_that_it_takes(
    entry_point: EntryPointUnderTest, calls: int, size: int
) -> None:
    lab = sl.Lab(seed=1, entry_point=entry_point.for_a_lab)
    for wallet in (lab.wallet(), lab.wallet(deployed=False)):
        for policy in (None, lab.policy_id):
            outcome = wallet.send_calls([sl.Call(to=lab.recipient, data=b"\x01" * size)] * calls, policy_id=policy)
            assert outcome, outcome.denial
