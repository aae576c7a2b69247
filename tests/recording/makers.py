"""Recordings made by hand: operations at given times, with what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sessionlab as sl
from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import Permission, ruleset
from sessionlab.core.permissions.functions import selector
from sessionlab.study.recording import RecordedOperation, Recording

WALLET, TOKEN, COUNTER, OTHER = (f"0x{digit * 40}" for digit in "1234")
ZERO = "0x" + "0" * 40
START = 1_800_000_000
GAS, FEE = 100_000, 10**9
MAX = 2**256 - 1


def code(signature: str) -> bytes:
    return bytes.fromhex(selector(signature)[2:])


INCREMENT, ADD = code("increment()"), code("add(uint256)")
INCREASE = code("increaseAllowance(address,uint256)") + address_word(OTHER) + word(1)
REPLACE_OWNER = code("updateFallbackSignerData(address,bool)") + address_word(OTHER) + word(0)
UNINSTALL = account.uninstall_call(5)


def transfer(amount: int, function: str = "transfer(address,uint256)") -> bytes:
    return code(function) + address_word(OTHER) + word(amount)


def step(
    *calls: Call, time: int = START, block: int | None = 1, wrapped: bool = False, **facts: Any
) -> RecordedOperation:
    data = account.call_data(calls, wallet=WALLET, wrapped=wrapped)
    defaults: dict[str, Any] = {"gas": GAS, "fee": FEE, "sponsored": False, "is_global": False, "phase": "ok"}
    return RecordedOperation(time=time, block=block, call_data=data, **defaults | facts)


def recording(
    rules: str, *steps: RecordedOperation, permissions: Sequence[Permission] = (sl.Root(),), **facts: Any
) -> Recording:
    if any(isinstance(permission, sl.Root) for permission in permissions):
        steps = tuple(replace(one, is_global=True) for one in steps)
    return Recording(WALLET, tuple(permissions), facts.pop("expiry", None), ruleset(rules), steps, **facts)


def call(to: str, data: bytes = b"", value: int = 0) -> Call:
    return Call(to, value, data)


def mined(rules: str, *steps: RecordedOperation, **options: Any) -> sl.Proposal:
    return sl.least_permissions(recording(rules, *steps), **options)


def mined_as_recorded(rules: str, permissions: Sequence[Permission], *steps: RecordedOperation) -> sl.Proposal:
    """The proposal for a session that ended and had a gas-limit, as proposals do, so that its gas was as theirs."""
    given = [*permissions, sl.GasLimit(limit=10**15)]
    run = recording(rules, *steps, permissions=given, expiry=START + 10**6)
    return sl.least_permissions(run, gas_margin=0)


def without_gas(proposal: sl.Proposal) -> list[Permission]:
    """What is proposed, gas-limit aside, which is always there."""
    *found, last = proposal.permissions
    assert isinstance(last, sl.GasLimit)
    return found
