"""Whoever can run a sweep: this process, its threads, other processes, a Dask cluster of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

WORKERS = 2


@pytest.fixture(scope="package")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(WORKERS) as executor:
        yield executor


@pytest.fixture(scope="package")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WORKERS) as executor:
        yield executor


@pytest.fixture(scope="package")
def dask_client() -> Iterator[Any]:
    from dask.distributed import Client, LocalCluster

    facts = {"processes": True, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, **facts) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(params=["this process", "pool", "dask_client", "threads"])
def executor(request: pytest.FixtureRequest) -> Any:
    return None if request.param == "this process" else request.getfixturevalue(request.param)


@pytest.fixture(params=["pool", "dask_client", "threads"])
def elsewhere(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)
