"""What an operation uses up, and what it costs."""

from __future__ import annotations

from typing import Any

from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Ruleset,
)

from .world import (
    COUNTER,
    GWEI,
    INCREMENT,
    MERCHANT,
    OTHER_WALLET,
    TOKEN,
    WALLET,
    ZERO,
    World,
    act,
    address,
    deposit_of,
    events,
    install,
    left,
)

CALL = [Call(COUNTER, data=INCREMENT)]
COUNTER_ACCESS = [ContractAccess(address=COUNTER)]
wallet_abi = artifact("SessionWallet")


def transfer(amount: int, to: str = MERCHANT) -> bytes:
    return artifact("Token").encode("transfer", to, amount)


# -- allowances


def test_allowance_consumed_says_what_and_what_is_left(ruled_world: World) -> None:
    install(
        ruled_world,
        [
            NativeTokenTransfer(allowance=100),
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            GasLimit(limit=10**18),
            ContractAccess(address=COUNTER),
        ],
    )
    calls = [Call(COUNTER, 3), Call(TOKEN, data=transfer(7)), Call(COUNTER, 4)]
    outcome = act(ruled_world, calls)
    assert outcome.phase == "ok"
    gas = 500_000 + 500_000 + 60_000
    asked = gas if ruled_world.rules.gas_limit_counts_gas else gas * GWEI
    found = [args for name, args in events("SessionWallet", outcome.receipt.logs) if "entityId" in args]
    assert [(one["entityId"], one["kind"], one["token"], one["amount"], one["remaining"]) for one in found] == [
        (1, 3, ZERO, asked, 10**18 - asked),
        (1, 1, ZERO, 7, 93),
        (1, 2, TOKEN.lower(), 7, 43),
    ]


def test_allowances_of_a_failed_execution_come_back_but_gas(ruled_world: World) -> None:
    install(
        ruled_world,
        [
            NativeTokenTransfer(allowance=100),
            GasLimit(limit=10**18),
            ContractAccess(address=COUNTER),
        ],
    )
    fail = [Call(COUNTER, 9, artifact("Counter").encode("fail"))]
    assert act(ruled_world, fail).reason == "CounterFailed"
    assert left(ruled_world, 1) == 100
    assert left(ruled_world, 3) < 10**18


# -- gas


def many(number: int) -> list[Any]:
    return [FunctionsOnContract(address=address(f"target {n}"), functions=["0xd09de08a"]) for n in range(number)]


def test_gas_of_an_operation_does_not_grow_with_the_permissions(ruled_world: World) -> None:
    used = []
    for number in (1, 100):
        moment = ruled_world.chain.snapshot()
        granted = [
            FunctionsOnContract(address=COUNTER, functions=["0xd09de08a"]),
            NativeTokenTransfer(allowance=100),
            Erc20TokenTransfer(address=TOKEN, allowance=50),
            *many(number - 1),
        ]
        install(ruled_world, granted)
        assert act(ruled_world, CALL).phase == "ok"
        used.append(act(ruled_world, [*CALL, Call(TOKEN, data=transfer(1))]).receipt.gas_used)
        ruled_world.chain.revert(moment)
    assert used[1] <= used[0] * 1.02


def test_gas_is_charged_to_the_wallet_and_to_nobody_else(ruled_world: World, rules: Ruleset) -> None:
    install(ruled_world, COUNTER_ACCESS)
    before = deposit_of(ruled_world), deposit_of(ruled_world, OTHER_WALLET)
    (one,) = act(ruled_world, CALL).included
    assert deposit_of(ruled_world) == before[0] - one.gas_cost
    assert deposit_of(ruled_world, OTHER_WALLET) == before[1]
    assert ENTRY_POINT != WALLET
