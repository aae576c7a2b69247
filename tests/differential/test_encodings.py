"""Call data in unusual encodings: what is valid runs as ever, and what is not is refused as the published code does."""

from __future__ import annotations

import pytest

from sessionlab.core.erc4337.user_operation import UserOperation
from tests.differential.actors import wallet_code
from tests.differential.cast import BENEFICIARY
from tests.differential.encodings import VALID, bent, truncations
from tests.differential.judged import assert_same, successes
from tests.differential.operations import bundle, of_contract, of_wallet
from tests.differential.twins import Twins


def lab_operations(twins: Twins) -> list[UserOperation]:
    return [
        of_wallet(twins, "session", 0),
        of_wallet(twins, "session", 1, sponsor="signed"),
        of_wallet(twins, "deployment", 2),
        of_wallet(twins, "deferred install", 3),
    ]


def small_operations(twins: Twins) -> list[UserOperation]:
    sender = twins.place(wallet_code())
    return [of_contract(sender, nonce=place, signature=b"\x01" * (5 + place)) for place in range(2)]


@pytest.mark.parametrize("name", VALID)
def test_valid_for_lab_wallets(twins: Twins, name: str) -> None:
    operations = lab_operations(twins)
    made = bundle(operations, data=VALID[name](operations, BENEFICIARY))
    assert successes(assert_same(twins, made)) == [True] * 4


@pytest.mark.parametrize("name", VALID)
def test_valid_for_small_wallets(twins: Twins, name: str) -> None:
    operations = small_operations(twins)
    made = bundle(operations, data=VALID[name](operations, BENEFICIARY))
    assert successes(assert_same(twins, made)) == [True] * 2


@pytest.mark.parametrize("appended", [0, 31, 500], ids=lambda size: f"{size} bytes behind")
def test_bent(twins: Twins, appended: int) -> None:
    operations = small_operations(twins)
    assert _different(twins, operations, bent(operations, BENEFICIARY), bytes(appended)) == {}


def test_truncated(twins: Twins) -> None:
    operations = small_operations(twins)
    assert _different(twins, operations, truncations(operations, BENEFICIARY), b"") == {}


def test_one_operation_named_twice_by_offset(twins: Twins) -> None:
    operations = small_operations(twins)
    data = bytearray(VALID["nothing behind the last byte"](operations, BENEFICIARY))
    data[4 + 128 : 4 + 160] = data[4 + 96 : 4 + 128]
    published = assert_same(twins, bundle(operations, data=bytes(data)))
    assert published.refusal == "FailedOp(1, 'AA25 invalid account nonce')"


def _different(
    twins: Twins, operations: list[UserOperation], cases: dict[str, bytes], appended: bytes
) -> dict[str, str]:
    """What differs, by name of the case."""
    result = {}
    for name, data in cases.items():
        twins.reset()
        small_operations(twins)
        try:
            assert_same(twins, bundle(operations, data=data, appended=appended, gas=10_000_000))
        except AssertionError as different:
            result[name] = str(different).splitlines()[0]
    return result
