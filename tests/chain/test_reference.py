"""METHODS.md is what the tables say, and no published method is passed over in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.core.evm.chain import Chain
from sessionlab.node.left_out import LEFT_OUT
from sessionlab.node.methods import METHODS, handle
from sessionlab.node.parameters import PARAMETERS
from sessionlab.node.reference import GROUPS, left_out, reference, served
from tests.project.repository import ROOT

PUBLISHED = json.loads((Path(__file__).parent / "execution_apis.json").read_text(encoding="utf-8"))["results"]


def test_the_reference_is_written_from_the_tables() -> None:
    """If it is not: ``python -m sessionlab.node.reference > sessionlab/node/METHODS.md``."""
    assert (ROOT / "sessionlab" / "node" / "METHODS.md").read_text(encoding="utf-8") == reference()


def test_every_published_method_is_served_or_left_out_with_a_reason() -> None:
    assert PUBLISHED.keys() - set(served()) - left_out().keys() == set()
    of_nodes = {name for name in LEFT_OUT if not name.startswith((*OF_CHAINS, "evm_"))}
    assert of_nodes - PUBLISHED.keys() == {"eth_subscribe"}
    assert LEFT_OUT.keys().isdisjoint(METHODS) and all(LEFT_OUT.values())


def test_every_served_method_has_a_group() -> None:
    text = reference()
    for name in served():
        assert (
            any(name.startswith(prefix) for prefix in GROUPS)
            and len(re.findall(f"^- `{name}`(?:\n|: )", text, re.MULTILINE)) == 1
        )


OF_CHAINS = ("anvil_", "hardhat_")


def test_every_method_of_a_node_names_its_parameters() -> None:
    named = {name for name in PARAMETERS if not name.startswith(OF_CHAINS)}
    assert named == {name for name in METHODS if not name.startswith(OF_CHAINS)}
    cheats = {name.partition("_")[2] for name in METHODS if name.startswith(OF_CHAINS)}
    assert {name.partition("_")[2] for name in PARAMETERS if name.startswith(OF_CHAINS)} == cheats
    assert METHODS.keys() <= PARAMETERS.keys()


@pytest.fixture(scope="module")
def chain() -> Chain:
    return sl.Lab().chain


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_surplus_parameter_is_refused_and_nothing_is_done(chain: Chain, method: str) -> None:
    before = chain.engine.head
    taken = len(PARAMETERS[method].split())
    with pytest.raises(sl.RpcError, match=f"too many arguments, want at most {taken}") as error:
        handle(chain, method, [None] * (taken + 1))
    assert error.value.code == -32602 and f"(field: params[{taken}])" in error.value.message
    assert chain.engine.head is before


def required_of(method: str) -> list[str]:
    return [name for name in PARAMETERS[method].split() if not name.endswith("?")]


@pytest.mark.parametrize("method", [name for name in sorted(METHODS) if required_of(name)])
def test_a_missing_parameter_is_refused_by_its_name_and_null_is_none(chain: Chain, method: str) -> None:
    before = chain.engine.head
    required = required_of(method)
    nothing: list[None] = []
    for params in (nothing, [None] * len(required)):
        with pytest.raises(sl.RpcError, match="missing value for required argument 0") as error:
            handle(chain, method, params)
        assert (error.value.code, f"(field: {required[0]})" in error.value.message) == (-32602, True)
    assert chain.engine.head is before


@pytest.mark.parametrize(
    "method", ["eth_supportedEntryPoints", "lab_status", "lab_describe", "rundler_maxPriorityFeePerGas"]
)
def test_a_method_of_the_api_without_parameters_refuses_any(method: str) -> None:
    lab = sl.Lab()
    assert lab.api.handle(method, []) == lab.api.handle(method)
    bad: tuple[object, ...] = (["0x1"], [{}], {"a": 1})
    for params in bad:
        with pytest.raises(sl.RpcError, match="too many arguments, want at most 0"):
            lab.api.handle(method, params)
