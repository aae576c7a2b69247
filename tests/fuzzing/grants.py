"""Grants of a careless owner: any of the eight types, some to the adversary's own contract, few of them ruinous."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sessionlab.attacks.scene import COUNTER, HOSTILE, INCREMENT, MERCHANT, OTHER_TOKEN, STRICT, TOKEN, WALLET
from sessionlab.contracts.artifacts import artifact
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.errors import GrantRefused
from sessionlab.permissions import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
    Ruleset,
    check_grant,
)
from sessionlab.permissions.functions import REPLACE_OWNER
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
    calls = any(not isinstance(permission, NativeTokenTransfer | GasLimit) for permission in kept)
    return kept if calls or not kept else [*kept, ContractAccess(address=MERCHANT)]


def _one(rules: Ruleset) -> st.SearchStrategy[Permission]:
    unit = 1 if rules.gas_limit_counts_gas else GWEI
    tokens = st.sampled_from((TOKEN, TOKEN, OTHER_TOKEN, HOSTILE))
    amounts = st.sampled_from((50, 50, 1_000, 1, 0))
    limits = st.sampled_from((10, 40, 2)).map(lambda count: count * USUAL_GAS * unit)
    targets = (COUNTER, COUNTER, HOSTILE, HOSTILE, STRICT, MERCHANT)
    listed = st.sampled_from(((COUNTER, COUNTING), (TOKEN, HARMLESS), (HOSTILE, [TRANSFER]), (OTHER_TOKEN, HARMLESS)))
    coins = st.builds(lambda token, amount: Erc20TokenTransfer(address=token, allowance=amount), tokens, amounts)
    wei = amounts.map(lambda amount: NativeTokenTransfer(allowance=amount))
    return st.one_of(
        coins,
        coins,
        wei,
        wei,
        st.sampled_from(targets).map(lambda target: ContractAccess(address=target)),
        listed.map(lambda found: FunctionsOnContract(address=found[0], functions=found[1])),
        st.sampled_from((COUNTING, HARMLESS)).map(lambda found: FunctionsOnAllContracts(functions=found)),
        wei,
        limits.map(lambda limit: GasLimit(limit=limit)),
        limits.map(lambda limit: GasLimit(limit=limit)),
        st.sampled_from((COUNTING[:1], [TRANSFER])).map(lambda found: AccountFunctions(functions=found)),
        st.sampled_from(RUINOUS),
    )


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
