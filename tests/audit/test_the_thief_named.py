"""The thief may be an address that the session names: then nothing is said of other contracts."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.study.audit import A_THIEF

RULES = ["documented", "deployed"]


@pytest.mark.parametrize("rules", RULES)
def test_a_thief_whom_the_session_may_call_is_not_all_contracts(rules: str) -> None:
    lab = sl.Lab(rules)
    permissions = [sl.NativeTokenTransfer(allowance=5), sl.ContractAccess(address=lab.recipient)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    named = session.audit(thief=lab.recipient)
    assert not [finding for finding in named.findings if finding.id.startswith("wildcard")]
    assert "all contracts" not in str(named)
    other = session.audit()
    assert [(f.id, f.severity) for f in named.findings] == [(f.id, f.severity) for f in other.findings]
    assert [(loss.asset, loss.now) for loss in named.losses] == [(loss.asset, loss.now) for loss in other.losses]


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("thief", ["recipient", "placeholder"])
def test_what_is_allowed_on_all_contracts_is_found_whoever_the_thief_is(rules: str, thief: str) -> None:
    lab = sl.Lab(rules)
    who = lab.recipient if thief == "recipient" else A_THIEF
    permissions = [sl.ContractAccess(address=who), sl.FunctionsOnAllContracts(functions=["transfer(address,uint256)"])]
    audit = lab.wallet().grant_permissions(permissions, key=sl.new_key(1)).audit(thief=who)
    found = [finding for finding in audit.findings if finding.id == "wildcard-transfer"]
    assert [(finding.severity, finding.index) for finding in found] == [("critical", 1)]
    assert "permission-without-effect" not in {finding.id for finding in audit.findings if finding.index == 1}
