"""What a picture of validation says: it is what the run did."""

from __future__ import annotations

import re

import pytest

import sessionlab as sl


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab(seed=3)


def test_a_first_operation_entity_by_entity(lab: sl.Lab) -> None:
    session = lab.wallet(deployed=False).grant_permissions([sl.Root()], key=sl.new_key(1))
    calls = [sl.Call(to=lab.merchant, value=5)]
    prepared = session.prepare_calls(calls, policy_id=lab.policy_id)
    before = sl.validation_trace(prepared, lab)
    outcome = session.send_calls(calls, policy_id=lab.policy_id)
    after = sl.validation_trace(outcome, lab)
    for seen in (before, after, sl.validation_trace(str(outcome.tx_hash), lab)):
        assert seen.ok and seen.violations == ()
        assert [phase.entity for phase in seen.trace.phases] == ["factory", "account", "paymaster"]
        made = next(row for row in seen.rows if row.opcode == "CREATE2")
        assert (made.entity, made.sign, made.rule) == ("factory", "✓", None)
        assert {row.associated for row in seen.rows if row.kind == "storage"} == {"its own", "the account's"}
        assert any(row.line and row.line.startswith("WalletFactory.vy:") for row in seen.rows)
        assert "no rule of ERC-7562 is broken" in str(seen)
        assert seen.to_json()["gas"]["account"]["used"] == seen.trace.phases[1].gas_used
    # The signature is a placeholder before, and the owner's install is checked either way.
    assert [row.opcode for row in before.rows if row.entity == "factory"] == [
        row.opcode for row in after.rows if row.entity == "factory"
    ]


def test_what_is_forbidden_is_crossed_and_named(lab: sl.Lab) -> None:
    paymaster = lab.deploy(sl.attacks.CLOCKED_PAYMASTER, lab.now + 60, value=sl.ether(1), name="clocked")
    operation = sl.attacks.sponsored_by(paymaster, lab.wallet(), [sl.Call(to=lab.merchant, value=5)], lab)
    seen = sl.validation_trace(operation, lab)
    (broken,) = [row for row in seen.rows if row.rule]
    source = sl.attacks.CLOCKED_PAYMASTER.splitlines()
    line = 1 + next(index for index, text in enumerate(source) if "block.timestamp" in text)
    assert (broken.opcode, broken.rule, broken.sign, broken.line) == ("TIMESTAMP", "OP-011", "✗", f"clocked.vy:{line}")
    assert not seen.ok and "1 violation, first OP-011 paymaster uses banned opcode: TIMESTAMP" in str(seen)
    drawn = seen.html()
    assert f"OP-011, clocked.vy:{line}" in re.sub(r"</text><text[^>]*>", " ", drawn)
    # Sent as it is, the ordinary bundler mines it, and its block shows the same.
    assert sl.attacks.send_operation(operation, lab) is None
    mined = sl.validation_trace(lab.chain.block().transactions[0].hash, lab)
    assert [(row.opcode, row.rule) for row in mined.rows] == [(row.opcode, row.rule) for row in seen.rows]


def test_each_slot_is_one_square(lab: sl.Lab) -> None:
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    seen = sl.validation_trace(session.send_calls([sl.Call(to=lab.merchant, value=5)]), lab)
    slots = {(row.entity, row.target, row.slot) for row in seen.rows if row.kind == "storage"}
    drawn = "".join(seen.draw(840).parts)
    assert drawn.count("slot 0x") == len(slots) > 3


def test_what_is_not_an_operation_is_refused(lab: sl.Lab) -> None:
    lab.fund(lab.merchant, 5)
    with pytest.raises(sl.InvalidInput, match="includes no operation"):
        sl.validation_trace(lab.chain.block().transactions[0].hash, lab)
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    refused = session.send_calls([sl.Call(to=lab.merchant, value=50)])
    with pytest.raises(sl.InvalidInput, match="never got into a block"):
        sl.validation_trace(refused, lab)


def test_a_rule_that_no_opcode_breaks_is_shown_with_its_entity(lab: sl.Lab) -> None:
    source = sl.attacks.CLOCKED_PAYMASTER.replace('assert block.timestamp <= END, "over"', "pass")
    paymaster = lab.deploy(source.replace('return b"", 0', 'return b"c", 0'), 0, value=sl.ether(1), name="chatty")
    operation = sl.attacks.sponsored_by(paymaster, lab.wallet(), [sl.Call(to=lab.merchant, value=5)], lab)
    seen = sl.validation_trace(operation, lab)
    assert [one.rule for one in seen.violations] == ["EREP-050"]
    (broken,) = [row for row in seen.rows if row.rule]
    assert (broken.entity, broken.kind, broken.opcode, broken.sign) == ("paymaster", "entity", "", "✗")
    assert broken.what == "unstaked paymaster returned a context"
    assert any(
        "unstaked paymaster returned a context" in line and "EREP-050" in line for line in str(seen).splitlines()
    )
    drawn = re.sub(r"</text><text[^>]*>", " ", seen.html())
    assert "✗ paymaster" in drawn and "returned a context (EREP-050)" in drawn


def test_one_opcode_that_does_two_things_is_crossed_only_where_it_breaks_a_rule(lab: sl.Lab) -> None:
    """The same CALL of a loop, to a precompile, to a contract, and to an address without code."""
    loop = """for to: address in [ECRECOVER, self, NOBODY]:
        ok: bool = raw_call(to, b"", gas=max_value(uint256), revert_on_failure=False)"""
    loop = loop.replace("ECRECOVER", f"0x{1:040x}").replace("NOBODY", sl.Call(to=f"0x{0xABCDE:040x}").to)
    source = sl.attacks.CLOCKED_PAYMASTER.replace('assert block.timestamp <= END, "over"', loop)
    paymaster = lab.deploy(source, 0, value=sl.ether(1), name="looping")
    operation = sl.attacks.sponsored_by(paymaster, lab.wallet(), [sl.Call(to=lab.merchant, value=5)], lab)
    seen = sl.validation_trace(operation, lab)
    calls = [row for row in seen.rows if row.entity == "paymaster" and row.opcode == "CALL"]
    assert [row.rule for row in calls] == [None, None, "OP-041"]
