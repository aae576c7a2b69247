"""A remedy with a new session is tried out as one: its first operation installs it, within the named gas."""

from __future__ import annotations

import pytest

import sessionlab as sl

ENOUGH_FOR_ONE_THAT_IS_INSTALLED, ENOUGH_FOR_THE_INSTALL = 150_000, 1_000_000


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("verification", [ENOUGH_FOR_ONE_THAT_IS_INSTALLED, ENOUGH_FOR_THE_INSTALL])
def test_renewing_an_expired_session_is_offered_if_its_first_operation_fits(rules: str, verification: int) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    granted = [sl.ContractAccess(address=name) for name in ("counter", "counter_2", "vault", "strict")]
    calls, gas = [sl.Call("counter", function="increment()")], {"verification": verification}
    session = wallet.grant_permissions(granted, expires_in=60, key=sl.new_key(1))
    assert session.send_calls(calls)
    assert session.send_calls(calls, gas=gas)
    lab.travel(3_600)
    renewed = [str(remedy) for remedy in session.explain(calls, gas=gas).remedies if "new session" in str(remedy)]
    again = wallet.grant_permissions(granted, key=sl.new_key(2))
    assert bool(renewed) == again.send_calls(calls, gas=gas).ok == (verification == ENOUGH_FOR_THE_INSTALL)
