"""Everybody by role, and a world of their own for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sessionlab.core.base.keys import Key
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, Ruleset
from tests.conftest import EntryPointUnderTest

from . import world as worlds
from .world import World


@pytest.fixture
def owner() -> Key:
    return worlds.OWNER


@pytest.fixture
def session_key() -> Key:
    return worlds.SESSION


@pytest.fixture
def stranger() -> Key:
    return worlds.STRANGER


@pytest.fixture
def bundler() -> Key:
    return worlds.BUNDLER


@pytest.fixture
def sponsor() -> Key:
    return worlds.SPONSOR


@pytest.fixture
def merchant() -> str:
    """An address that has nothing at first."""
    return worlds.MERCHANT


@pytest.fixture(params=[DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def rules(request: pytest.FixtureRequest) -> Ruleset:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def make_world(entry_point: EntryPointUnderTest) -> Callable[[Ruleset], World]:
    return lambda rules: worlds.fresh_world(entry_point, rules)


@pytest.fixture
def world(make_world: Callable[[Ruleset], World]) -> World:
    """Under the documented rules, on each EntryPoint."""
    return make_world(DOCUMENTED)


@pytest.fixture
def ruled_world(make_world: Callable[[Ruleset], World], rules: Ruleset) -> World:
    """Under each ruleset, on each EntryPoint."""
    return make_world(rules)
