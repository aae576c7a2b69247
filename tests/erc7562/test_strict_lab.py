"""A strict lab takes everything that the lab's own contracts do, and says of anything else what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.amounts import ether
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, from_json, to_json
from sessionlab.node.bundler.rules import RuleViolation
from sessionlab.node.bundler.stakes import StakeMinimum
from sessionlab.node.bundler.strict import BrokenRules, LabBundler
from sessionlab.node.bundler.trace import OpcodePlace
from sessionlab.node.bundler.validation import Validation, validate
from sessionlab.study.diagnosis.broken_rules import deny_rules
from tests.conftest import EntryPointUnderTest
from tests.differential.assembly import (
    CALLDATACOPY,
    CALLDATASIZE,
    GAS,
    POP,
    RETURN,
    RETURNDATACOPY,
    RETURNDATASIZE,
    push,
)
from tests.erc7562.yard import NOBODY

#: A paymaster that pays until a moment that its owner set, and looks at the clock itself.
CLOCKED = """# pragma version 0.4.3
interface IEntryPoint:
    def depositTo(account: address): payable
    def addStake(delay: uint32): payable

ENTRY_POINT: constant(address) = 0x0000000071727De22E5E9d8BAf0edAc6f37da032
END: immutable(uint256)
paid: uint256

struct Operation:
    sender: address
    nonce: uint256
    initCode: Bytes[1024]
    callData: Bytes[2048]
    accountGasLimits: bytes32
    preVerificationGas: uint256
    gasFees: bytes32
    paymasterAndData: Bytes[256]
    signature: Bytes[1024]

@deploy
@payable
def __init__(end: uint256):
    END = end
    extcall IEntryPoint(ENTRY_POINT).depositTo(self, value=msg.value)

@external
@payable
def stake():
    extcall IEntryPoint(ENTRY_POINT).addStake(86400, value=msg.value)

@external
def validatePaymasterUserOp(op: Operation, digest: bytes32, cost: uint256) -> (Bytes[32], uint256):
    CHECK
    return b"", 0
