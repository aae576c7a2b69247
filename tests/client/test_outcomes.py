"""An outcome says in a sentence what happened, where it is on the chain and what was emitted, and may be raised."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.contracts.logs import Event, read_events

TRANSFER = "transfer(address,uint256)"


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=4)


@pytest.fixture
def session(lab: sl.Lab) -> sl.Session:
    permissions = [sl.NativeTokenTransfer(allowance=5), sl.ContractAccess(address=lab.dollar)]
    return lab.wallet().grant_permissions(permissions, key=sl.new_key(1))


def test_what_was_done_is_a_sentence_with_its_place_on_the_chain(lab: sl.Lab, session: sl.Session) -> None:
    done = session.send_calls([sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, 7])])
    block = lab.chain.block(done.block or 0)
    assert done.tx_hash == block.transactions[0].hash
    assert str(done) == f"Done in block {done.block}. {done.gas:,} gas was paid, {sl.format_ether(done.gas_cost)}."
    assert done.raise_if_refused() is done


def test_a_refusal_says_where_it_stopped_and_who_paid(lab: sl.Lab, session: sl.Session) -> None:
    unsent = session.send_calls([sl.Call(lab.merchant, 6)])
    assert unsent.denial is not None
    assert (unsent.tx_hash, unsent.block, unsent.events) == (None, None, ())
    assert str(unsent) == (
        f"Refused in execution and never sent: {unsent.denial.sentence} Nobody paid. {unsent.denial.fix}"
    )
    mined = session.send_calls([sl.Call(lab.merchant, 6)], preflight=False)
    assert f"Refused in execution in block {lab.chain.height}: The call sends 6 wei" in str(mined)
    assert f"{mined.gas:,} gas was paid" in str(mined)
    for refused in (unsent, mined):
        with pytest.raises(sl.OperationRefused) as raised:
            refused.raise_if_refused()
        assert raised.value.denial is refused.denial


def test_events_are_decoded_by_the_contract_that_declares_them(lab: sl.Lab, session: sl.Session) -> None:
    done = session.send_calls([sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, 7])])
    (event,) = done.events
    assert (event.address, event.name) == (lab.dollar, "Transfer")
    assert list(event.args.values()) == [session.wallet, lab.merchant, 7]
    logs = lab.web3.eth.get_transaction_receipt(done.tx_hash)["logs"]  # type: ignore[arg-type]
    assert event.args["value"] == int.from_bytes(next(log["data"] for log in logs if log["address"] == lab.dollar))


@pytest.mark.parametrize(
    ("topics", "data"),
    [([], "0x"), (["0x" + "ab" * 32], "0x01"), (["0x" + "ab" * 32, "0x" + "cd" * 32], "0x")],
)
def test_an_event_that_nobody_declares_is_shown_as_it_is(topics: list[str], data: str) -> None:
    (event,) = read_events([{"address": "0x" + "11" * 20, "topics": topics, "data": data}])
    name = topics[0] if topics else "anonymous"
    assert event == Event("0x" + "11" * 20, name, {"topics": topics[1:], "data": data})


def test_an_event_with_dirty_data_is_shown_as_it_is(lab: sl.Lab, session: sl.Session) -> None:
    done = session.send_calls([sl.Call(lab.dollar, function=TRANSFER, args=[lab.merchant, 7])])
    assert done.receipt is not None
    (log,) = done.receipt["logs"]
    cut: dict[str, Any] = {**log, "data": "0x07"}
    (event,) = read_events([cut])
    assert (event.name, event.args["data"]) == (log["topics"][0], "0x07")
    more = {**log, "topics": [*log["topics"], "0x" + "00" * 32]}  # as a token of another standard emits it
    (event,) = read_events([more])
    assert event.address == lab.dollar and "Transfer" not in repr(event.args)
