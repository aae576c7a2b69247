"""Whatever the debug methods are sent, they answer or refuse by the field's name, and a refusal changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, to_json
from sessionlab.node.bundler.debug_methods import DEBUG_METHODS
from tests.bending import bent
from tests.bundler.actors import Actors

LIKELY = ["0x", "0x0", "0x1", "1", "", "auto", "manual", None, 0, -1, 1.5, True, 2**256, "0x" + "22" * 20, {}, [], [{}]]
values = st.recursive(
    st.sampled_from(LIKELY) | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    """A strict lab, in which an operation waits."""
    lab = sl.Lab(bundler="strict")
    actors = Actors(lab)
    lab.bundler.set_manual(True)
    lab.bundler.take(actors.operation(actors.account(), paymaster=actors.paymaster()))
    return lab


@pytest.fixture(scope="module")
def good(lab: sl.Lab) -> dict[str, list[Any]]:
    (waiting,) = lab.bundler.waiting
    entry = {"address": lab.merchant, "opsSeen": "0x14", "opsIncluded": "0x1"}
    given: dict[str, list[Any]] = {
        "dumpMempool": [ENTRY_POINT],
        "dumpReputation": [ENTRY_POINT],
        "setBundlingMode": ["auto"],
        "setReputation": [[entry], ENTRY_POINT],
        "addUserOps": [[to_json(waiting.operation)], ENTRY_POINT],
        "getStakeStatus": [lab.merchant, ENTRY_POINT],
    }
    return {name: given.get(name.rpartition("_")[2], []) for name in DEBUG_METHODS}


@pytest.mark.parametrize("method", DEBUG_METHODS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_method_answers_or_refuses(lab: sl.Lab, good: dict[str, list[Any]], method: str, data: st.DataObject) -> None:
    params = bent(data.draw, good[method], values, least=1)
    before = lab.chain.state_root, lab.bundler.capture()
    snapshot = lab.snapshot()
    try:
        json.dumps(lab.provider.request(method, params))
    except RpcError as error:
        assert error.code == -32602
        assert error.data["field"]
        assert error.data["fix"]
        assert (lab.chain.state_root, lab.bundler.capture()) == before
    finally:
        lab.revert(snapshot)


@pytest.mark.parametrize("method", DEBUG_METHODS)
def test_what_is_good_is_answered(lab: sl.Lab, good: dict[str, list[Any]], method: str) -> None:
    snapshot = lab.snapshot()
    assert lab.provider.request(method, good[method]) is not None
    lab.revert(snapshot)