"""
CLOCK = 'assert block.timestamp < END, "over"'


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[Validation]:
    """What validating each operation came to that a bundler mines, before it does."""
    seen: list[Validation] = []
    mine = LabBundler._mine

    def spy(self: LabBundler, operation: UserOperation, authorizations: Any) -> Any:
        if not authorizations:
            seen.append(validate(self.chain, operation))
        return mine(self, operation, authorizations)

    monkeypatch.setattr(LabBundler, "_mine", spy)
    return seen


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_its_own_contracts_break_nothing(
    entry_point: EntryPointUnderTest, rules: str, validated: list[Validation]
) -> None:
    lab = sl.Lab(rules=rules, seed=4, entry_point=entry_point.for_a_lab, bundler="strict")
    wallet, there = lab.wallet(deployed=False), lab.wallet()
    permissions = [
        sl.NativeTokenTransfer(allowance=ether(1)),
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=10**6),
        sl.GasLimit(limit=10**18),
        sl.ContractAccess(address=lab.counter),
        sl.ContractAccess(address=lab.recipient),
        sl.FunctionsOnContract(address=lab.counter_2, functions=["increment()"]),
        sl.FunctionsOnAllContracts(functions=["approve(address,uint256)"]),
    ]
    calls = [
        sl.Call(to=lab.recipient, value=5),
        sl.Call(to=lab.counter, function="increment()"),
        sl.Call(to=lab.counter_2, function="increment()"),
        sl.Call(to=lab.dollar, data=artifact("Token").encode("transfer", lab.recipient, 7)),
    ]
    for owner in (wallet, there):  # the first operation deploys, and installs the session
        session = owner.grant_permissions(permissions, expires_in=3_600, key=sl.new_key(1))
        for sent in (calls[:1], calls[1:2], calls, calls * 2):
            assert session.send_calls(sent)
        assert session.send_calls(calls, policy_id=lab.policy_id)
        assert session.send_calls(calls[:1], nonce_key=3)
        root = owner.grant_permissions([sl.Root()], key=sl.new_key(2))
        assert root.send_calls(calls)
        assert owner.send_calls(calls)
        assert owner.revoke(session)
        assert not session.send_calls(calls[:1])
    sponsored = lab.wallet(deployed=False).grant_permissions([sl.Root()], key=sl.new_key(3))
    assert sponsored.send_calls(calls, policy_id=lab.policy_id)
    assert len(validated) >= 18
    assert [done.violations for done in validated] == [()] * len(validated)
    assert {(done.rejection.code or "")[:4] for done in validated if done.rejection} <= {"AA23"}
    kinds = {tuple(done.entities) for done in validated}
    assert {
        ("account",),
        ("factory", "account"),
        ("account", "paymaster"),
        ("factory", "account", "paymaster"),
    } == kinds


# -- refusals


@pytest.fixture
def lab() -> Iterator[sl.Lab]:
    yield sl.Lab(seed=7, bundler="strict")


def clocked(lab: sl.Lab, check: str = CLOCK) -> sl.Contract:
    return lab.deploy(CLOCKED.replace("CHECK", check), lab.now + 1_000, value=ether(1), name="clocked")


def operation(lab: sl.Lab, wallet: sl.SmartWalletClient, paymaster: sl.Contract) -> UserOperation:
    payment = sl.Call(to=lab.recipient, value=1)
    return from_json(sl.attacks.sponsored_by(paymaster, wallet, [payment], lab), "operation")


def refused(lab: sl.Lab, sent: UserOperation) -> tuple[sl.RpcError, sl.Denial]:
    """The error of eth_sendUserOperation. Nothing has moved."""
    before = lab.chain.state_root, lab.chain.height
    with pytest.raises(sl.RpcError) as error:
        lab.provider.request("eth_sendUserOperation", [to_json(sent), ENTRY_POINT])
    assert (lab.chain.state_root, lab.chain.height) == before
    assert lab.bundler.find(sent) is None
    return error.value, sl.Denial.from_json(error.value.data["denial"])


def test_a_paymaster_that_reads_the_clock(lab: sl.Lab) -> None:
    paymaster = clocked(lab)
    error, denial = refused(lab, operation(lab, lab.wallet(), paymaster))
    line = 1 + CLOCKED.replace("CHECK", CLOCK).split("\n").index(f"    {CLOCK}")
    assert error.code == -32502
    assert error.message.startswith("OP-011 paymaster uses banned opcode: TIMESTAMP. ")
    assert denial.code == "OP-011 paymaster uses banned opcode: TIMESTAMP"
    assert (denial.phase, denial.asked) == ("validation", "TIMESTAMP")
    assert denial.rule == "OP-011: validation does not look at the block or the transaction"
    assert f"reads the clock (TIMESTAMP), at clocked.vy:{line}: `{CLOCK}`." in denial.sentence
    assert "The paymaster clocked (" in denial.sentence and "what the bundler saw" in denial.sentence
    assert "validAfter, validUntil" in denial.fix
    assert f"clocked.vy:{line}" in str(denial.cause) and "validatePaymasterUserOp" in str(denial.cause)
    assert denial.code in denial._repr_html_()


def test_an_ordinary_lab_takes_the_same(lab: sl.Lab) -> None:
    ordinary = sl.Lab(seed=7)
    sent = operation(ordinary, ordinary.wallet(), clocked(ordinary))
    assert ordinary.provider.request("eth_sendUserOperation", [to_json(sent), ENTRY_POINT])
    assert ordinary.balance(ordinary.recipient) == 1


def test_every_violation_is_told(lab: sl.Lab) -> None:
    paymaster = clocked(lab, "self.paid += cost + block.number")
    sent = operation(lab, lab.wallet(), paymaster)
    error, denial = refused(lab, sent)
    assert error.code == -32502
    assert denial.code == f"STO-031 unstaked paymaster accessed {paymaster.address} slot 0x0"
    assert "reads its own slot 0x0 (SLOAD)" in denial.sentence and "and the paymaster is not staked" in denial.sentence
    assert denial.cause is not None
    assert [cause.text.partition(" ")[0] for cause in denial.cause.causes] == ["STO-031", "OP-011", "STO-031"]
    with pytest.raises(OperationRejected) as rejected:
        lab.bundler.send(sent)
    assert isinstance(rejected.value.rejection, BrokenRules)
    assert [(one.rule, one.opcode) for one in rejected.value.rejection.violations] == [
        ("STO-031", "SLOAD"),
        ("OP-011", "NUMBER"),
        ("STO-031", "SSTORE"),
    ]


def test_with_a_stake_its_own_storage_is_free_and_the_clock_is_not(lab: sl.Lab) -> None:
    paymaster, wallet = clocked(lab, "self.paid += cost"), lab.wallet()
    refused(lab, operation(lab, wallet, paymaster))
    paymaster.transact("stake", value=ether(1))
    sent = operation(lab, wallet, paymaster)
    assert lab.provider.request("eth_sendUserOperation", [to_json(sent), ENTRY_POINT])
    other = lab.deploy(CLOCKED.replace("CHECK", CLOCK), lab.now + 1_000, value=ether(1), name="other")
    other.transact("stake", value=ether(1))
    assert refused(lab, operation(lab, wallet, other))[1].code.startswith("OP-011")


def test_a_denial_says_what_counts_as_a_stake_here(lab: sl.Lab) -> None:
    wallet, paymaster = lab.wallet(), clocked(lab, "self.paid += cost")
    denial = refused(lab, operation(lab, wallet, paymaster))[1]
    assert "stake the paymaster with the EntryPoint: addStake, at least 1 ETH for at least 1 day" in denial.fix
    lab.bundler.be_strict(StakeMinimum(wei=2 * ether(1), unstake_delay=5))
    assert "at least 2 ETH for at least 5 seconds" in refused(lab, operation(lab, wallet, paymaster))[1].fix


@pytest.mark.parametrize(
    ("check", "opcode", "why", "fix"),
    [
        ("self.made = create_minimal_proxy_to(self)", "CREATE", "What a contract creates could be", "create it in"),
        ("assert cost == 1, UNREACHABLE", "INVALID", "INVALID uses up all gas", "Revert instead"),
    ],
)
def test_what_looks_at_no_block_is_told_its_own_reason(
    lab: sl.Lab, check: str, opcode: str, why: str, fix: str
) -> None:
    """OP-011 blocks CREATE and INVALID too, and the clock has nothing to do with that."""
    asks = "ok: bool = raw_call(self, method_id('do()'), gas=100_000, revert_on_failure=False)"
    source = CLOCKED.replace("CHECK", asks).replace("paid: uint256", "paid: uint256\nmade: address")
    source += f"\n@external\ndef do():\n    cost: uint256 = 2\n    {check}\n"
    paymaster = lab.deploy(source, 0, value=ether(1), name="maker")
    denial = refused(lab, operation(lab, lab.wallet(), paymaster))[1]
    assert denial.code == f"OP-011 paymaster uses banned opcode: {opcode}"
    assert why in denial.sentence and "block to block" not in denial.sentence
    assert fix in denial.fix and "maker.vy:" in denial.sentence


def test_a_constructor_is_told_as_one_and_who_has_no_name_by_address(lab: sl.Lab) -> None:
    factory, made = checksum(bytes.fromhex("fa" * 20)), checksum(bytes.fromhex("ce" * 20))
    inside = OpcodePlace(made, made, 7, creating=True, selector=b"", depth=1)
    denial = deny_rules(lab.api, [RuleViolation("OP-011", "factory", factory, "TIMESTAMP", place=inside)])
    names = [lab.names.address(account) for account in (factory, made)]
    said = "The factory {} deploys {}, which reads the clock (TIMESTAMP), in its constructor. "
    assert denial.sentence.startswith(said.format(*names))
    assert str(denial.cause).endswith(f"in {names[1]}, its constructor, opcode 7")


def test_what_the_entry_point_refuses_it_refuses_first(lab: sl.Lab) -> None:
    paymaster = clocked(lab)
    lab.travel(2_000)
    error, denial = refused(lab, operation(lab, lab.wallet(), paymaster))
    assert (error.code, denial.path[0]) == (-32501, "AA33 reverted")
    unsigned = replace(operation(lab, lab.wallet(), paymaster), signature=b"\xff" * 67)
    assert refused(lab, unsigned)[0].code in (-32500, -32501, -32507)


def test_a_session_is_checked_explained_and_sent_alike(lab: sl.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sponsor's paymaster begins to look at the clock."""
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=ether(1))], key=sl.new_key(1))
    calls = [sl.Call(to=lab.recipient, value=5)]
    assert session.send_calls(calls, policy_id=lab.policy_id)
    lab.chain.set_code(NOBODY, lab.chain.code(lab.paymaster))
    lab.chain.set_code(lab.paymaster, reads_the_clock_and_delegates(NOBODY))
    said = session.check(calls, policy_id=lab.policy_id)
    assert not said and said.denial.code == "OP-011 paymaster uses banned opcode: TIMESTAMP"
    explained = session.explain(calls, policy_id=lab.policy_id)
    assert explained.denial is not None and explained.denial.code == said.denial.code
    assert "No permission changes that" in str(explained)
    outcome = session.send_calls(calls, policy_id=lab.policy_id)
    assert not outcome and outcome.denial.code == said.denial.code
    assert outcome.receipt is None
    assert session.send_calls(calls)


