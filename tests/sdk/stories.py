"""For each permission type a grant, a call that it allows and one that it does not, as JSON for the scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sessionlab as sl
from tests.sdk.worlds import secret

INCREMENT, ADD_2, FAIL = "0xd09de08a", "0x1003e2d2" + f"{2:064x}", "0xa9cc4718"


@dataclass(frozen=True)
class Story:
    """``effect`` is what the allowed call changes; ``denied`` and ``code`` are what the refusal says."""

    permissions: list[dict[str, Any]]
    allowed: dict[str, str]
    refused: dict[str, str]
    effect: Callable[[sl.Lab], int]
    denied: str
    code: int


def stories(lab: sl.Lab, wallet: str) -> dict[str, Story]:
    """One of each type. Native tokens and gas need somewhere to go under the deployed rules, so they are given it."""
    anywhere = {"type": "contract-access", "data": {"address": lab.recipient}}
    counting = {"type": "contract-access", "data": {"address": lab.counter}}
    increment, other = {"to": lab.counter, "data": INCREMENT}, {"to": lab.counter_2, "data": INCREMENT}
    # Enough for the first operation, which installs the session, and not for another one.
    gas = 450_000 * (1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee)

    def count(lab: sl.Lab) -> int:
        return int(lab.read("Counter", lab.counter, "number"))

    def owner(lab: sl.Lab) -> int:
        return int(lab.read("SessionWallet", wallet, "owner"), 16)

    return {
        "native-token-transfer": Story(
            [{"type": "native-token-transfer", "data": {"allowance": "0x3e8"}}, anywhere],
            {"to": lab.recipient, "value": "0x12c"},
            {"to": lab.recipient, "value": "0x2bd"},
            lambda lab: lab.balance(lab.recipient),
            "ExceededNativeTokenLimit",
            -32521,
        ),
        "erc20-token-transfer": Story(
            [{"type": "erc20-token-transfer", "data": {"address": lab.dollar, "allowance": "0x32"}}],
            {"to": lab.dollar, "data": _transfer(lab.merchant, 20)},
            {"to": lab.dollar, "data": _transfer(lab.merchant, 31)},
            lambda lab: lab.token_balance("dollar", lab.merchant),
            "ExceededTokenLimit",
            -32521,
        ),
        "gas-limit": Story(
            [{"type": "gas-limit", "data": {"limit": hex(gas)}}, counting],
            increment,
            increment,
            count,
            "ExceededGasLimit" if lab.rules.gas_limit_counts_gas else "ExceededNativeTokenLimit",
            -32500,
        ),
        "contract-access": Story([counting], increment, other, count, "AddressNotAllowed", -32500),
        "functions-on-all-contracts": Story(
            [{"type": "functions-on-all-contracts", "data": {"functions": [INCREMENT]}}],
            increment,
            {"to": lab.counter, "data": ADD_2},
            count,
            "AddressNotAllowed",
            -32500,
        ),
        "functions-on-contract": Story(
            [{"type": "functions-on-contract", "data": {"address": lab.counter, "functions": [INCREMENT]}}],
            increment,
            {"to": lab.counter, "data": ADD_2},
            count,
            "SelectorNotAllowed",
            -32500,
        ),
        "root": Story([{"type": "root"}], increment, {"to": lab.counter, "data": FAIL}, count, "CounterFailed", -32521),
        # The last: it gives the wallet another owner, who can grant nothing here.
        "account-functions": Story(
            [{"type": "account-functions", "data": {"functions": [_update(lab.merchant)[:10]]}}],
            {"to": wallet, "data": _update(lab.merchant)},
            increment,
            owner,
            "ValidationFunctionMissing",
            -32500,
        ),
    }


def as_json(told: dict[str, Story]) -> str:
    """What the script needs of them, each with a session key of its own."""
    return json.dumps(
        [
            {
                "name": name,
                "key": secret(sl.new_key(name)),
                "permissions": story.permissions,
                "allowed": story.allowed,
                "refused": story.refused,
            }
            for name, story in told.items()
        ]
    )


def _transfer(to: str, amount: int) -> str:
    return f"0xa9059cbb{to[2:].lower():0>64}{amount:064x}"


def _update(owner: str) -> str:
    from sessionlab.core.contracts.artifacts import artifact

    return "0x" + artifact("SessionWallet").encode("updateFallbackSignerData", owner, False).hex()
