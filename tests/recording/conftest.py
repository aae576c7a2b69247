"""Labs under both rulesets, and the recorded random runs that ``--mined-runs`` asks for."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.recording.runs import Run, run, seeds


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in {"recorded", "to_resend"} & set(metafunc.fixturenames):
        wanted = list(seeds(metafunc.config.getoption("--mined-runs")))
        if name == "to_resend":
            wanted = wanted[: max(8, len(wanted) // 3)]
        metafunc.parametrize(name, wanted, indirect=True, ids=[f"{rules}-{seed}" for rules, seed in wanted])


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Run:
    return run(*request.param)


@pytest.fixture
def to_resend(request: pytest.FixtureRequest) -> Run:
    """One recorded run in three."""
    return run(*request.param)


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(rules=request.param)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()
