"""Gas is the same on every machine, so its targets are asserted (PERFORMANCE.md, RULES.md section 4)."""

import pytest

from tests.bench import gas


@pytest.fixture(scope="module")
def figures():
    return gas.figures()


def test_every_row_of_the_production_table_is_there(figures):
    names = [figure.name for figure in figures]
    assert len(names) == len(set(names)) == 5 + 4 + 4 + 1 + 3 + 4
    assert all(figure.unit == "gas" and figure.value == int(figure.value) for figure in figures)


def test_no_operation_costs_over_its_target(figures):
    over = [(figure.name, figure.ratio) for figure in figures if not figure.holds]
    assert not over


def test_a_hundred_permissions_cost_what_one_does(figures):
    crowded = [figure for figure in figures if figure.name.startswith("gas with 100")]
    assert len(crowded) == 4
    assert all(figure.ratio is not None and figure.ratio <= gas.MANY_MOST for figure in crowded)


def test_measuring_twice_finds_the_same(figures):
    assert gas.meters()[0].session(gas.CASES[0]) == gas.meters()[0].session(gas.CASES[0])
