"""Bytes behind the bundle are nobody's: they change nothing but the transaction's own gas."""

from __future__ import annotations

import pytest

from tests.differential.judged import assert_same, successes
from tests.differential.operations import KINDS, bundle, of_wallet
from tests.differential.twins import Twins

SIZES = [1, 31, 32, 1_000, 4_096, 6_000, 20_000, 60_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_zeros(twins: Twins, kind: str, size: int) -> None:
    published = assert_same(twins, bundle([of_wallet(twins, kind, 0)], appended=bytes(size)))
    assert successes(published) == [True]


@pytest.mark.parametrize("size", SIZES)
def test_other_bytes_behind_a_sponsored_operation(twins: Twins, size: int) -> None:
    operation = of_wallet(twins, "session", 1, sponsor="signed")
    assert successes(assert_same(twins, bundle([operation], appended=b"\xa5" * size))) == [True]
