"""Pictures of what was sent: operations, who signed and paid, gas, blocks, lives of keys. Their data and words."""

from __future__ import annotations

import re

import pytest

import sessionlab as sl
from sessionlab.core.base.amounts import format_ether, format_time, short_address
from sessionlab.core.erc4337.included import Included, read_logs
from sessionlab.study.pictures import Plot, svg
from sessionlab.study.pictures.gas_bars import GasBar
from sessionlab.study.pictures.svg import NARROW, WIDE
from sessionlab.study.text import rounded
from tests.pictures import gallery
from tests.pictures.reading import read

pictures = sl.pictures


def words(picture: Plot, width: float = WIDE) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", "".join(picture.draw(width).parts))


@pytest.fixture(scope="module")
def busy(lab: sl.Lab) -> sl.Session:
    """Four operations that pass, one undone on the chain, two never sent."""
    return gallery.a_session(lab)


def test_operations_say_what_became_of_each(lab: sl.Lab, busy: sl.Session) -> None:
    picture = pictures.operations(busy)
    assert [str(one.became) for one in picture.sent] == [
        "✓ accepted",
        "✓ accepted",
        "✓ accepted",
        "✗ refused before it was sent ExceededNativeTokenLimit",
        "✓ accepted",
        "◐ failed in execution ExceededTokenLimit",
        "✗ refused in validation AddressNotAllowed",
    ]
    assert [one.block is None for one in picture.sent] == [one.paid == "nobody paid" for one in picture.sent]
    paid = sum(one.gas or 0 for one in picture.sent)
    assert paid == sum(one.gas_used for one in _charged(lab, busy))
    assert picture.alternative_text == (
        "Operations in order: 4 accepted, 1 refused before it was sent, 1 failed in execution, "
        f"1 refused in validation; {paid:,} gas paid in all."
    )
    assert "◐ failed in execution ExceededTokenLimit" in picture.text()
    assert "nobody paid" in read(picture._repr_html_()).text


def test_operations_of_a_recording_do_not_invent_gas(busy: sl.Session) -> None:
    sent = pictures.operations(busy.record()).sent
    assert {one.gas for one in sent if one.block is not None} == {None}
    assert {one.paid for one in sent if one.block is not None} == {""}


def test_operations_of_an_unused_session(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(20))
    picture = pictures.operations(session)
    assert picture.alternative_text == "Operations in order: none yet; 0 gas paid in all."
    assert "No operation yet." in read(picture._repr_html_()).text


def test_sequence_names_signer_payer_and_msg_sender(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(21))
    outcome = session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    picture = pictures.sequence(outcome, lab)
    key, short = short_address(session.key.address), short_address(wallet.address)
    assert picture.signer == f"the session key {key}"
    assert picture.payer == f"the wallet {short}: {format_ether(outcome.gas_cost)} for {outcome.gas:,} gas"
    assert picture.msg_sender == f"the wallet {short}"
    assert [role for role, _ in picture.actors] == ["signer", "bundler", "EntryPoint", "wallet", "target"]
    assert not any(message.refused for message in picture.messages)
    for fact in (picture.signer, picture.payer, picture.msg_sender):
        assert fact in picture.alternative_text and fact in picture.text()
    assert f"increment() on counter ({short_address(lab.counter)})" in read(picture._repr_html_()).text


