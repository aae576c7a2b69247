"""Drawn bundles end alike on both EntryPoints. ``--differential N`` draws more."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.differential.drawn import Drawn
from tests.differential.judged import judged, successes
from tests.differential.operations import bundle, of_wallet
from tests.differential.twins import Twins

PARTS = 8


@pytest.mark.parametrize("part", range(PARTS))
def test_drawn_bundles(twins: Twins, request: pytest.FixtureRequest, part: int) -> None:
    total = request.config.getoption("--differential")
    kinds: Counter[str] = Counter()
    failed: dict[str, list[str]] = {}
    for number in range(part, total, PARTS):
        twins.reset()
        made = Drawn(twins, f"differential {number}").transaction()
        ours, published = twins.observe(made)
        different = judged(ours, published, made)
        if different:
            failed[f"bundle {number}"] = [str(one) for one in different[:3]]
        kinds["refused" if published.status != 1 else "failed" if False in successes(published) else "passed"] += 1
    assert not failed, f"{len(failed)} of {total // PARTS}: " + "\n".join(map(str, list(failed.items())[:5]))
    if total >= 100:
        assert min(kinds["refused"], kinds["failed"], kinds["passed"]) * 20 > kinds.total(), kinds


def test_the_same_number_draws_the_same(twins: Twins) -> None:
    first = Drawn(twins, "differential 3").transaction()
    twins.reset()
    assert Drawn(twins, "differential 3").transaction() == first
    assert bundle([of_wallet(twins, "session", 0)]) != first
