"""The verdict on a session whose time is over: nothing, whatever it was granted."""

from __future__ import annotations

import pytest

import sessionlab as sl


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_an_expired_root_session_takes_nothing(rules: str) -> None:
    lab = sl.Lab(rules)
    session = lab.wallet().grant_permissions([sl.Root()], expiry_sec=lab.now + 100, key=sl.new_key(5))
    assert session.send_calls([sl.Call(lab.counter, function="increment()")]).ok
    assert session.audit().verdict == "Anyone who steals this key can take everything, the wallet itself included."
    lab.travel(200)
    audit = session.audit()
    assert audit.verdict == "Anyone who steals this key can take nothing."
    assert [finding.id for finding in audit.findings] == ["session-is-over"]
    assert session.plot("escalation").text().startswith("Anyone who steals this key can take nothing.")
