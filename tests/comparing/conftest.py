"""How many pairs of policies are drawn."""

from __future__ import annotations

import pytest

SLICE = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first_pair" in metafunc.fixturenames:
        pairs = int(metafunc.config.getoption("--comparisons"))
        metafunc.parametrize("first_pair", range(0, pairs, SLICE))


@pytest.fixture
def seeds(first_pair: int, request: pytest.FixtureRequest) -> range:
    return range(first_pair, min(first_pair + SLICE, int(request.config.getoption("--comparisons"))))
