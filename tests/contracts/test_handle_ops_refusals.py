"""Every reason for which the EntryPoint refuses a bundle; nothing moves then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core import deployments as lab
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from sessionlab.core.permissions import ContractAccess
from sessionlab.core.permissions.functions import EXECUTE

from .vyper_sources import ACCOUNT, CALLER_BACK, FACTORY, compiled
from .vyper_sources import PAYMASTER as PAYMASTER_SOURCE
from .world import (
    BUNDLER,
    COUNTER,
    INCREMENT,
    MERCHANT,
    NOW,
    OWNER,
    PAYMASTER,
    SESSION,
    STRANGER,
    WALLET,
    ZERO,
    BundleOutcome,
    World,
    act,
    address,
    count,
    deposit_of,
    everything,
    install,
    operation,
    send,
    signed,
    transact,
)

PLAIN_ACCOUNT, PLAIN_FACTORY, PLAIN_PAYMASTER = (
    address(f"plain {kind}") for kind in ("account", "factory", "paymaster")
)
CALL = [Call(COUNTER, data=INCREMENT)]
PAID = {"paymaster": PLAIN_PAYMASTER, "paymaster_verification_gas_limit": 100_000}


def place_account(world: World, verdict: int = 0, *, pays: bool = True, balance: int = 10**18) -> None:
    made = compiled(ACCOUNT)
    world.chain.set_code(PLAIN_ACCOUNT, made.runtime)
    world.chain.set_balance(PLAIN_ACCOUNT, balance)
    transact(world, STRANGER, PLAIN_ACCOUNT, made.encode("prepare", verdict, pays))


def place_paymaster(world: World, verdict: int = 0, *, refuses: bool = False, deposit: int = 10**18) -> None:
    made = compiled(PAYMASTER_SOURCE)
    world.chain.set_code(PLAIN_PAYMASTER, made.runtime)
    transact(world, STRANGER, PLAIN_PAYMASTER, made.encode("prepare", b"", verdict, refuses, False))
    pay_in = artifact("EntryPoint").encode("depositTo", PLAIN_PAYMASTER)
    transact(world, STRANGER, ENTRY_POINT, pay_in, deposit)


def place_factory(world: World) -> None:
    world.chain.set_code(PLAIN_FACTORY, compiled(FACTORY).runtime)


def plain(world: World, **fields: Any) -> BundleOutcome:
    """An operation of the account that accepts everything."""
    return send(world, operation(world, b"", entity=0, sender=PLAIN_ACCOUNT, **fields))


def refused(world: World, outcome: BundleOutcome, reason: str, place: int = 0) -> None:
    assert (outcome.phase, outcome.code) == ("validation", reason)
    assert outcome.revert is not None
    assert outcome.revert.args["opIndex"] == place


def window(valid_after: int, valid_until: int) -> int:
    return valid_after << 208 | valid_until << 160


def test_handle_ops_revert_aa10_when_the_sender_is_there(world: World) -> None:
    before = everything(world)
    made = artifact("WalletFactory").encode("createSemiModularAccount", OWNER.address, 0)
    outcome = act(world, CALL, entity=0, factory=lab.FACTORY, factory_data=made)
    refused(world, outcome, "AA10 sender already constructed")
    assert everything(world) == before


@pytest.mark.parametrize(
    ("answer", "fails", "reason"),
    [
        (address("nobody"), True, "AA13 initCode failed or OOG"),
        (ZERO, False, "AA13 initCode failed or OOG"),
        (address("somebody else"), False, "AA14 initCode must return sender"),
        (address("nobody"), False, "AA15 initCode must create sender"),
    ],
)
def test_handle_ops_revert_when_the_factory_makes_no_sender(
    world: World, answer: str, fails: bool, reason: str
) -> None:
    place_factory(world)
    data = compiled(FACTORY).encode("make", answer, fails)
    op = operation(world, b"", entity=0, sender=address("nobody"), factory=PLAIN_FACTORY, factory_data=data)
    refused(world, send(world, op), reason)


def test_handle_ops_revert_aa13_when_the_factory_runs_out_of_gas(world: World) -> None:
    sender = str(lab_address(world, OWNER.address, 7))
    data = artifact("WalletFactory").encode("createSemiModularAccount", OWNER.address, 7)
    fields = {"factory": lab.FACTORY, "factory_data": data, "verification_gas_limit": 40_000}
    op = operation(world, CALL, entity=0, sender=sender, **fields)
    refused(world, send(world, signed(world, op, OWNER)), "AA13 initCode failed or OOG")
    assert world.chain.code(sender) == b""


def lab_address(world: World, owner: str, salt: int) -> Any:
    factory = artifact("WalletFactory")
    answer = world.chain.call(lab.FACTORY, factory.encode("getAddressSemiModular", owner, salt))
    return factory.decode("getAddressSemiModular", answer.output)


def test_handle_ops_revert_without_data_when_nobody_is_there(world: World) -> None:
    """v0.7 has no code for it; only its simulation reports AA20."""
    outcome = send(world, operation(world, b"", entity=0, sender=MERCHANT))
    assert outcome.phase == "validation"
    assert outcome.code == "EmptyRevert"


def test_handle_ops_revert_aa21_when_the_account_does_not_pay(world: World) -> None:
    place_account(world, pays=False)
    refused(world, plain(world), "AA21 didn't pay prefund")
    assert deposit_of(world, PLAIN_ACCOUNT) == 0
    world.chain.set_balance(WALLET, 0)
    dear = {"max_fee_per_gas": 10**15}
    refused(world, act(world, CALL, entity=0, **dear), "AA21 didn't pay prefund")


def test_handle_ops_success_the_account_pays_what_is_missing(world: World) -> None:
    place_account(world)
    outcome = plain(world)
    assert outcome.phase == "ok"
    used = outcome.included[0].gas_cost
    assert world.chain.balance(PLAIN_ACCOUNT) + deposit_of(world, PLAIN_ACCOUNT) == 10**18 - used


@pytest.mark.parametrize(
    ("valid_after", "valid_until", "good"),
    [
        (0, NOW - 1, False),
        (0, NOW, True),
        (NOW, 0, True),
        (NOW + 1, 0, False),
        (NOW, NOW, True),
        (NOW + 1, NOW, False),
    ],
)
def test_handle_ops_aa22_the_window_includes_both_ends(
    world: World, valid_after: int, valid_until: int, good: bool
) -> None:
    place_account(world, window(valid_after, valid_until))
    outcome = plain(world)
    if good:
        assert outcome.phase == "ok"
    else:
        refused(world, outcome, "AA22 expired or not due")


def test_handle_ops_revert_aa23_with_the_reason_of_the_account(world: World) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    before = everything(world)
    outcome = act(world, [Call(MERCHANT, 1)])
    refused(world, outcome, "AA23 reverted")
    assert outcome.reason == "AddressNotAllowed"
    assert outcome.args == {"call": 0, "target": MERCHANT.lower()}
    assert everything(world) == before


@pytest.mark.parametrize("verdict", [1, 2, 2**160 - 1])
def test_handle_ops_revert_aa24_when_the_signature_does_not_fit(world: World, verdict: int) -> None:
    place_account(world, verdict)
    refused(world, plain(world), "AA24 signature error")


def test_handle_ops_revert_aa24_for_a_strangers_signature(world: World) -> None:
    before = everything(world)
    refused(world, act(world, CALL, entity=0, key=STRANGER), "AA24 signature error")
    assert everything(world) == before


@pytest.mark.parametrize("ahead", [1, 3, 2**64 - 1])
def test_handle_ops_revert_aa25_when_the_nonce_is_not_next(world: World, ahead: int) -> None:
    before = everything(world)
    refused(world, act(world, CALL, entity=0, nonce=(1 << 64) + ahead), "AA25 invalid account nonce")
    assert everything(world) == before


def test_handle_ops_revert_aa25_when_an_operation_is_replayed(world: World) -> None:
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    assert send(world, op).phase == "ok"
    refused(world, send(world, op), "AA25 invalid account nonce")
    refused(world, send(world, replace(op, nonce=op.nonce + 1)), "AA24 signature error")
    assert count(world) == 1


def test_handle_ops_aa26_and_aa23_when_validation_runs_out_of_gas(world: World) -> None:
    """From much to little gas: enough, then enough for the account but not for all around it, then not."""
    seen = []
    for limit in range(120_000, 5_000, -1_000):
        moment = world.chain.snapshot()
        seen.append(act(world, CALL, entity=0, verification_gas_limit=limit).code)
        world.chain.revert(moment)
    assert list(dict.fromkeys(seen)) == [None, "AA26 over verificationGasLimit", "AA23 reverted"]
    assert seen == sorted(seen, key=list(dict.fromkeys(seen)).index)


def test_handle_ops_revert_without_data_when_the_paymaster_is_not_there(world: World) -> None:
    """v0.7 has no code for it; only its simulation reports AA30."""
    pay_in = artifact("EntryPoint").encode("depositTo", PLAIN_PAYMASTER)
    transact(world, STRANGER, ENTRY_POINT, pay_in, 10**18)
    outcome = act(world, CALL, entity=0, **PAID)
    assert outcome.phase == "validation"
    assert outcome.code == "EmptyRevert"


def test_handle_ops_revert_aa31_when_the_paymaster_has_too_little(world: World) -> None:
    place_paymaster(world, deposit=1)
    refused(world, act(world, CALL, entity=0, **PAID), "AA31 paymaster deposit too low")
    assert deposit_of(world, PLAIN_PAYMASTER) == 1


@pytest.mark.parametrize(
    ("valid_after", "valid_until", "good"),
    [(0, NOW - 1, False), (0, NOW, True), (NOW, 0, True), (NOW + 1, 0, False)],
)
def test_handle_ops_aa32_the_paymasters_window_includes_both_ends(
    world: World, valid_after: int, valid_until: int, good: bool
) -> None:
    place_paymaster(world, window(valid_after, valid_until))
    outcome = act(world, CALL, entity=0, **PAID)
    if good:
        assert outcome.phase == "ok"
    else:
        refused(world, outcome, "AA32 paymaster expired or not due")


def test_handle_ops_revert_aa33_with_the_reason_of_the_paymaster(world: World) -> None:
    place_paymaster(world, refuses=True)
    outcome = act(world, CALL, entity=0, **PAID)
    refused(world, outcome, "AA33 reverted")
    assert outcome.revert is not None and outcome.revert.inner is not None
    assert outcome.revert.inner.raw[:4] == next(
        code for code, error in compiled(PAYMASTER_SOURCE).errors.items() if error.name == "Refused"
    )


def test_handle_ops_revert_aa34_when_the_paymaster_says_no(world: World) -> None:
    place_paymaster(world, 1)
    refused(world, act(world, CALL, entity=0, **PAID), "AA34 signature error")


def test_handle_ops_aa36_and_aa33_when_the_paymaster_runs_out_of_gas(world: World) -> None:
    place_paymaster(world)
    seen = []
    for limit in range(24_000, 1_000, -100):
        moment = world.chain.snapshot()
        fields = PAID | {"paymaster_verification_gas_limit": limit}
        seen.append(act(world, CALL, entity=0, **fields).code)
        world.chain.revert(moment)
    order = list(dict.fromkeys(seen))
    assert order == [None, "AA36 over paymasterVerificationGasLimit", "AA33 reverted"]


def test_handle_ops_revert_aa90_without_a_beneficiary(world: World) -> None:
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    before = everything(world)
    outcome = send(world, op, beneficiary=ZERO)
    assert (outcome.phase, outcome.code) == ("validation", "AA90 invalid beneficiary")
    assert everything(world) == before


def test_handle_ops_revert_aa91_when_the_beneficiary_takes_nothing(world: World) -> None:
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    outcome = send(world, op, beneficiary=PAYMASTER)
    assert (outcome.phase, outcome.code) == ("validation", "AA91 failed send to beneficiary")
    assert count(world) == 0


@pytest.mark.parametrize("length", [1, 19, 20, 51])
def test_handle_ops_revert_aa93_when_paymaster_and_data_is_cut_off(world: World, length: int) -> None:
    class Cut(type(operation(world, CALL))):  # type: ignore[misc]
        @property
        def paymaster_and_data(self) -> bytes:
            return b"\x11" * length

    op = operation(world, CALL, entity=0)
    cut = Cut(**{name: getattr(op, name) for name in op.__dataclass_fields__})
    outcome = send(world, signed(world, cut, OWNER))
    assert (outcome.phase, outcome.code) == ("validation", "AA93 invalid paymasterAndData")


@pytest.mark.parametrize(
    "name",
    [
        "verification_gas_limit",
        "call_gas_limit",
        "pre_verification_gas",
        "max_fee_per_gas",
        "max_priority_fee_per_gas",
        "paymaster_verification_gas_limit",
        "paymaster_post_op_gas_limit",
    ],
)
def test_handle_ops_revert_aa94_when_a_gas_value_is_over_120_bits(world: World, name: str) -> None:
    fields: dict[str, Any] = {"paymaster": PAYMASTER, name: 2**120}
    outcome = act(world, CALL, entity=0, **fields)
    assert (outcome.phase, outcome.code) == ("validation", "AA94 gas values overflow")


def test_handle_ops_revert_aa95_when_the_bundler_gives_too_little_gas(world: World) -> None:
    op = signed(world, operation(world, CALL, entity=0, call_gas_limit=2_000_000), OWNER)
    before = everything(world)
    outcome = transact(world, BUNDLER, ENTRY_POINT, handle_ops([op], BUNDLER.address), gas=1_500_000)
    assert (outcome.code, outcome.revert and outcome.revert.args["opIndex"]) == ("AA95 out of gas", 0)
    assert everything(world) == before


def test_handle_ops_revert_names_the_operation_that_fails(world: World) -> None:
    good = signed(world, operation(world, CALL, entity=0), OWNER)
    bad = signed(world, operation(world, CALL, entity=0, nonce_key=1), STRANGER)
    before = everything(world)
    refused(world, send(world, good, bad), "AA24 signature error", place=1)
    assert everything(world) == before


def test_handle_ops_revert_when_called_again_from_an_operation(world: World) -> None:
    inner = signed(world, operation(world, CALL, entity=0, nonce_key=1), OWNER)
    again = Call(ENTRY_POINT, data=handle_ops([inner], BUNDLER.address))
    outcome = act(world, [again], entity=0)
    assert (outcome.phase, outcome.reason) == ("execution", "ReentrancyGuardReentrantCall")
    assert count(world) == 0


def test_handle_ops_revert_when_called_again_by_the_beneficiary(world: World) -> None:
    made, where = compiled(CALLER_BACK), address("caller back")
    world.chain.set_code(where, made.runtime)
    again = handle_ops([], BUNDLER.address)
    transact(world, STRANGER, where, made.encode("prepare", ENTRY_POINT, again))
    op = signed(world, operation(world, CALL, entity=0), OWNER)
    outcome = send(world, op, beneficiary=where)
    assert (outcome.phase, outcome.code) == ("validation", "AA91 failed send to beneficiary")


def test_handle_ops_revert_unknown_selectors(world: World) -> None:
    for data in (b"\xde\xad\xbe\xef", b"\x01", EXECUTE):
        assert transact(world, STRANGER, ENTRY_POINT, data).revert is not None


def test_the_wallet_of_the_tests_has_no_session_key(world: World) -> None:
    refused(world, act(world, CALL, key=SESSION), "AA23 reverted")
    assert SESSION.address != WALLET
