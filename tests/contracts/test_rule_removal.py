"""Every check of the wallet is needed: a wallet without it does something else in some scenario.

``MUTATIONS`` names each check with a patch that removes or bends it. A patch must match the source exactly
once; the scenario must end as expected on the real wallet, and otherwise on the patched one. The last test
reads the sources and asks that no refusal is missing from the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sessionlab import world as lab
from sessionlab.contracts.patched import compile_all, runtime_of, source_of
from sessionlab.permissions import (
    Ruleset,
)
from sessionlab.permissions.kinds import contract_bits
from tests.conftest import EntryPointUnderTest
from tests.locking import one_at_a_time

from . import (  # each enters its part of the table
    rules_of_calls,
    rules_of_grants,
    rules_of_sessions,
    rules_of_the_wallet,
)
from . import world as worlds
from .mutants import MODULES, Mutation
from .rule_scenarios import (
    word,
)
from .rule_table import MUTATIONS
from .world import (
    World,
)

PARTS = (rules_of_the_wallet, rules_of_sessions, rules_of_grants, rules_of_calls)


@pytest.fixture(scope="session")
def mutant_code(request: pytest.FixtureRequest) -> Callable[[Mutation], bytes]:
    """The runtime code of a mutant; the first call compiles all that this run needs."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["mutation"].patched for call in calls if call and "mutation" in call.params]
    with one_at_a_time("contracts"):
        code = compile_all(wanted, Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]
    return lambda mutation: code(mutation.patched)


def patched_world(entry_point: EntryPointUnderTest, rules: Ruleset, code: bytes) -> World:
    world = worlds.fresh_world(entry_point, rules)
    immutables = word(contract_bits(rules)) + bytes(12) + bytes.fromhex(lab.FACTORY[2:])
    for where in (lab.IMPLEMENTATION, lab.DELEGATE_7702):
        world.chain.set_code(where, code + immutables)
    return world


def test_a_wallet_compiled_like_the_mutants_but_unpatched_is_no_different(entry_point: EntryPointUnderTest) -> None:
    """So that what a mutant does otherwise is due to its patch."""
    code = runtime_of("SessionWallet", source_of("SessionWallet"))
    for mutation in MUTATIONS:
        world = patched_world(entry_point, mutation.rules, code)
        assert mutation.scenario(world) == mutation.expect, mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=repr)
def test_a_wallet_without_this_check_does_something_else(
    mutation: Mutation, entry_point: EntryPointUnderTest, mutant_code: Callable[[Mutation], bytes]
) -> None:
    world = worlds.fresh_world(entry_point, mutation.rules)
    assert mutation.scenario(world) == mutation.expect
    world = patched_world(entry_point, mutation.rules, mutant_code(mutation))
    assert mutation.scenario(world) != mutation.expect, "the check can be removed without any test failing"


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
    "rules._say(",
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
def test_the_table_names_every_refusal(module: str) -> None:
    patched = {line for one in MUTATIONS if one.file == module for line in one.lines}
    missing = {line + 1: code for line, code in refusals(module).items() if line not in patched}
    assert not missing
    if module not in ("signatures", "reading"):
        assert len(refusals(module)) >= 2


def test_every_patch_matches_the_source_exactly_once() -> None:
    for mutation in MUTATIONS:
        assert mutation.lines
        assert mutation.patched.source != source_of(mutation.file)


def test_the_modules_of_the_table_hold_all_rules_of_the_wallet() -> None:
    """A new module of the wallet must join the table."""
    import re

    imported = {name for module in MODULES for name in re.findall(r"^import (\w+)", source_of(module), re.M)}
    assert imported <= {*MODULES, "rules", "operations"}  # the two that refuse nothing


def test_a_patch_that_matches_nothing_fails() -> None:
    with pytest.raises(ValueError, match="0 times"):
        replace(MUTATIONS[0], old="no such line").lines  # noqa: B018