def test_the_owner_signs_what_the_owner_sends(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    picture = pictures.sequence(wallet.send_calls([sl.Call(to=lab.merchant, value=5)]), lab)
    assert picture.signer == f"the owner {short_address(wallet.owner.address)}"
    assert picture.actors[-1] == ("target", "merchant")


def test_a_paymaster_pays_what_it_sponsors(lab: sl.Lab) -> None:
    picture = gallery.sequence_of_a_sponsored_batch(lab)
    assert "paymaster" in [role for role, _ in picture.actors]
    assert picture.payer.startswith(f"the paymaster {short_address(lab.paymaster)}: 0.000")
    assert [m.words for m in picture.messages if m.sender == "EntryPoint" and m.receiver == "paymaster"] == [
        "✓ I pay for the gas"
    ]


def test_what_a_permission_refuses_on_the_chain_is_paid_and_calls_nobody(lab: sl.Lab) -> None:
    picture = gallery.sequence_of_a_failure(lab)
    assert (picture.msg_sender, picture.payer is None) == (None, False)
    (refusal,) = [message for message in picture.messages if message.refused]
    assert refusal.words == "ExceededNativeTokenLimit: nothing is called, the gas is paid"
    assert not any(message.receiver == "target" for message in picture.messages)


def test_what_is_refused_before_a_block_costs_nobody(lab: sl.Lab) -> None:
    picture = gallery.sequence_of_a_refusal(lab)
    assert (picture.payer, picture.msg_sender) == (None, None)
    assert "who paid the gas: nobody: it never got into a block" in picture.alternative_text
    assert picture.messages[-1].words == "✗ refused: AddressNotAllowed, found in validation"


def test_in_a_plain_transaction_one_account_signs_pays_and_is_seen(lab: sl.Lab) -> None:
    picture = gallery.sequence_of_a_plain_transaction(lab)
    assert picture.payer == f"{picture.signer}: 0.000021 ETH for 21,000 gas"
    assert picture.msg_sender == picture.signer


def test_a_sequence_of_something_else_is_refused(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match="not str or Outcome or Receipt"):
        pictures.sequence(5, lab)


def test_gas_bars_are_the_limits_and_the_charge_of_each_operation(lab: sl.Lab, busy: sl.Session) -> None:
    picture = pictures.gas_bars(busy)
    outcomes = _charged(lab, busy)
    assert [bar.charged for bar in picture.bars] == [one.gas_used for one in outcomes]
    assert [bar.success for bar in picture.bars] == [True, True, True, True, False]
    # What a gas-limit counted is the sum of the limits.
    assert sum(sum(bar.parts) for bar in picture.bars) == busy.allowances["gas-limit"].used
    limits, charged = sum(sum(bar.parts) for bar in picture.bars), sum(bar.charged for bar in picture.bars)
    assert picture.alternative_text == (
        f"5 operations, 1 of them failed: limits of {limits:,} gas in all, of which {charged:,} gas was charged."
    )
    assert picture.text().splitlines()[-2].split()[-2:] == ["✗", "failed"]


def test_wei_bars_stack_value_and_gas(lab: sl.Lab, busy: sl.Session) -> None:
    picture = pictures.gas_bars(busy, "wei")
    costs = [one.gas_cost for one in _charged(lab, busy)]
    tenth = sl.ether("0.1")
    assert picture.bars == tuple(
        GasBar((value, cost), None, ok)
        for value, cost, ok in zip((3 * tenth,) * 3 + (0, 0), costs, (True,) * 4 + (False,), strict=True)
    )
    assert picture.alternative_text.startswith(
        f"5 operations, 1 of them failed: 0.9 ETH of value and {format_ether(sum(costs))}"
    )


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_bars_have_units_and_a_word_for_what_failed_and_a_key_for_their_parts(busy: sl.Session, width: float) -> None:
    gas, wei = (words(pictures.gas_bars(busy, unit), width) for unit in ("gas", "wei"))
    assert gas[:4] == ["verification", "execution", "preVerification", "charged"]  # no operation was sponsored
    assert wei[:2] == ["value", "gas"]
    for said in (gas, wei):
        assert [word for word in said if word.endswith(("done", "failed"))] == [
            *(f"{number} ✓ done" for number in range(1, 5)),
            "5 ✗ failed",
        ]
    assert " ".join(wei).count("ETH of value and 0.000") == 5
    assert " ".join(gas).count("gas charged, limits of") == 5


def test_parts_of_a_bar_differ_in_their_pattern_and_not_by_colour_alone() -> None:
    patterns = [re.sub(r"#\w+|var\([^)]*\)", "colour", svg.striped(0, 0, 50, 14, kind)) for kind in range(4)]
    assert len(set(patterns)) == 4


def test_bars_in_another_unit_are_refused(busy: sl.Session) -> None:
    with pytest.raises(sl.InvalidInput, match="is not known here"):
        pictures.gas_bars(busy, "gwei")


def test_blocks_count_transactions_gas_and_failures(lab: sl.Lab) -> None:
    start = lab.chain.height + 1
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(22))
    outcome = session.send_calls([sl.Call(to=lab.counter, function="fail()")], preflight=False)
    lab.travel(600)
    lab.chain.mine(1)
    found = pictures.blocks(lab, start)
    assert [block.number for block in found.blocks] == list(range(start, lab.chain.height + 1))
    assert [block.gas for block in found.blocks] == [lab.chain.block(b.number).gas_used for b in found.blocks]
    failed = next(block for block in found.blocks if block.operations)
    assert (failed.transactions, failed.operations, failed.failed) == (1, 1, 1)
    assert not outcome.ok and failed.what == "1 transaction, 1 operation, ✗ 1 failed"
    assert found.blocks[-1].what == "empty"
    seconds = found.blocks[-1].time - found.blocks[0].time
    assert found.alternative_text.startswith(f"Blocks {start} to {lab.chain.height}, {seconds} seconds of chain time: ")
    assert found.alternative_text.endswith("1 failed.")
    said = words(found)
    assert f"block {failed.number}, 1 second later" in said
    assert f"1 transaction, 1 operation, ✗ 1 failed, {rounded(f'{failed.gas:,} gas')}" in said
    assert said[-1] == "empty" and any(word.endswith(", 10 minutes later") for word in said)
    assert pictures.blocks(lab, 1, 2).blocks[-1].number == 2


