"""Experiments: sweeps over policies and workloads, with thousands of runs on any number of processes.

    sweep = experiments.passes_within([ether(1), ether(2)], operations=20, seeds=range(10))
    results = sweep.run()                               in this process
    results = sweep.run(ProcessPoolExecutor())          on all cores of this machine
    results = sweep.run(distributed.Client(address))    on a Dask cluster
    results.to_frame(), results.csv("passes.csv")

Frames and clusters need packages of the extra ``experiments``.
"""

from sessionlab.experiments.addresses import GAS_PRICE, OPERATION_GAS, OPERATION_LIMITS, START, Places, places
from sessionlab.experiments.grid import drawn, grid
from sessionlab.experiments.means import Means
from sessionlab.experiments.presets import any_policy, gas_limit_and_reverts, passes_within
from sessionlab.experiments.results import Results
from sessionlab.experiments.sweep import Sweep, SweepError
from sessionlab.experiments.workload import Decided, Planned, Ran, counts

__all__ = [
    "GAS_PRICE",
    "OPERATION_GAS",
    "OPERATION_LIMITS",
    "START",
    "Decided",
    "Means",
    "Places",
    "Planned",
    "Ran",
    "Results",
    "Sweep",
    "SweepError",
    "any_policy",
    "counts",
    "drawn",
    "gas_limit_and_reverts",
    "grid",
    "passes_within",
    "places",
]
