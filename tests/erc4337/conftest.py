"""Labs under both rulesets, on both EntryPoints."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab import world
from sessionlab.erc4337.user_operation import SENDER_CREATOR
from tests.conftest import EntryPointUnderTest


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest, entry_point: EntryPointUnderTest) -> sl.Lab:
    """The canonical EntryPoint made its SenderCreator elsewhere than in production; a rehearsal asks the usual one."""
    ours = world.entry_point()[SENDER_CREATOR]
    return sl.Lab(rules=request.param, entry_point={SENDER_CREATOR: ours, **entry_point.accounts})