def test_a_block_that_is_not_there_is_refused(lab: sl.Lab) -> None:
    with pytest.raises(sl.ChainError):
        pictures.blocks(lab, 0, lab.chain.height + 5)


def test_key_lives_have_their_moments_in_order(lab: sl.Lab) -> None:
    leaked, new = gallery.key_lives(lab).lives
    words = ["granted", "first use", "done", "signed, not sent", "failed", "revoked", "refused", "expires"]
    assert [moment.what for moment in leaked.moments] == words
    assert [moment.time for moment in leaked.moments] == sorted(moment.time for moment in leaked.moments)
    assert (leaked.end.what, new.end.what) == ("revoked", "expires")
    assert [moment.what for moment in new.moments] == ["first use", "done", "expires", "refused"]


def test_key_lives_say_how_each_ended(lab: sl.Lab) -> None:
    picture = gallery.key_lives(lab)
    revoked, expired = (format_time(life.end.time) for life in picture.lives)
    assert picture.alternative_text == (
        f"leaked key: 1 done, 1 failed, 1 refused; revoked at {revoked}. "
        f"new key: 1 done, 1 refused; expired at {expired}."
    )
    for width in (WIDE, NARROW):
        said = words(picture, width)
        for label in ("granted", "■ revoked, +36 seconds", "✗ refused, +37 seconds", "expires, +1 hour", "now"):
            assert label in said  # each moment has its words beside it


def test_key_lives_of_nobody_or_of_an_unknown_name_are_refused(lab: sl.Lab, busy: sl.Session) -> None:
    with pytest.raises(sl.InvalidInput, match="No session was given"):
        pictures.key_lives([])
    with pytest.raises(sl.InvalidInput, match="No session is called 'other'"):
        pictures.key_lives({"one": busy}, {"other": [("granted", 5)]})


def _charged(lab: sl.Lab, session: sl.Session) -> list[Included]:
    """What the EntryPoint said of the operations of a session, from the receipts of the chain."""
    receipts = [receipt for number in range(lab.chain.height + 1) for receipt in lab.chain.block(number).receipts]
    found = [one for receipt in receipts for one in read_logs(receipt.logs)]
    return [one for one in found if one.sender == session.wallet and one.nonce >> 72 & (2**32 - 1) == session.entity_id]
