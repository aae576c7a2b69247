"""The walk over every permission type, under both rulesets, with the extensions switched on."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.permissions import EXTENSIONS, PERMISSION_TYPES

from .scenarios import SCENARIOS
from .walk import Walk


@pytest.fixture(scope="module", params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=list(PERMISSION_TYPES))
def walk(request: pytest.FixtureRequest, rules: str) -> Walk:
    lab = sl.Lab(rules, extensions=EXTENSIONS)
    wallet = lab.wallet()
    scenario = SCENARIOS[request.param](lab, wallet.address)
    key = sl.new_key(7)
    session = wallet.grant_permissions(scenario.permissions, expiry_sec=lab.now + 3600, key=key)
    before = repr(session.check(scenario.passes))
    done = session.send_calls(scenario.passes)
    if scenario.wait:
        lab.travel(scenario.wait)
    return Walk(request.param, lab, wallet, session, scenario, before, done, session.send_calls(scenario.refused))
