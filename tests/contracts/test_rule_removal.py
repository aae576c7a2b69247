"""Every check of the wallet is needed: a wallet without it does something else in some scenario.

The mutants stand in ``sessionlab.attacks.mutants``; here stands which scenario tells each from the original.
A scenario must end as expected on the original, and otherwise on the mutant. Ordinarily every fortieth mutant is
compiled, with ``--every-mutant`` all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sessionlab.attacks.attack_lab import AttackLab
from sessionlab.attacks.install_code import place
from sessionlab.attacks.mutants import MUTANTS, Mutant, compiled, find_mutant
from sessionlab.attacks.mutants.recompile import source_of
from tests.conftest import EntryPointUnderTest
from tests.locking import one_at_a_time

from . import scenarios_of_calls, scenarios_of_grants, scenarios_of_sessions, scenarios_of_the_wallet
from . import world as worlds
from .scenarios import Scenarios

PARTS = (scenarios_of_the_wallet, scenarios_of_sessions, scenarios_of_grants, scenarios_of_calls)
SCENARIOS: Scenarios = {name: scenario for part in PARTS for name, scenario in part.SCENARIOS.items()}
KILLED = [find_mutant(name) for name in SCENARIOS]
UNCHANGED = Mutant("unchanged", "nothing is changed", old="")
#: The wallet and the modules that hold its rules.
MODULES = sorted({mutant.module for mutant in MUTANTS if mutant.contract == "SessionWallet"})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "mutant" in metafunc.fixturenames:
        every = 1 if metafunc.config.getoption("--every-mutant") else 40
        metafunc.parametrize("mutant", KILLED[::every], ids=lambda mutant: mutant.name)


@pytest.fixture(scope="session")
def code(request: pytest.FixtureRequest) -> Callable[[Mutant], bytes]:
    """The runtime code of a mutant; the first call compiles all that this run needs."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["mutant"] for call in calls if call and "mutant" in call.params]
    with one_at_a_time("contracts"):
        return compiled(wanted, Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]


def world_with(entry_point: EntryPointUnderTest, mutant: Mutant, code: bytes = b"") -> AttackLab:
    """A fresh world under the mutant's rules, with this code in place of the wallet's own, if there is any."""
    world = worlds.fresh_world(entry_point, mutant.ruleset)
    if code:
        place(world.chain, world.rules, mutant.contract, code)
    return world


def test_a_wallet_that_is_compiled_like_the_mutants_but_unchanged_is_no_different(
    entry_point: EntryPointUnderTest, request: pytest.FixtureRequest
) -> None:
    """So that what a mutant does otherwise is due to its change."""
    with one_at_a_time("contracts"):
        code = compiled([UNCHANGED], Path(request.config.cache.mkdir("contracts")))(UNCHANGED)  # type: ignore[union-attr]
    for mutant in KILLED:
        scenario, expected = SCENARIOS[mutant.name]
        assert scenario(world_with(entry_point, mutant, code)) == expected, mutant


def test_a_wallet_without_this_check_does_something_else(
    mutant: Mutant, entry_point: EntryPointUnderTest, code: Callable[[Mutant], bytes]
) -> None:
    scenario, expected = SCENARIOS[mutant.name]
    assert scenario(world_with(entry_point, mutant)) == expected
    assert scenario(world_with(entry_point, mutant, code(mutant))) != expected, (
        "the check can be removed without any test failing"
    )


def test_what_no_attack_notices_has_a_scenario() -> None:
    """Mutants that are stricter than the original are killed here or nowhere."""
    assert {mutant.name for mutant in MUTANTS if mutant.stricter} - set(SCENARIOS) == set()
    assert sum(len(part.SCENARIOS) for part in PARTS) == len(SCENARIOS)


#: Helpers that refuse; every call of them is a refusal.
REFUSALS = (
    "raw_revert(",
    "reading._fail(",
    "self._refuse_function(",
    "self._refuse_target(",
    "self._refuse_no_selector(",
    "self._refuse_selector(",
    "self._not_authorized(",
    "self._fail(",
    "return False",
    "rules._documented(",
)
#: Functions that only refuse: what counts is who calls them.
ONLY_REFUSE = (
    "_fail",
    "_refuse_function",
    "_refuse_target",
    "_refuse_no_selector",
    "_refuse_selector",
    "_not_authorized",
)


def refusals(module: str) -> dict[int, str]:
    """The line of each refusal's condition (or of the refusal, where it has none), and the refusal."""
    lines = source_of(module).splitlines()
    found = {}
    for number, line in enumerate(lines):
        code = line.split("#")[0]
        if not any(word in code for word in REFUSALS):
            continue
        indent = len(line) - len(line.lstrip())
        guard = next(n for n in range(number, -1, -1) if n < number and _opens(lines[n], indent))
        if lines[guard].startswith("def "):
            if lines[guard][4:].partition("(")[0] in ONLY_REFUSE:
                continue
            guard = number
        found[number if code.lstrip().startswith(("if ", "elif ")) else guard] = code.strip()
    return found


def _opens(line: str, indent: int) -> bool:
    """Whether the block of a line of this indent begins here."""
    mine = len(line) - len(line.lstrip())
    return bool(line.strip()) and mine < indent and line.lstrip().startswith(("if ", "elif ", "def ", "else:"))


@pytest.mark.parametrize("module", MODULES)
def test_every_refusal_of_the_wallet_has_a_mutant(module: str) -> None:
    changed = {line for mutant in MUTANTS if mutant.module == module for line in mutant.lines}
    missing = {line + 1: code for line, code in refusals(module).items() if line not in changed}
    assert not missing
    if module not in ("signatures", "reading", "standards"):
        assert len(refusals(module)) >= 2


def test_the_modules_of_the_table_hold_all_rules_of_the_wallet() -> None:
    """A new module of the wallet must join the table."""
    import re

    imported = {name for module in MODULES for name in re.findall(r"^import (\w+)", source_of(module), re.M)}
    assert imported <= {*MODULES, "rules", "operations", "views"}  # those that refuse nothing


def test_a_change_that_matches_nothing_fails() -> None:
    with pytest.raises(ValueError, match="0 times"):
        replace(MUTANTS[0], old="no such line").lines  # noqa: B018
