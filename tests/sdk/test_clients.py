"""Published clients take a served lab for a node: their steps on it, and on anvil as a control."""

from __future__ import annotations

from collections.abc import Set

import pytest

from tests.bench.node import Unavailable
from tests.missing import missing
from tests.npm import UnavailableError
from tests.sdk.client_tables import ANVIL, NOT_YET, STEPS
from tests.sdk.flows import FOLDER, Node, Step, node_of, run_flow
from tests.sdk.node import install
from tests.sdk.web3py_flow import web3py_steps


@pytest.fixture(scope="module", autouse=True)
def clients() -> None:
    """The clients of the lock file. Without npm the tests are skipped; in CI they fail."""
    try:
        install(FOLDER)
    except UnavailableError as error:
        missing(error)


def steps_of(flow: str, node: Node) -> list[Step]:
    return web3py_steps(node.url) if flow == "web3py" else run_flow(flow, node)


@pytest.mark.parametrize("flow", NOT_YET)
def test_a_client_on_a_served_lab(flow: str) -> None:
    with node_of("lab") as node:
        steps = steps_of(flow, node)
    compare(steps, NOT_YET[flow].keys())
    assert len(steps) == STEPS[flow]


@pytest.mark.parametrize("flow", ANVIL)
def test_the_same_client_on_anvil(flow: str) -> None:
    try:
        with node_of("anvil") as node:
            steps = steps_of(flow, node)
    except Unavailable as error:
        missing(error)
    compare(steps, ANVIL[flow].keys())
    assert len(steps) == STEPS[flow]


def compare(steps: list[Step], failing: Set[str]) -> None:
    """Each step passes or fails as its table says. A step that newly passes leaves the table."""
    told = {step.name: step for step in steps}
    assert len(told) == len(steps), "two steps have one name"
    assert failing <= told.keys(), "a table lists a step that there is not"
    wrong = {name: step.shown for name, step in told.items() if not step.passed and name not in failing}
    assert wrong == {}, "these steps fail"
    assert {name for name in failing if told[name].passed} == set(), "these steps pass now: take them out of the table"


def test_a_table_is_held_in_both_directions() -> None:
    steps = [Step("right", True, 1), Step("wrong", False, 2)]
    compare(steps, {"wrong"})
    for table, says in (
        (set[str](), "these steps fail"),
        ({"wrong", "right"}, "pass now"),
        ({"wrong", "lost"}, "that there is not"),
    ):
        with pytest.raises(AssertionError, match=says):
            compare(steps, table)
    with pytest.raises(AssertionError, match="one name"):
        compare([*steps, steps[0]], {"wrong"})
