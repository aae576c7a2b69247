"""Each rule of ERC-7562 about validation: what breaks it is named exactly, and what just keeps it passes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from sessionlab.node.bundler.rule_table import RULES
from tests.conftest import EntryPointUnderTest
from tests.erc7562.cases import Pair
from tests.erc7562.entity_cases import PAIRS
from tests.erc7562.yard import Broken, Yard


@pytest.fixture(scope="module")
def grown(entry_point: EntryPointUnderTest) -> Yard:
    return Yard(entry_point.for_a_lab)


@pytest.fixture
def yard(grown: Yard) -> Iterator[Yard]:
    grown.reset()
    yield grown


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_breaks_a_rule_is_named_exactly(yard: Yard, pair: Pair) -> None:
    operation = pair.breaks(yard)
    done = yard.validate(operation)
    expected = tuple(one.at(operation) if hasattr(one, "at") else one for one in pair.broken)
    assert tuple(map(Broken.of, done.violations)) == expected
    assert not done.ok
    assert done.broken() == done.violations, done.rejection


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_just_keeps_a_rule_passes(yard: Yard, pair: Pair) -> None:
    done = yard.validate(pair.keeps(yard))
    assert (done.violations, done.rejection) == ((), None)
    assert done.ok
    assert [phase.entity for phase in done.trace.phases] == list(done.entities)


def test_there_are_enough_of_them_and_each_rule_is_broken_by_one() -> None:
    assert len(PAIRS) >= 70
    assert all(count == 1 for count in Counter(pair.name for pair in PAIRS).values())
    broken = {one.rule for pair in PAIRS for one in pair.broken}
    assert broken == set(RULES) - {"COD-010"}  # which needs two validations: see test_twice.py
    assert all(re.fullmatch(r"[A-Z]+-0\d\d", rule) for rule in broken)
