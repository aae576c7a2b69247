"""Seeded random permission lists: valid grants, both sensible and careless."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import ether
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT
from sessionlab.core.permissions.functions import VALIDATE_USER_OP
from sessionlab.core.permissions.grant import check_grant, check_install
from sessionlab.core.permissions.limits import GAS_UNIT, LIMITS, TOKEN_UNIT, WEI
from sessionlab.core.permissions.types import (
    AccountFunctions,
    Permission,
    types_under,
)

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

FUNCTIONS = (
    "transfer(address,uint256)",
    "approve(address,uint256)",
    "increaseAllowance(address,uint256)",
    "transferFrom(address,address,uint256)",
    "increment()",
    "deposit()",
    "ping()",
    "pull(address,address,uint256)",
    "withdrawTo(address,uint256)",
    "depositTo(address)",
    "withdraw(uint256)",
    "unlockStake()",
    "withdrawStake(address)",
    "buy(uint256)",
    "safeTransferFrom(address,address,uint256)",
    "setApprovalForAll(address,bool)",
    "updateFallbackSignerData(address,bool)",
    "0x00000000",
)
ACCOUNT = ("updateFallbackSignerData(address,bool)", "owner()", "0x" + VALIDATE_USER_OP.hex())
TARGETS = ("token", "dollar", "coin", "counter", "strict", "vault", "collectible", "paymaster")
TOKENS = ("token", "dollar", "coin")
MANY = 200  # draws


#: Relative frequency of each type; a type that is not listed gets the lowest weight here.
WEIGHTS = {
    "native-token-transfer": 5,
    "erc20-token-transfer": 6,
    "contract-access": 5,
    "functions-on-contract": 4,
    "functions-on-all-contracts": 4,
    "account-functions": 2,
    "root": 1,
    "gas-limit": 12,
}


def draw(lab: Lab, wallet: str, random: Random, more: Sequence[str] = ()) -> list[Permission]:
    """Draw a permission list that can be granted under the lab's rules, from all types that the rules support.

    ``more``: addresses that it may name besides the lab's own contracts.
    """
    kinds = list(types_under(lab.rules).values())
    weights = [WEIGHTS.get(kind.type, 1) for kind in kinds]
    for _ in range(MANY):
        chosen = random.choices(kinds, weights, k=random.choice((1, 2, 2, 3, 3, 4, 5)))
        result = [_permission(lab, kind, random, more) for kind in chosen]
        try:
            check_grant(result, wallet=wallet, expiry=0, now=lab.now, rules=lab.rules)
            check_install(result, expiry=0)
        except GrantRefused:
            continue
        return result
    raise AssertionError("no list that can be granted was drawn")


def _permission(lab: Lab, kind: type[Permission], random: Random, more: Sequence[str]) -> Permission:
    values: dict[str, Any] = {}
    for name, form in kind.fields().items():
        if form == AMOUNT:
            values[name] = random.choice(_amounts(lab, kind))
        elif form == ADDRESS:
            token = _unit(kind) == TOKEN_UNIT
            limited = random.choice((*(lab.addresses[known] for known in TOKENS), *more))
            values[name] = limited if token else _target(lab, random, more)
        else:
            values[name] = (random.choice(ACCOUNT),) if kind is AccountFunctions else _functions(random)
    return kind(**values)


def _amounts(lab: Lab, kind: type[Permission]) -> tuple[int, ...]:
    """Return typical amounts for a permission type, in its unit."""
    in_gas = lab.rules.gas_limit_counts_gas
    result: dict[str | None, tuple[int, ...]] = {
        WEI: (0, 1, ether("0.3"), ether(1), ether(20)),
        TOKEN_UNIT: (0, 25, 25 * 10**6, 3 * 10**18, 10**30),
        GAS_UNIT: (100_000, 300_000, 3_000_000, 10**16) if in_gas else (300_000, 10**15, 3 * 10**16, ether(50)),
    }
    return result.get(_unit(kind), (0, 1, 3, 10))


def _unit(kind: type[Permission]) -> str | None:
    """Return the unit that a type counts; None if it counts nothing."""
    return next((limit.unit for limit in LIMITS.values() if limit.permission == kind.type), None)


def _functions(random: Random) -> tuple[str, ...]:
    return tuple(random.sample(FUNCTIONS, random.choice((1, 1, 2, 3))))


def _target(lab: Lab, random: Random, more: Sequence[str]) -> str:
    if more and random.random() < 0.15:
        return random.choice(more)
    if random.random() < 0.15:
        return ENTRY_POINT
    if random.random() < 0.1:
        return lab.recipient
    return lab.addresses[random.choice(TARGETS)]
