"""Every grant that the vectors decide, decided again."""

from __future__ import annotations

import pytest

from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.permissions import (
    check_grant,
    check_install,
    permissions_from_json,
    permissions_to_json,
    ruleset,
)

from .vectors import lines


@pytest.mark.parametrize(("rules", "count"), [("deployed", 720), ("documented", 712)])
def test_grants_are_decided_as_in_the_vectors(rules: str, count: int) -> None:
    wrong = []
    for line in lines(rules):
        decided = {"granted": True, "where": None, "reason": None}
        permissions = permissions_from_json(line["permissions"])
        where = "builder"
        try:
            wallet = line["addresses"]["WALLET"]
            check_grant(permissions, wallet=wallet, expiry=line["expiry"], now=line["time0"], rules=ruleset(rules))
            where = "onchain"
            check_install(permissions, expiry=line["expiry"], valid_after=line["valid_after"])
        except GrantRefused as refused:
            decided = {"granted": False, "where": where, "reason": refused.rule}
        if any(line["grant"][key] != value for key, value in decided.items()):
            wrong.append((line["id"], decided, line["grant"]))
    assert wrong == []
    assert len(lines(rules)) == count


@pytest.mark.parametrize("rules", ["deployed", "documented"])
def test_permissions_of_the_vectors_are_written_as_they_were_read(rules: str) -> None:
    for line in lines(rules):
        assert permissions_to_json(permissions_from_json(line["permissions"])) == line["permissions"]
