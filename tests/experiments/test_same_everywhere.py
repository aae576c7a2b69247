"""A sweep gives the same bytes, whoever runs it. With ``--sweeps`` it is large, and timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.experiments import START, Planned, Ran, Sweep, any_policy, counts, gas_limit_and_reverts, grid, places

DECISIONS = 100_000
RUNS = 500
OPERATIONS = 20
WORKERS = 2


@pytest.fixture
def large(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--sweeps"))


def decisions(large: bool) -> Sweep:
    """Drawn policies with twenty operations each."""
    return any_policy((DECISIONS if large else 2_000) // OPERATIONS, operations=OPERATIONS)


def evm_runs(large: bool) -> Sweep:
    """Sessions with a gas limit that send ten operations each, of which some revert."""
    limits = [4_000_000, 7_000_000] if not large else [count * 10**6 for count in range(1, 11)]
    seeds = range(10) if large else range(1)
    shares = (0, 0.1, 0.25, 0.5, 0.75) if large else (0, 0.5)
    return gas_limit_and_reverts(limits, shares, operations=10, seeds=seeds, engine="evm")


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = perf_counter()
    done = act()
    return perf_counter() - begun, done


@pytest.mark.parametrize("sweep_of", [decisions, evm_runs])
def test_one_process_a_pool_and_a_dask_cluster_give_the_same_bytes(
    sweep_of: Callable[[bool], Sweep],
    large: bool,
    pool: ProcessPoolExecutor,
    dask_client: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sweep = sweep_of(large)
    few = replace(sweep, points=sweep.points[:WORKERS], seeds=(0,))
    seconds, starts, texts = {}, {}, {}
    everybody = {"one process": None, "process pool": pool, "Dask cluster": dask_client}
    for name, executor in everybody.items():
        starts[name], _ = timed(lambda: few.run(executor, chunk=1))  # noqa: B023  # called at once
        seconds[name], texts[name] = timed(lambda: sweep.run(executor).csv())  # noqa: B023
    assert len(set(texts.values())) == 1
    assert texts["one process"].count("\n") == 1 + len(sweep)
    if large:
        operations = len(sweep) * sweep.points[0]["planned"]
        assert operations == (DECISIONS if sweep_of is decisions else RUNS * 10)
        with capsys.disabled():
            print(f"\n{sweep_of.__name__}: {len(sweep)} runs, {operations:,} operations")
            for name, took in seconds.items():
                speed_up = seconds["one process"] / took
                print(f"  {name:13} {took:6.2f} s  × {speed_up:.2f}, after {starts[name]:.2f} s to start")


def test_any_executor_gives_what_this_process_gives(executor: Any) -> None:
    where = places()
    sweep = Sweep(
        grid(allowance=[sl.ether(1), sl.ether(2), sl.ether(3)]),
        policy=lambda p: [sl.NativeTokenTransfer(allowance=p["allowance"])],  # of a notebook, say: it has no name
        operations=lambda p, seed: [sl.Call(where.recipient, sl.ether("0.7"))] * (seed + 3),
        seeds=range(4),
        measure=lambda ran: counts(ran) | {"sum": sum(one.phase == "ok" for one in ran.operations)},
    )
    results = sweep.run(executor)
    assert results == sweep.run()
    assert [row["sum"] for row in results] == [1] * 4 + [2] * 4 + [3, 4, 4, 4]
    assert [row["seed"] for row in results] == [0, 1, 2, 3] * 3


def test_the_size_of_chunks_changes_nothing(pool: ProcessPoolExecutor) -> None:
    sweep = any_policy(30, operations=3)
    assert len({sweep.run(who, chunk=size).csv() for who in (None, pool) for size in (None, 1, 7, 1_000)}) == 1


def test_an_executor_of_dask_and_its_client_are_alike(dask_client: Any) -> None:
    sweep = any_policy(20, operations=3)
    assert sweep.run(dask_client.get_executor()) == sweep.run(dask_client) == sweep.run()


def workloads() -> Iterator[Sweep]:
    where = places()
    transfer = sl.Call(where.dollar, function="transfer(address,uint256)", args=[where.merchant, 600 * 10**6])
    yield any_policy(10, operations=6)
    yield gas_limit_and_reverts([3_000_000, 4 * 10**15], [0.5], operations=5)
    yield Sweep(  # time passes, and a session ends
        grid(lasts=[None, 0, 1, 60, 61]),
        policy=lambda p: [sl.ContractAccess(address=where.counter)],
        operations=lambda p, seed: [
            Planned([sl.Call(where.counter, function="increment()")], wait) for wait in (0, 0, 58, 1, 1)
        ],
        expiry_sec=lambda p: None if p["lasts"] is None else START + p["lasts"],
    )
    yield Sweep(  # what a contract refuses, a batch, a sponsor, functions of the wallet, addresses of another kind
        grid(kind=["token", "root", "own", "nothing"]),
        policy=lambda p: {
            "token": [
                sl.ContractAccess(address=where.dollar),
                sl.ContractAccess(address=where.strict),
                sl.GasLimit(limit=1),
            ],
            "root": [sl.Root()],
            "own": [sl.AccountFunctions(functions=["0x3a41ebae"]), sl.ContractAccess(address=where.vault)],
            "nothing": [],
        }[p["kind"]],
        operations=lambda p, seed: [
            Planned([transfer], sponsored=True),
            Planned([transfer], sponsored=True),
            Planned([transfer], sponsored=False),
            [],
            [sl.Call(where.strict, data=b"12345"), transfer],
            sl.Call(where.wallet, data="0x3a41ebae"),
            [sl.Call(where.wallet, 1), transfer],
        ],
    )


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("number", range(4))
def test_the_engine_of_rules_decides_as_the_evm_does(number: int, rules: str) -> None:
    sweep = replace(list(workloads())[number], rules=rules)
    evm = replace(sweep, engine="evm")
    for point in sweep.points:
        assert plain(sweep.one(point, 0)) == plain(evm.one(point, 0)), point


def plain(ran: Ran) -> Any:
    return ran.grant_refused, [(one.phase, one.reason) for one in ran.operations]
