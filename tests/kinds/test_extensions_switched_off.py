"""A lab that does not name an extension refuses it, and says how to allow it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import sessionlab as sl
from sessionlab.core.permissions import EXTENSIONS

from .scenarios import SCENARIOS


@pytest.fixture(scope="module")
def labs() -> Iterator[dict[str, sl.Lab]]:
    yield {rules: sl.Lab(rules) for rules in ("documented", "deployed")}


@pytest.mark.parametrize("name", EXTENSIONS)
@pytest.mark.parametrize("rules_name", ["documented", "deployed"])
def test_a_lab_without_the_extension_names_it_and_says_how_to_allow_it(
    labs: dict[str, sl.Lab], name: str, rules_name: str
) -> None:
    lab = labs[rules_name]
    with_it = sl.Lab(rules_name, extensions=EXTENSIONS)
    permissions = SCENARIOS[name](with_it, with_it.wallet().address).permissions
    before = lab.chain.height
    with pytest.raises(sl.GrantRefused, match="UnsupportedPermissionTypeError") as refused:
        lab.wallet().grant_permissions([one.to_json() for one in permissions], key=sl.new_key(1))
    assert refused.value.field == "permissions[0].type" and refused.value.asked == name
    assert f"Lab(extensions=({name!r},))" in str(refused.value.fix)
    assert f"--extension {name}" in str(refused.value.fix)
    assert before <= lab.chain.height
