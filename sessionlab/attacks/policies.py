"""Permission lists by seed: valid grants, of the kind that people write, and of the kind that they regret."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from sessionlab.amounts import ether
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.errors import GrantRefused
from sessionlab.permissions.grant import check_grant, check_install
from sessionlab.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
)

if TYPE_CHECKING:
    from sessionlab.lab import Lab

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
    "updateFallbackSignerData(address,bool)",
    "0x00000000",
)
ACCOUNT = ("updateFallbackSignerData(address,bool)", "owner()", "0x19822f7c")
TARGETS = ("token", "dollar", "coin", "counter", "strict", "vault", "collectible", "paymaster")
MANY = 200  # draws


def draw(lab: Lab, wallet: str, random: Random) -> list[Permission]:
    """A list that can be granted under the lab's rules."""
    for _ in range(MANY):
        found = [_permission(lab, random) for _ in range(random.choice((1, 1, 2, 2, 3, 4)))]
        if random.random() < 0.6:
            found.append(_gas(lab, random))
        random.shuffle(found)
        try:
            check_grant(found, wallet=wallet, expiry=0, now=lab.now, rules=lab.rules)
            check_install(found, expiry=0)
        except GrantRefused:
            continue
        return found
    raise AssertionError("no list that can be granted was drawn")


def _permission(lab: Lab, random: Random) -> Permission:
    kind = random.choices(range(7), weights=(5, 6, 5, 4, 4, 2, 1))[0]
    target = _target(lab, random)
    if kind == 0:
        return NativeTokenTransfer(allowance=random.choice((0, 1, ether("0.3"), ether(1), ether(20))))
    if kind == 1:
        token = lab.addresses[random.choice(("token", "dollar", "coin"))]
        return Erc20TokenTransfer(address=token, allowance=random.choice((0, 25, 25 * 10**6, 3 * 10**18, 10**30)))
    if kind == 2:
        return ContractAccess(address=target)
    if kind == 3:
        return FunctionsOnContract(address=target, functions=_functions(random))
    if kind == 4:
        return FunctionsOnAllContracts(functions=_functions(random))
    if kind == 5:
        return AccountFunctions(functions=(random.choice(ACCOUNT),))
    return Root()


def _functions(random: Random) -> tuple[str, ...]:
    return tuple(random.sample(FUNCTIONS, random.choice((1, 1, 2, 3))))


def _target(lab: Lab, random: Random) -> str:
    if random.random() < 0.15:
        return ENTRY_POINT
    if random.random() < 0.1:
        return lab.recipient
    return lab.addresses[random.choice(TARGETS)]


def _gas(lab: Lab, random: Random) -> Permission:
    if lab.rules.gas_limit_counts_gas:
        return GasLimit(limit=random.choice((100_000, 300_000, 3_000_000, 10**16)))
    return GasLimit(limit=random.choice((300_000, 10**15, 3 * 10**16, ether(50))))
