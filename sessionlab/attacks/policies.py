"""Permission lists by seed: valid grants, of the kind that people write, and of the kind that they regret."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from sessionlab.amounts import ether
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.errors import GrantRefused
from sessionlab.permissions.fields import ADDRESS, AMOUNT
from sessionlab.permissions.grant import check_grant, check_install
from sessionlab.permissions.kinds import GAS_UNIT, LIMITS, TOKEN_UNIT, WEI
from sessionlab.permissions.types import (
    AccountFunctions,
    Permission,
    types_under,
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
TOKENS = ("token", "dollar", "coin")
MANY = 200  # draws


#: How often a type is drawn; one that is not named here as often as the least of them.
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


def draw(lab: Lab, wallet: str, random: Random) -> list[Permission]:
    """A list that can be granted under the lab's rules, of any type that they know."""
    kinds = list(types_under(lab.rules).values())
    weights = [WEIGHTS.get(kind.type, 1) for kind in kinds]
    for _ in range(MANY):
        chosen = random.choices(kinds, weights, k=random.choice((1, 2, 2, 3, 3, 4, 5)))
        found = [_permission(lab, kind, random) for kind in chosen]
        try:
            check_grant(found, wallet=wallet, expiry=0, now=lab.now, rules=lab.rules)
            check_install(found, expiry=0)
        except GrantRefused:
            continue
        return found
    raise AssertionError("no list that can be granted was drawn")


def _permission(lab: Lab, kind: type[Permission], random: Random) -> Permission:
    values: dict[str, Any] = {}
    for name, form in kind.fields().items():
        if form == AMOUNT:
            values[name] = random.choice(_amounts(lab, kind))
        elif form == ADDRESS:
            values[name] = lab.addresses[random.choice(TOKENS)] if _unit(kind) == TOKEN_UNIT else _target(lab, random)
        else:
            values[name] = (random.choice(ACCOUNT),) if kind is AccountFunctions else _functions(random)
    return kind(**values)


def _amounts(lab: Lab, kind: type[Permission]) -> tuple[int, ...]:
    """Amounts of the kind that people write for a type, in its unit."""
    in_gas = lab.rules.gas_limit_counts_gas
    found: dict[str | None, tuple[int, ...]] = {
        WEI: (0, 1, ether("0.3"), ether(1), ether(20)),
        TOKEN_UNIT: (0, 25, 25 * 10**6, 3 * 10**18, 10**30),
        GAS_UNIT: (100_000, 300_000, 3_000_000, 10**16) if in_gas else (300_000, 10**15, 3 * 10**16, ether(50)),
    }
    return found.get(_unit(kind), (0, 1, 3, 10))


def _unit(kind: type[Permission]) -> str | None:
    """What a type counts; None for one that counts nothing."""
    return next((limit.unit for limit in LIMITS.values() if limit.permission == kind.type), None)


def _functions(random: Random) -> tuple[str, ...]:
    return tuple(random.sample(FUNCTIONS, random.choice((1, 1, 2, 3))))


def _target(lab: Lab, random: Random) -> str:
    if random.random() < 0.15:
        return ENTRY_POINT
    if random.random() < 0.1:
        return lab.recipient
    return lab.addresses[random.choice(TARGETS)]
