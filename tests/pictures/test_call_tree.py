"""The call tree says who called whom, with gas, ETH and reasons, as the trace has them."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.node.traced_calls import TracedCall
from sessionlab.node.tracing import trace_of_transaction
from sessionlab.study.pictures.svg import NARROW, WIDE


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=5)


@pytest.fixture
def session(lab: sl.Lab) -> sl.Session:
    permissions = [sl.ContractAccess(address=lab.counter), sl.NativeTokenTransfer(allowance=sl.ether(1))]
    return lab.wallet().grant_permissions(permissions, key=sl.new_key(1))


def flat(call: TracedCall, depth: int = 0) -> list[tuple[int, TracedCall]]:
    return [(depth, call), *(item for inner in call.calls for item in flat(inner, depth + 1))]


def test_it_has_every_call_of_the_trace(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(lab.recipient, value=5), sl.Call(lab.counter, function="increment()")])
    assert outcome.receipt
    tree = sl.pictures.call_tree(outcome, lab)
    traced = flat(trace_of_transaction(lab.chain, outcome.receipt["transactionHash"]))
    assert [(call.depth, call.kind, call.to, call.gas) for call in tree.calls] == [
        (depth, call.kind, call.to, call.gas_used) for depth, call in traced
    ]
    words = [call.words for call in tree.calls]
    short = f"({lab.counter[:6]}…{lab.counter[-4:]})"
    assert f"counter {short}: increment()" in words
    assert any(text.startswith("EntryPoint") and text.endswith("handleOps(…)") for text in words)
    assert any(text.startswith("wallet (") and text.endswith("validateUserOp(…)") for text in words)
    assert tree.calls[0].gas == lab.chain.receipt(outcome.receipt["transactionHash"]).gas_used
    assert not tree.failed


def test_only_what_moves_is_shown_as_sent(lab: sl.Lab, session: sl.Session) -> None:
    """A DELEGATECALL has the value of the call around it, and moves none."""
    outcome = session.send_calls([sl.Call(lab.recipient, value=5)])
    (paid,) = (call for call in sl.pictures.call_tree(outcome, lab).calls if call.to == lab.recipient)
    assert (paid.value, paid.function) == (5, "a payment")
    assert "5 wei" in sl.pictures.call_tree(outcome, lab).html()


def test_a_failure_has_a_sign_and_a_reason_at_each_level(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(lab.counter, function="fail()")], preflight=False)
    tree = sl.pictures.call_tree(outcome, lab)
    assert [call.failure for call in tree.failed] == ["reverted: CounterFailed"] * 3
    assert [call.sign for call in tree.failed] == ["✗"] * 3
    for width in (WIDE, NARROW):
        assert "".join(tree.draw(width).parts).count("reverted: CounterFailed</text>") == 3
    assert "3 failed" in tree.alternative_text


def test_any_transaction_has_one(lab: sl.Lab) -> None:
    key = sl.new_key("somebody")
    lab.fund(key.address, sl.ether(1))
    receipt = lab.chain.transact(key.private, None, bytes.fromhex("60016000f3"))
    for what in (receipt, receipt.transaction_hash):
        (call,) = sl.pictures.call_tree(what, lab).calls
        assert (call.kind, call.function, call.to) == ("CREATE", "5 bytes of init code", receipt.contract_address)


def test_what_never_got_into_a_block_has_none(lab: sl.Lab, session: sl.Session) -> None:
    refused = session.send_calls([sl.Call(lab.recipient, value=sl.ether(2))])
    with pytest.raises(sl.InvalidInput, match="never got into a block"):
        sl.pictures.call_tree(refused, lab)
    with pytest.raises(sl.ChainError):
        sl.pictures.call_tree("0x" + "11" * 32, lab)
