"""An operation that is refused for its size or form still made these calls, and is told with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl

Make = Callable[[sl.Lab, sl.SmartWalletClient], list[sl.Call]]
CALLS: dict[str, Make] = {
    "too many": lambda lab, wallet: [sl.Call(lab.recipient, value=1)] * 40,
    "too long": lambda lab, wallet: [sl.Call(lab.recipient, data=b"1" * 5_000)],
    "of the wallet, without a function": lambda lab, wallet: [sl.Call(wallet.address, value=1)],
    "of the wallet, empty": lambda lab, wallet: [sl.Call(wallet.address)],
}


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("name", CALLS)
def test_calls_that_the_wallet_does_not_read_are_told(name: str, rules: str) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.recipient)], key=sl.new_key(1))
    calls = CALLS[name](lab, wallet)
    before = lab.chain.state_root
    denial = session.send_calls(calls).denial
    assert denial is not None
    for explanation in (session.explain(calls), denial.explain()):
        assert len(explanation.calls) == len(calls)
        assert len(explanation.to_json()["calls"]) == len(calls)
        assert "makes no call" not in str(explanation)
        assert not [note for note in explanation.notes if "no calls" in note]
        assert explanation.table() and explanation._repr_html_()
    assert not [note for note in session.check(calls).notes if "no calls" in note]
    assert lab.chain.state_root == before


def test_an_operation_without_calls_is_told_to_make_none() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    assert "makes no calls" in session.explain([]).notes[0]
