"""A refusal of the published SimpleAccount, or of any other code, is told without this lab's sessions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, to_json
from tests.differential.interface import call
from tests.published_contracts.deployed import Deployed
from tests.published_contracts.test_simple_account import (  # noqa: F401 - fixtures
    ETHER,
    OWNER,
    STRANGER,
    account,
    factory,
    operation,
)

SESSION_WORDS = re.compile(r"session|permission|grant|policy_id|prepare|wallet_", re.IGNORECASE)
#: Accepts every operation until the second 1,000,000, and from the second 2**40 on. It pays nothing.
EXPIRED = bytes.fromhex("65") + (1_000_000).to_bytes(6, "big") + bytes.fromhex("60a01b5f5260205ff3")
NOT_YET = bytes.fromhex("65") + (2**40).to_bytes(6, "big") + bytes.fromhex("60d01b5f5260205ff3")
CODED = checksum(b"\xf0" * 20)


def refusal(lab: sl.Lab, sent: UserOperation, method: str = "eth_sendUserOperation") -> Any:
    with pytest.raises(RpcError) as error:
        lab.provider.request(method, [to_json(sent), ENTRY_POINT])
    return error.value


def signed(lab: sl.Lab, sent: UserOperation, by: sl.Key = OWNER) -> UserOperation:
    return sent.signed(by.sign_message(lab.bundler.hash_of(sent)))


def told(error: Any) -> str:
    denial = error.data["denial"]
    return f"{error} {denial['rule']} {denial['sentence']} {denial['fix']} {denial['cause']} {denial['permission']}"


@pytest.fixture
def paid(lab: sl.Lab, factory: Deployed, account: str) -> UserOperation:  # noqa: F811
    """An operation of the deployed account."""
    lab.bundler.send(operation(lab, account, factory))
    return operation(lab, account, None)


def cases(lab: sl.Lab, paid: UserOperation) -> dict[str, UserOperation]:
    dear = {"max_fee_per_gas": 10**12, "call_gas_limit": 2_000_000}
    return {
        "AA20": replace(paid, sender=checksum(b"\xee" * 20), nonce=0),
        "AA21": signed(lab, replace(paid, **dear)),
        "AA24": signed(lab, paid, STRANGER),
        "AA24 of a nonce key": signed(lab, replace(paid, nonce=7 << 72, verification_gas_limit=200_000), STRANGER),
        "AA23": replace(paid, signature=b"\x01"),
        "AA23 out of gas": signed(lab, replace(paid, verification_gas_limit=5_000)),
        "AA25": signed(lab, replace(paid, nonce=paid.nonce + 4)),
        "AA25 of a nonce key": signed(lab, replace(paid, nonce=(7 << 72) + 3, verification_gas_limit=200_000)),
        "AA26": signed(lab, replace(paid, nonce=7 << 72, verification_gas_limit=30_000)),
    }


def test_no_refusal_of_a_simple_account_speaks_of_sessions(lab: sl.Lab, paid: UserOperation) -> None:
    for name, sent in cases(lab, paid).items():
        error = refusal(lab, sent)
        assert str(error).startswith(name[:4]), name
        assert not SESSION_WORDS.search(told(error)), name


def test_what_is_said_names_the_numbers(lab: sl.Lab, paid: UserOperation) -> None:
    sent = cases(lab, paid)
    assert "has number 5 of its nonce key, and 1 is next" in str(refusal(lab, sent["AA25"]))
    assert "verificationGasLimit is 5,000, and it takes " in str(refusal(lab, sent["AA23 out of gas"]))
    assert "does not accept the signature" in str(refusal(lab, sent["AA24"]))
    assert "fund the account or its deposit" in str(refusal(lab, sent["AA21"]))


def test_an_account_that_has_the_ether_and_does_not_pay_is_told_so(lab: sl.Lab, paid: UserOperation) -> None:
    lab.chain.set_code(CODED, bytes.fromhex("5f5f5260205ff3"))  # answers 0 to everything
    lab.chain.set_balance(CODED, ETHER)
    error = refusal(lab, replace(paid, sender=CODED, nonce=0))
    assert str(error).startswith("AA21")
    assert "its code did not send the EntryPoint what was missing" in str(error)
    assert not SESSION_WORDS.search(told(error))


@pytest.mark.parametrize(("code", "words"), [(EXPIRED, "until 1000000, and"), (NOT_YET, f"from {2**40} on, and")])
def test_the_window_is_the_accounts_own_answer(lab: sl.Lab, paid: UserOperation, code: bytes, words: str) -> None:
    lab.chain.set_code(CODED, code)
    deposit = call("depositTo", CODED, contract="EntryPoint")
    lab.chain.transact(OWNER.private, ENTRY_POINT, deposit, ETHER)
    error = refusal(lab, replace(paid, sender=CODED, nonce=0))
    assert error.code == -32503
    assert words in str(error)
    assert not SESSION_WORDS.search(told(error))
