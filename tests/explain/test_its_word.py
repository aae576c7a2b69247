"""What it says is what happens: drawn operations, and everything that is said about them held against sending.

``--its-word N`` draws N cases under each ruleset. Liars are planted to show that a broken word is found.
"""

from __future__ import annotations

import pytest

from tests.explain import its_word

RULES = ("documented", "deployed")
#: How many cases a test holds, so that a failure is small and tests run side by side.
SLICE = 25


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        metafunc.parametrize("first", range(0, metafunc.config.getoption("--its-word"), SLICE))


@pytest.mark.parametrize("rules", RULES)
def test_it_keeps_its_word(rules: str, first: int, request: pytest.FixtureRequest) -> None:
    last = min(first + SLICE, request.config.getoption("--its-word"))
    broken = [word for seed in range(first, last) for word in its_word.broken_in(rules, seed)]
    assert not broken, f"{len(broken)} broken: " + "\n\n".join(broken[:5])


@pytest.mark.parametrize("rules", RULES)
def test_a_comparison_keeps_its_word(rules: str, first: int, request: pytest.FixtureRequest) -> None:
    last = min(first + SLICE, request.config.getoption("--its-word"))
    broken = [word for seed in range(first, last) for word in its_word.broken_by_comparison(rules, seed)]
    assert not broken, f"{len(broken)} broken: " + "\n\n".join(broken[:5])
