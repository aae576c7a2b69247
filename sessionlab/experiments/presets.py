"""Sweeps that are ready to run and serve as examples.

Their functions are defined in this module, so they are sent to workers by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Any

from sessionlab.core.base.amounts import ether
from sessionlab.core.base.doors import AMOUNT, ANY_NUMBER, NUMBER, each, reads, wrong
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.functions import selector
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
)
from sessionlab.experiments.addresses import OPERATION_GAS, OPERATION_LIMITS, places
from sessionlab.experiments.grid import Point, drawn, grid
from sessionlab.experiments.sweep import Sweep
from sessionlab.experiments.workload import Planned
from sessionlab.study.doors import POSITIVE, some

TRANSFER, INCREMENT, FAIL = "transfer(address,uint256)", "increment()", "fail()"
SELECTORS = (selector(TRANSFER), selector(INCREMENT))


# -- how many of N operations pass for an allowance


def _share(value: Any, field: str) -> float:
    """Read a share: a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise wrong(value, "is not a share", field, "give a number from 0 to 1.")
    return value


@reads(allowances=some(AMOUNT), operations=NUMBER, largest=POSITIVE, seeds=each(ANY_NUMBER))
def passes_within(
    allowances: Sequence[int],
    *,
    operations: int = 20,
    largest: int = ether(1),
    seeds: Sequence[int] = (0,),
    engine: str = "model",
    rules: str | Ruleset = "documented",
) -> Sweep:
    """Return a sweep: how many of ``operations`` transfers, of up to ``largest`` wei each, pass for each allowance."""
    points = grid(allowance=allowances, planned=[operations], largest=[largest])
    return Sweep(points, _allowance, _transfers, engine, rules, seeds)


def _allowance(point: Point) -> list[Permission]:
    # The second permission names the recipient; under the deployed rules, the first alone allows no recipient.
    return [NativeTokenTransfer(allowance=point["allowance"]), ContractAccess(address=places().recipient)]


def _transfers(point: Point, seed: int) -> list[Call]:
    random = Random(seed)
    return [Call(places().recipient, random.randint(1, point["largest"])) for _ in range(point["planned"])]


# -- a gas limit, and operations that revert


@reads(limits=some(AMOUNT), shares=some(_share), operations=NUMBER, seeds=each(ANY_NUMBER))
def gas_limit_and_reverts(
    limits: Sequence[int],
    shares: Sequence[float] = (0, 0.25, 0.5),
    *,
    operations: int = 20,
    seeds: Sequence[int] = (0,),
    engine: str = "model",
    rules: str | Ruleset = "documented",
) -> Sweep:
    """Return a sweep: how many operations pass within a gas limit if a share of them reverts, which uses gas too.

    They are sent without a simulation, so that those that revert are mined. Each takes ``OPERATION_GAS`` of the limit:
    in gas or, under the deployed rules, in wei at 1 gwei per gas.
    """
    points = grid(gas_limit=limits, share_of_reverts=shares, planned=[operations])
    return Sweep(points, _gas_limit, _some_revert, engine, rules, seeds)


def _gas_limit(point: Point) -> list[Permission]:
    return [GasLimit(limit=point["gas_limit"]), ContractAccess(address=places().counter)]


def _some_revert(point: Point, seed: int) -> list[Planned]:
    random, counter = Random(seed), places().counter
    reverts = [random.random() < point["share_of_reverts"] for _ in range(point["planned"])]
    calls = [Call(counter, function=FAIL if reverting else INCREMENT) for reverting in reverts]
    return [Planned([call], gas=OPERATION_LIMITS) for call in calls]


# -- policies and operations at random: run it under both rulesets, and compare


@reads(count=POSITIVE, operations=NUMBER, seed=ANY_NUMBER)
def any_policy(
    count: int,
    *,
    operations: int = 20,
    seed: int = 0,
    engine: str = "model",
    rules: str | Ruleset = "documented",
) -> Sweep:
    """Return a sweep over ``count`` random policies, each with random operations, some of which it allows.

    Operations are sent without a simulation, with ``OPERATION_LIMITS``.
    """
    points = drawn(
        count,
        seed,
        native=[0, ether("0.5"), ether(3)],
        tokens=[0, 100, 1_000],
        gas_limit=[0, 5 * OPERATION_GAS, 50 * OPERATION_GAS],
        counter=["closed", "open", "increment"],
        anywhere=["nothing", "transfer", "increment"],
        planned=[operations],
        workload=partial(Random.randrange, start=2**32),
    )
    return Sweep(points, _drawn_policy, _drawn_operations, engine, rules)


def _drawn_policy(point: Point) -> list[Permission]:
    where = places()
    result: list[Permission] = [ContractAccess(address=where.recipient)]
    if point["native"]:
        result.append(NativeTokenTransfer(allowance=point["native"]))
    if point["tokens"]:
        result.append(Erc20TokenTransfer(address=where.token, allowance=point["tokens"]))
    if point["gas_limit"]:
        result.append(GasLimit(limit=point["gas_limit"]))
    if point["counter"] == "open":
        result.append(ContractAccess(address=where.counter))
    elif point["counter"] == "increment":
        result.append(FunctionsOnContract(address=where.counter, functions=[SELECTORS[1]]))
    if point["anywhere"] != "nothing":
        result.append(FunctionsOnAllContracts(functions=[SELECTORS[point["anywhere"] == "increment"]]))
    return result


def _drawn_operations(point: Point, seed: int) -> list[Planned]:
    random = Random(point["workload"] ^ seed)
    made = [[_any_call(random) for _ in range(random.choice((1, 1, 1, 2)))] for _ in range(point["planned"])]
    return [Planned(calls, gas=OPERATION_LIMITS) for calls in made]


def _any_call(random: Random) -> Call:
    where = places()
    kind = random.randrange(6)
    if kind < 2:
        return Call(random.choice((where.recipient, where.merchant)), random.randrange(ether("0.5")))
    if kind < 4:
        token = random.choice((where.token, where.dollar))
        return Call(token, function=TRANSFER, args=[where.merchant, random.randrange(100)])
    value = random.choice((0, 0, 0, 1))
    return Call(random.choice((where.counter, where.counter_2)), value, function=random.choice((INCREMENT, FAIL)))
