"""A bent install installs nothing, or what was signed. ``--calldata 50000`` sends 12,500 of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessionlab.attacks.scene import fresh_scene
from sessionlab.attacks.weakness import compiled, find_weakness, weak_scene
from sessionlab.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, Ruleset, extended
from tests.locking import one_at_a_time

from .installs import Installs, granted_under
from .runs import send_all

#: Half of the inputs go to wallets that know the extensions.
RULES = (DOCUMENTED, DEPLOYED, *(extended(rules, EXTENSIONS) for rules in (DOCUMENTED, DEPLOYED)))


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: "-".join((rules.name, *rules.extensions)))
def test_nothing_else_is_installed_than_was_signed(rules: Ruleset, request: pytest.FixtureRequest) -> None:
    wanted = int(request.config.getoption("--calldata")) // 4 // len(RULES)
    assert {row.kind for row in granted_under(rules)} >= {EXTENSIONS[name] for name in rules.extensions}
    tally = send_all(Installs(fresh_scene(rules)).judge, wanted)
    print(tally)
    assert tally.operations == wanted
    assert tally.accepted
    assert tally.refusals


@pytest.mark.parametrize("name", ["deferred-unsigned"])
def test_an_install_that_nobody_signed_is_found_out(name: str, request: pytest.FixtureRequest) -> None:
    """The fuzz can fail: without the check of the owner's signature, something else is installed."""
    weakness = find_weakness(name)
    with one_at_a_time("contracts"):
        code = compiled([weakness], Path(request.config.cache.mkdir("contracts")))  # type: ignore[union-attr]
    with pytest.raises(AssertionError, match="for the id"):
        send_all(Installs(weak_scene(weakness, code(weakness))).judge, 1_000)
