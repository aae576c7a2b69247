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
    denial = {name: value for name, value in error.data["denial"].items() if value is not None}
    del denial["permission_names"], denial["session"] if False else None  # type: ignore[attr-defined]
    return f"{error} {denial}"


@pytest.fixture
def paid(lab: sl.Lab, factory: Deployed, account: str) -> UserOperation:  # noqa: F811
    """An operation of the deployed account."""
    lab.bundler.send(operation(lab, account, factory))
    return operation(lab, account, None)
