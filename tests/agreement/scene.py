"""Where the two engines meet: addresses, functions and amounts, and what a strategy may know of the session."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import eth  # noqa: F401  # raises the recursion limit: now, since Hypothesis minds when it is raised later
from hypothesis import strategies as st

from sessionlab.permissions import FLAGS, Policy, Remaining, Ruleset
from sessionlab.permissions.functions import selector
from sessionlab.replay.evm import EvmEngine
from sessionlab.replay.model import ModelEngine

Draw = Callable[[st.SearchStrategy[Any]], Any]
Step = dict[str, Any]

with (Path(__file__).parent.parent / "vectors" / "deployed.jsonl").open(encoding="utf-8") as _lines:
    ADDRESSES: dict[str, str] = json.loads(_lines.readline())["addresses"]
SYMBOLS = {address.lower(): symbol for symbol, address in ADDRESSES.items()}

T0 = 1_800_000_000
GWEI, ETHER, MAX_UINT256 = 10**9, 10**18, 2**256 - 1
#: Ample for 32 calls, so that no operation runs out of gas: the rules know no such end.
VERIFICATION_GAS, CALL_GAS, PRE_GAS = 3_000_000, 4_000_000, 60_000
USUAL_GAS = VERIFICATION_GAS + CALL_GAS + PRE_GAS

TOKENS = ("TOKEN_A", "TOKEN_B", "TOKEN_C")
COUNTERS = ("COUNTER", "COUNTER_2")
PEOPLE = ("EOA_1", "EOA_2")
#: Who gets tokens.
RECIPIENTS = (*PEOPLE, *COUNTERS, "WALLET")
#: Whom operations call. Not the EntryPoint and the paymaster: the model's world does not hold their deposits.
TARGETS = (*TOKENS, *COUNTERS, "STRICT", *PEOPLE, "ALLOWLIST_MODULE", "ZERO")

#: What final_state is asked for; ZERO is left out, which nobody asks about.
BALANCES = {
    "eth": ["WALLET", *PEOPLE, *COUNTERS, "STRICT", *TOKENS],
    "tokens": {token: ["WALLET", *PEOPLE, *COUNTERS, token] for token in TOKENS},
    "counts": list(COUNTERS),
}


def code(signature: str) -> bytes:
    return bytes.fromhex(selector(signature)[2:])


TRANSFER, APPROVE = code("transfer(address,uint256)"), code("approve(address,uint256)")
INCREASE, FROM = code("increaseAllowance(address,uint256)"), code("transferFrom(address,address,uint256)")
BALANCE_OF, SUPPLY = code("balanceOf(address)"), code("totalSupply()")
INCREMENT, ADD, DEPOSIT = code("increment()"), code("add(uint256)"), code("deposit()")
FAIL, PULL, NUMBER, PING = code("fail()"), code("pull(address,address,uint256)"), code("number()"), code("ping()")
REPLACE_OWNER = code("updateFallbackSignerData(address,bool)")
UNKNOWN, ZEROS = bytes.fromhex("deadbeef"), bytes(4)

#: What each kind of contract has, the usual more than once; nobody has the last two.
OF_TOKENS = (TRANSFER, TRANSFER, TRANSFER, APPROVE, APPROVE, INCREASE, INCREASE, FROM, BALANCE_OF, SUPPLY)
OF_COUNTERS = (INCREMENT, INCREMENT, ADD, ADD, DEPOSIT, DEPOSIT, DEPOSIT, FAIL, PULL, NUMBER)
FUNCTIONS = (*OF_TOKENS, *OF_COUNTERS, PING, UNKNOWN, ZEROS)
PAYABLE = (DEPOSIT, FAIL)


def functions_of(symbol: str) -> tuple[bytes, ...]:
    """What its contract answers to; for an address without code, anything."""
    if symbol in TOKENS:
        return OF_TOKENS
    if symbol in COUNTERS:
        return OF_COUNTERS
    return (PING,) if symbol == "STRICT" else (TRANSFER, INCREMENT, ZEROS)


def owners_of(function: bytes) -> tuple[str, ...]:
    """Who answers to it."""
    return tuple(symbol for symbol in TARGETS if function in functions_of(symbol)) or TARGETS


@dataclass(frozen=True)
class View:
    """The session as a strategy sees it, so that most of what it draws is nearly allowed."""

    policy: Policy
    left: Remaining
    rules: Ruleset
    now: int
    #: How many operations there were, which can be replayed.
    operations: int


def one(draw: Draw, *choices: Any) -> Any:
    return draw(st.sampled_from(choices))


def often(draw: Draw, usual: Any, others: Iterable[Any], times: int = 12) -> Any:
    """``usual`` in most cases."""
    return draw(st.sampled_from([usual] * times + list(others)))


def around(draw: Draw, left: int) -> int:
    """An amount: well within what is left, or at its edge."""
    within = (1, 1, 2, left // 9, left // 8, left // 7, left // 5, left // 4, left // 3, left // 2)
    chosen = one(draw, *within, left - 1, left, left, left + 1, left + 1, 0, MAX_UINT256)
    return min(max(chosen, 0), MAX_UINT256)


def mixture(bits: int) -> Ruleset:
    """Any flags together are a ruleset."""
    return Ruleset(f"mixture {bits}", **{flag.name: bool(bits >> i & 1) for i, flag in enumerate(FLAGS)})


@lru_cache(maxsize=8)
def evm(rules: Ruleset) -> EvmEngine:
    """One chain serves all examples: each begins again from its snapshot."""
    return EvmEngine(ADDRESSES, rules)


def model(rules: Ruleset) -> ModelEngine:
    return ModelEngine(ADDRESSES, rules)
