"""The text of a revert is a contract's to choose: nothing that it says is obeyed by a terminal, or fills a page."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import ChainError, RpcError

SHOUT = """
# pragma version 0.4.3
text: String[1024]
halt: bool

@deploy
def __init__(text: String[1024], at_once: bool):
    self.text = text
    assert not at_once, text

@external
def shout():
    raise self.text
"""
FORGED = "no\x1b[2J\n2027-01-15 08:00:10 UTC  10 (0xaaaa)  forged() on A   accepted \u202e \u2028 <b>" + "x" * 900


def shown(lab: sl.Lab, session: sl.Session, outcome: sl.Outcome) -> dict[str, Any]:
    """Everything that tells of the refusal."""
    denial = outcome.denial
    assert denial is not None
    return {
        "code": denial.code,
        "sentence": denial.sentence,
        "outcome": str(outcome),
        "outcome's repr": repr(outcome),
        "explanation": str(denial.explain()).replace("\n", ""),
        "card": outcome._repr_html_().replace("\n", ""),
        "operations": [str(row.code) for row in session.operations],
        "record": [step.reason for step in session.record().steps],
        "call tree": sl.pictures.call_tree(outcome, lab)._repr_html_().replace("\n", "") if outcome.receipt else "",
    }


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("preflight", [True, False])
def test_a_reason_is_bounded_and_printable_wherever_it_is_told(rules: str, preflight: bool) -> None:
    lab = sl.Lab(rules)
    loud = lab.deploy(SHOUT, FORGED, False, name="loud")
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=loud.address)], key=sl.new_key(1))
    outcome = session.send_calls([loud.call("shout")], preflight=preflight)
    for where, told in shown(lab, session, outcome).items():
        for text in told if isinstance(told, list) else [told]:
            assert text is None or text.isprintable(), where
            assert "x" * 300 not in (text or ""), where
    denial = outcome.denial
    assert denial is not None and denial.code.startswith(r"no\x1b[2J\n2027-01-15 08:00:10 UTC")


def test_a_constructors_and_a_transactions_reason_are_too() -> None:
    lab = sl.Lab()
    loud = lab.deploy(SHOUT, FORGED, False)
    for act in (lambda: lab.deploy(SHOUT, FORGED, True), lambda: loud.transact("shout"), lambda: loud.read("shout")):
        with pytest.raises(ChainError) as error:
            act()
        assert str(error.value).isprintable() and len(str(error.value)) < 500


def test_clients_of_a_node_get_the_text_as_it_is() -> None:
    """As geth says it: libraries take the reason from the message or the data."""
    lab = sl.Lab()
    loud = lab.deploy(SHOUT, FORGED, False)
    with pytest.raises(RpcError) as error:
        lab.provider.request("eth_call", [{"to": loud.address, "data": "0x" + loud.call("shout").data.hex()}])
    assert error.value.message.startswith(f"execution reverted: {FORGED}")
