"""Behind an EntryPoint's code stands a tree of causes with the facts of this operation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.amounts import format_time
from sessionlab.core.denials.cause import Cause
from sessionlab.core.denials.denial import Denial
from sessionlab.study.diagnosis.causes import cause_of
from sessionlab.study.diagnosis.facts import DiagnosisFacts


def wrong(cause: Cause) -> list[str]:
    return [branch.text for branch in cause.causes if branch.wrong]


def refused(act: Any) -> Denial:
    with pytest.raises(sl.OperationRefused) as caught:
        act()
    return caught.value.denial


@pytest.fixture
def increment(lab: sl.Lab) -> list[sl.Call]:
    return [sl.Call(to=lab.counter, function="increment()")]


@pytest.fixture
def prepared(session: sl.Session, increment: list[sl.Call]) -> dict[str, Any]:
    return session.prepare_calls(increment)


def test_a_wallet_without_money_is_told_what_is_missing(lab: sl.Lab, increment: list[sl.Call]) -> None:
    poor = lab.wallet(balance=0).grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(2))
    denial = refused(lambda: poor.prepare_calls(increment))
    cost = f"{denial.asked / 10**18:.18f}".rstrip("0")
    assert wrong(denial.cause) == [
        f"the gas may cost {cost} ETH: {denial.asked // 10**9:,} gas at 1 gwei",
        "the deposit in the EntryPoint holds 0 ETH",
        f"the wallet holds 0 ETH, and {cost} ETH has to come from it",
    ]


def test_a_strangers_signature_names_the_stranger(lab: sl.Lab, session: sl.Session, prepared: dict[str, Any]) -> None:
    stranger = sl.new_key(99)
    signed = replace(session._api, key=stranger).sign_prepared_calls(prepared)
    denial = refused(lambda: session.send_prepared_calls(signed))
    (found,) = wrong(denial.cause)
    assert stranger.address[:6] in found and session.key.address[:6] in found
    assert "over another operation" in str(denial.cause)


def test_the_owners_signature_on_a_session_is_recognised(
    session: sl.Session, wallet: sl.SmartWalletClient, prepared: dict[str, Any]
) -> None:
    signed = replace(session._api, key=wallet.owner).sign_prepared_calls(prepared)
    denial = refused(lambda: session.send_prepared_calls(signed))
    assert "the signer is the wallet's owner, who has a nonce key of its own" in wrong(denial.cause)


def test_a_used_nonce_is_told_from_one_that_skips(session: sl.Session, increment: list[sl.Call]) -> None:
    session.send_calls(increment)
    first, second = session.prepare_calls(increment), session.prepare_calls(increment)
    session.send_prepared_calls(session.sign_prepared_calls(first))
    second["data"]["callGasLimit"] = hex(int(second["data"]["callGasLimit"], 16) + 1)
    raw = session._api
    from sessionlab.core.erc4337.user_operation import from_json, operation_hash

    second["signatureRequest"]["data"]["raw"] = "0x" + operation_hash(from_json(second["data"], ""), raw.chain_id).hex()
    denial = refused(lambda: session.send_prepared_calls(session.sign_prepared_calls(second)))
    assert denial.code.startswith("AA25")
    assert wrong(denial.cause) == [
        "the operation has number 0 of its nonce key, and 1 is next",
        "that number was already used",
    ]


def test_a_session_that_is_over_says_since_when(lab: sl.Lab, session: sl.Session, increment: list[sl.Call]) -> None:
    lab.travel(3_700)
    (found,) = wrong(refused(lambda: session.prepare_calls(increment)).cause)
    assert session.expiry_sec is not None
    assert found.startswith(f"the last second is {format_time(session.expiry_sec)}, ")


def test_a_reason_of_the_wallet_stands_in_the_tree(lab: sl.Lab, session: sl.Session) -> None:
    denial = refused(lambda: session.prepare_calls([sl.Call(to=lab.vault, function="deposit()")]))
    assert wrong(denial.cause) == ["the wallet gave its reason: AddressNotAllowed"]


def test_an_execution_that_fails_has_no_tree(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(2))
    assert refused(lambda: session.prepare_calls([sl.Call(to=lab.counter, function="fail()")])).cause is None


CODES = ["AA10", "AA13", "AA14", "AA15", "AA20", "AA21", "AA22", "AA23", "AA24", "AA25", "AA26", "AA30", "AA31"]
CODES += ["AA32", "AA33", "AA34"]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_tree_that_can_be_read_and_survives_json(code: str) -> None:
    cause = cause_of(DiagnosisFacts(code=f"{code} something", reason=f"{code} something", wallet="0x" + "11" * 20))
    assert cause is not None and cause.causes
    assert str(cause).splitlines()[0] == f"{code} something"
    assert "None" not in str(cause)
    assert Cause.from_json(json.loads(json.dumps(cause.to_json()))) == cause


def test_evidence_decides_what_is_wrong() -> None:
    short = DiagnosisFacts("AA26 over verificationGasLimit", "AA26", verification_gas=10, verification_needs=20)
    assert wrong(cause_of(short)) == ["verificationGasLimit is 10 gas, and validation takes 20 gas"]
    assert wrong(cause_of(replace(short, verification_gas=20))) == []
    made = DiagnosisFacts("AA10 sender already constructed", "AA10", wallet="0x" + "11" * 20, code_bytes=9)
    assert wrong(cause_of(made)) == ["the wallet 0x1111…1111 has 9 bytes of code"]
    poor = DiagnosisFacts("AA31 paymaster deposit too low", "AA31", gas=10**6, fee=10**9, paymaster_deposit=10**15)
    assert wrong(cause_of(replace(poor, paymaster_deposit=0)))
    assert not wrong(cause_of(poor))


def test_a_code_that_is_not_known_has_no_tree() -> None:
    assert cause_of(DiagnosisFacts("AA99 else", "AA99 else")) is None


def test_one_second_is_one_second(lab: sl.Lab, session: sl.Session, increment: list[sl.Call]) -> None:
    assert session.expiry_sec is not None
    lab.chain.travel_to(session.expiry_sec + 1)
    (found,) = wrong(refused(lambda: session.prepare_calls(increment)).cause)
    last, now = format_time(session.expiry_sec), format_time(session.expiry_sec + 1)
    assert found == f"the last second is {last}, 1 second ago: it is {now}"
