from __future__ import annotations

import doctest
from dataclasses import fields, replace

import pytest

import sessionlab.core.permissions.rulesets as module
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, FLAGS, Ruleset, ruleset


def test_the_flags_are_the_eight_differences_in_order() -> None:
    assert [flag.number for flag in FLAGS] == [f"R{i}" for i in range(1, 9)]
    assert ["name", *(flag.name for flag in FLAGS), "extensions"] == [field.name for field in fields(Ruleset)]
    assert all(flag.documented and flag.deployed and flag.why for flag in FLAGS)


def test_the_two_rulesets_are_the_two_ends() -> None:
    assert (DOCUMENTED.bits, DEPLOYED.bits) == (0xFF, 0)
    assert Ruleset("documented") == DOCUMENTED


@pytest.mark.parametrize("i", range(8))
def test_each_flag_has_its_bit(i: int) -> None:
    assert replace(DEPLOYED, **{FLAGS[i].name: True}).bits == 1 << i


def test_rulesets_print_well() -> None:
    assert repr(DEPLOYED) == "<Ruleset deployed: documented in nothing>"
    assert repr(replace(DEPLOYED, name="mine", gas_limit_counts_gas=True)) == "<Ruleset mine: documented in R3>"


def test_a_ruleset_by_name() -> None:
    assert ruleset("deployed") is DEPLOYED
    assert ruleset(DOCUMENTED) is DOCUMENTED


@pytest.mark.parametrize(
    ("name", "fix"),
    [("deploid", "Did you mean 'deployed'?"), (None, "Use one of: documented, deployed")],
)
def test_an_unknown_ruleset_is_refused(name: str, fix: str) -> None:
    with pytest.raises(InvalidInput, match="is not a ruleset") as refused:
        ruleset(name)
    assert (refused.value.field, refused.value.fix) == ("rules", fix)


def test_the_example_in_the_docstring_runs() -> None:
    assert doctest.testmod(module).failed == 0
