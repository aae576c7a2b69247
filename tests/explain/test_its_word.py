"""What it says is what happens: drawn operations, and everything that is said about them held against sending.

``--its-word N`` draws N cases under each ruleset. Liars are planted to show that a broken word is found. What is
proposed from recorded runs is granted and sent again in ``tests/recording/test_mined_runs.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.denials.reasons import allowances
from sessionlab.core.erc4337 import simulate
from sessionlab.core.wallet_api import failed_operation, prepare
from sessionlab.experiments import OPERATION_LIMITS, evm
from sessionlab.experiments.addresses import WALLET_BALANCE
from sessionlab.study.explain import of_session, remedies, what_if_method
from sessionlab.study.recording.gas_under import GasUnder
from tests.explain import its_word

RULES = ("documented", "deployed")
#: How many cases a test holds, so that a failure is small and tests run side by side.
SLICE = 25

Broken = Callable[[str, int], list[str]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        metafunc.parametrize("first", range(0, metafunc.config.getoption("--its-word"), SLICE))


@pytest.fixture
def last(first: int, request: pytest.FixtureRequest) -> int:
    return min(first + SLICE, int(request.config.getoption("--its-word")))


@pytest.mark.parametrize("rules", RULES)
def test_checks_explanations_and_fixes_keep_their_word(rules: str, first: int, last: int) -> None:
    holds(its_word.broken_in, rules, range(first, last))


@pytest.mark.parametrize("rules", RULES)
def test_a_comparison_keeps_its_word(rules: str, first: int, last: int) -> None:
    holds(its_word.broken_by_comparison, rules, range(first, last, 2))


@pytest.mark.parametrize("rules", RULES)
def test_a_sweep_keeps_its_word(rules: str, first: int, last: int) -> None:
    holds(its_word.broken_by_sweep, rules, range(first, last, 3))


def holds(broken: Broken, rules: str, seeds: range) -> None:
    words = [word for seed in seeds for word in broken(rules, seed)]
    assert not words, f"{len(words)} of {rules} are broken: " + "\n\n".join(words[:5])


# -- liars

Patch = pytest.MonkeyPatch


def check_that_nods(patch: Patch) -> None:
    patch.setattr(of_session, "check", lambda session, asked: of_session.Check(None, ()))


def check_without_the_policy(patch: Patch) -> None:
    judged = of_session.judged
    patch.setattr(of_session, "judged", lambda session, asked: judged(session, asked._replace(policy_id=None)))


def check_with_a_simulation_that_is_not_asked_for(patch: Patch) -> None:
    judged = of_session.judged
    patch.setattr(of_session, "judged", lambda session, asked: judged(session, asked._replace(preflight=True)))


def check_at_another_price(patch: Patch) -> None:
    judged = of_session.judged

    def cheap(session: Any, asked: of_session.Asked) -> Any:
        return judged(session, asked._replace(gas=replace(asked.gas, max_fee=None, max_priority_fee=None)))

    patch.setattr(of_session, "judged", cheap)


def check_that_leaves_a_promise(patch: Patch) -> None:
    sponsored: Any = prepare._sponsored
    patch.setattr(prepare, "_sponsored", lambda *arguments, judge_only: sponsored(*arguments, judge_only=False))


def remedy_that_nobody_tried(patch: Patch) -> None:
    solve = remedies._solve

    def by_the_rules(start: Any, attempt: Any) -> Any:
        passing, _, outside, stays = solve(start, None)
        return passing, True, outside, stays

    patch.setattr(remedies, "_solve", by_the_rules)


def remedy_without_the_policy(patch: Patch) -> None:
    patch.setattr(what_if_method, "_unpaid", lambda *_: None)


def check_that_forgets_the_gas_of_the_entry_point(patch: Patch) -> None:
    patch.setattr(simulate._Stage, "asks_entry_point", lambda self: None)


def fix_for_one_call(patch: Patch) -> None:
    patch.setattr(allowances, "_of_all_calls", lambda limit, context, call, asked, left: (asked, left))


def fix_that_a_limit_forbids(patch: Patch) -> None:
    patch.setattr(failed_operation, "limits_of", lambda permissions: {})


def comparison_with_recorded_gas(patch: Patch) -> None:
    patch.setattr(GasUnder, "__call__", lambda self, number, sent: self._recording.steps[number].gas)


def sweep_with_a_million_gas(patch: Patch) -> None:
    run = evm.run

    def fixed(permissions: Any, planned: Any, *facts: Any) -> Any:
        return run(permissions, [replace(item, gas=OPERATION_LIMITS) for item in planned], *facts)

    patch.setattr(evm, "run", fixed)


def sweep_with_a_deposit(patch: Patch) -> None:
    def staged(rules: Any, price: int) -> evm.Stage:
        stage = evm.Stage(lab := sl.Lab(rules, base_fee=price), lab.wallet(balance=WALLET_BALANCE), 0)
        lab.deposit(stage.wallet.address, 10**12 * price)
        return stage

    patch.setattr(evm, "_at_the_beginning", staged)


LIARS: dict[Callable[[Patch], None], Broken] = {
    check_that_nods: its_word.broken_in,
    check_without_the_policy: its_word.broken_in,
    check_with_a_simulation_that_is_not_asked_for: its_word.broken_in,
    check_at_another_price: its_word.broken_in,
    check_that_leaves_a_promise: its_word.broken_in,
    remedy_that_nobody_tried: its_word.broken_in,
    remedy_without_the_policy: its_word.broken_in,
    check_that_forgets_the_gas_of_the_entry_point: its_word.broken_in,
    fix_for_one_call: its_word.broken_in,
    fix_that_a_limit_forbids: its_word.broken_in,
    comparison_with_recorded_gas: its_word.broken_by_comparison,
    sweep_with_a_million_gas: its_word.broken_by_sweep,
    sweep_with_a_deposit: its_word.broken_by_sweep,
}


#: Where a liar was caught that only some cases give away: the search begins there.
GIVEN_AWAY = {
    check_with_a_simulation_that_is_not_asked_for: 30,
    check_at_another_price: 20,
    check_that_leaves_a_promise: 9,
    check_that_forgets_the_gas_of_the_entry_point: 25,
    fix_for_one_call: 45,
    fix_that_a_limit_forbids: 87,
    comparison_with_recorded_gas: 10,
    sweep_with_a_million_gas: 17,
}


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
def test_a_liar_is_caught(liar: Callable[[Patch], None], monkeypatch: Patch) -> None:
    liar(monkeypatch)
    seeds = sorted(range(90), key=lambda seed: seed < GIVEN_AWAY.get(liar, 0))
    assert any(LIARS[liar](rules, seed) for seed in seeds for rules in RULES)