def test_an_ordinary_lab_explains_what_a_strict_one_would_refuse() -> None:
    ordinary = sl.Lab(seed=7)
    session = ordinary.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=ether(1))], key=sl.new_key(1))
    calls = [sl.Call(to=ordinary.recipient, value=5)]
    for policy in (None, ordinary.policy_id):
        assert session.explain(calls, policy_id=policy).notes == ()
    ordinary.chain.set_code(NOBODY, ordinary.chain.code(ordinary.paymaster))
    ordinary.chain.set_code(ordinary.paymaster, reads_the_clock_and_delegates(NOBODY))
    explained = session.explain(calls, policy_id=ordinary.policy_id)
    assert explained.ok
    (note,) = explained.notes
    assert note.startswith("A strict bundler would refuse it (OP-011 paymaster uses banned opcode: TIMESTAMP). ")
    assert "The paymaster (" in note and note in str(explained)
    assert session.explain(calls).notes == ()
    assert session.send_calls(calls, policy_id=ordinary.policy_id)
    assert session.explain(calls).notes == ()  # the session is installed now


def reads_the_clock_and_delegates(to: str) -> bytes:
    """A contract that reads the clock, and then does what another one's code says."""
    asks = CALLDATASIZE + push(0) + push(0) + CALLDATACOPY + push(0) + push(0) + CALLDATASIZE + push(0) + push(to)
    given = RETURNDATASIZE + push(0) + push(0) + RETURNDATACOPY + RETURNDATASIZE + push(0) + RETURN
    return b"\x42" + POP + asks + GAS + b"\xf4" + POP + given


def test_lab_says_what_bundler_it_has() -> None:
    with pytest.raises(sl.InvalidInput) as error:
        sl.Lab(bundler="loose")
    assert (error.value.field, error.value.asked) == ("bundler", "loose")
    assert "use 'ordinary' or 'strict'" in str(error.value)
    assert not sl.Lab().bundler.strict
