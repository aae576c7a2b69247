"""Grants of a careless owner: any type, some to the adversary's own contract, few of them ruinous."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sessionlab.attacks.scene import COUNTER, HOSTILE, INCREMENT, MERCHANT, OTHER_TOKEN, STRICT, TOKEN, WALLET
from sessionlab.contracts.artifacts import artifact
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.errors import GrantRefused
from sessionlab.permissions import (
    LIMITS,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    LimitKind,
    NativeTokenTransfer,
    Permission,
    Root,
    Ruleset,
    check_grant,
)
from sessionlab.permissions.fields import ADDRESS, FUNCTIONS
from sessionlab.permissions.functions import REPLACE_OWNER
from sessionlab.permissions.types import types_under
from tests.agreement.scene import GWEI, Draw

#: Of one operation as the adversary usually sends it: gas, and wei at a gwei.
USUAL_GAS = 2_060_000


def selector(contract: str, function: str) -> str:
    return "0x" + artifact(contract).encode(function, *_ARGUMENTS.get(function, ()))[:4].hex()


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "transferFrom": (TOKEN, TOKEN, 0),
    "transfer": (TOKEN, 0),
    "balanceOf": (TOKEN,),
    "add": (0,),
}
COUNTING = ["0x" + INCREMENT.hex(), selector("Counter", "add")]
#: Of tokens, without moving any: what transferFrom moves was approved before.
HARMLESS = [selector("Token", "balanceOf"), selector("Token", "transferFrom")]
TRANSFER = selector("Token", "transfer")


@st.composite
def permissions(draw: Draw, rules: Ruleset, now: int) -> list[Permission]:
    """What the session builder accepts of one to five drawn permissions."""
    if draw(st.integers(0, 29)) == 29:
        return [Root()]
    kept: list[Permission] = []
    for drawn in draw(st.lists(_one(rules), min_size=2, max_size=5)):
        try:
            check_grant([*kept, drawn], wallet=WALLET, expiry=0, now=now, rules=rules)
        except GrantRefused as refused:
            if refused.rule != "ValidationConfigUnsetError":  # the next one may allow a call
                continue
        kept.append(drawn)
    limited = any(isinstance(permission, NativeTokenTransfer) for permission in kept)
    if not rules.value_needs_permission and not limited and draw(st.integers(0, 3)):
        kept.append(NativeTokenTransfer(allowance=50))  # without, the deployed rules let any value pass
    calls = not all(map(only_bounds, kept))
    return kept if calls or not kept else [*kept, ContractAccess(address=MERCHANT)]


def only_bounds(permission: Permission) -> bool:
    """Whether it names no address and no function: a limit on all that a session does."""
    kinds = [row.kind for row in permission.rows()]
    return all(isinstance(kind, LimitKind) and not LIMITS[kind].binds_target for kind in kinds)


def _one(rules: Ruleset) -> st.SearchStrategy[Permission]:
    """Any type that the rules know, the usual more often."""
    drawn = [_of_type(kind, rules) for kind in types_under(rules).values() if kind is not Root]
    return st.one_of(*drawn, *(_of_type(kind, rules) for kind in USUAL), st.sampled_from(RUINOUS))


BY_TYPE = {limit.permission: kind for kind, limit in LIMITS.items()}
USUAL = (Erc20TokenTransfer, NativeTokenTransfer, NativeTokenTransfer, GasLimit)
LISTED = ((COUNTER, COUNTING), (TOKEN, HARMLESS), (HOSTILE, [TRANSFER]), (OTHER_TOKEN, HARMLESS))
TARGETS = (COUNTER, COUNTER, HOSTILE, HOSTILE, STRICT, MERCHANT)


def _of_type(kind: type[Permission], rules: Ruleset) -> st.SearchStrategy[Permission]:
    """Permissions of one type: values by the form of its fields, those that fit each other for a list on a contract."""
    if kind is FunctionsOnContract:
        return st.sampled_from(LISTED).map(lambda found: FunctionsOnContract(address=found[0], functions=found[1]))
    forms = kind.fields().items()
    values = st.fixed_dictionaries({name: _values(kind, form, rules) for name, form in forms})
    return values.map(lambda found: kind(**found))


def _values(kind: type[Permission], form: str, rules: Ruleset) -> st.SearchStrategy[Any]:
    if form == ADDRESS:
        return st.sampled_from((TOKEN, TOKEN, OTHER_TOKEN, HOSTILE) if kind is Erc20TokenTransfer else TARGETS)
    if form == FUNCTIONS:
        return st.sampled_from((COUNTING[:1], [TRANSFER]) if kind is AccountFunctions else (COUNTING, HARMLESS))
    if kind is GasLimit:
        unit = 1 if rules.gas_limit_counts_gas else GWEI
        return st.sampled_from((10, 40, 2)).map(lambda count: count * USUAL_GAS * unit)
    limit = LIMITS[BY_TYPE[kind.type]]
    return st.sampled_from((50, 50, 1_000, 1, 0) if limit.is_asset else (3, 1, 2, 10, 0))


#: What no rule limits, or only one of the rulesets.
RUINOUS: tuple[Permission, ...] = (
    ContractAccess(address=TOKEN),
    ContractAccess(address=ENTRY_POINT),
    FunctionsOnAllContracts(functions=[TRANSFER]),
    FunctionsOnAllContracts(functions=["0x00000000"]),
    AccountFunctions(functions=[REPLACE_OWNER]),
    *(ContractAccess(address=COUNTER), ContractAccess(address=HOSTILE)) * 6,
)


@st.composite
def windows(draw: Draw, now: int) -> tuple[int, int]:
    """The first and the last second; 0: none."""
    after = draw(st.sampled_from((0, 0, 0, now, now + 5)))
    return after, draw(st.sampled_from((0, 0, now + 10, now + 60)))
