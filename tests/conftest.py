"""Options and fixtures of every test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sessionlab.core import deployments
from sessionlab.core.erc4337.user_operation import SENDER_CREATOR
from tests.canonical import canonical_entry_point
from tests.missing import missing
from tests.npm import UnavailableError


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests that are marked as long, too")
    parser.addoption(
        "--all-vectors",
        action="store_true",
        help="replay every decided operation on both EntryPoints, not only every ninth and 14th line",
    )
    parser.addoption(
        "--every-mutant",
        action="store_true",
        help="compile the contracts without each of their checks, not only without some",
    )
    parser.addoption(
        "--audit-searches",
        type=int,
        default=20,
        metavar="N",
        help="search for the worst under N drawn policies, half under each ruleset, to check the audit (default: 20)",
    )
    parser.addoption(
        "--agreement",
        type=int,
        default=120,
        metavar="N",
        help="compare the decision engine and the EVM in N random operations of each ruleset (120)",
    )
    parser.addoption(
        "--comparisons",
        type=int,
        default=40,
        metavar="N",
        help="compare N drawn pairs of policies of each kind, and hold that against random sequences (default: 40)",
    )
    parser.addoption(
        "--examples",
        type=int,
        default=40,
        metavar="N",
        help="send N examples of each kind of pair of policies to two wallets on the EVM (default: 40)",
    )
    parser.addoption(
        "--extensions",
        type=int,
        default=50,
        metavar="N",
        help="random operations put to the EVM and to the decision engine with every extension on, for each ruleset",
    )
    parser.addoption(
        "--calldata",
        type=int,
        default=250,
        metavar="N",
        help="send N bent call data and N / 4 bent installs to the wallet (default: 250)",
    )
    parser.addoption(
        "--adversary",
        type=int,
        default=100,
        metavar="N",
        help="let an adversary try N operations under each ruleset (default: 100)",
    )
    parser.addoption(
        "--mined-runs",
        type=int,
        default=16,
        metavar="N",
        help="mine the least permission set of N recorded random runs, half under each ruleset (default: 16)",
    )
    parser.addoption(
        "--its-word",
        type=int,
        default=15,
        metavar="N",
        help="hold what is said about N drawn operations of each ruleset against sending them (default: 15)",
    )
    parser.addoption(
        "--stand-ins",
        type=int,
        default=300,
        metavar="N",
        help="put N drawn inputs to the browser's stand-ins for libraries in C, and to those libraries (default: 300)",
    )
    parser.addoption(
        "--whole-site",
        action="store_true",
        help="build the site with every page, and run every lesson in its browser lab, not only three",
    )
    parser.addoption(
        "--fuzz",
        type=int,
        default=300,
        metavar="N",
        help="send N drawn bodies to the server (default: 300)",
    )
    parser.addoption(
        "--threads",
        type=int,
        default=0,
        metavar="N",
        help="let 8 threads take 100 steps each on one lab, with N seeds (default: a short run with one seed)",
    )
    parser.addoption(
        "--interrupts",
        type=int,
        default=4,
        metavar="N",
        help="interrupt each step of a lab at N drawn points (default: 4)",
    )
    parser.addoption(
        "--load",
        type=float,
        default=5,
        metavar="SECONDS",
        help="have fifty clients at the server for so long (default: 5)",
    )
    parser.addoption(
        "--soak",
        type=int,
        default=100,
        metavar="N",
        help="send N hostile bodies to a server, from twenty clients (default: 100)",
    )
    parser.addoption(
        "--differential",
        type=int,
        default=120,
        metavar="N",
        help="send N drawn bundles to the lab's EntryPoint and to the published one (default: 120)",
    )
    parser.addoption(
        "--differential-of",
        choices=["ours", "canonical"],
        default="ours",
        help="compare this EntryPoint with the published one; canonical shows that the comparison finds nothing",
    )
    parser.addoption(
        "--validations",
        type=int,
        default=40,
        metavar="N",
        help="hold the strict bundler against a second checker in N drawn validations (default: 40)",
    )
    parser.addoption(
        "--sweeps",
        action="store_true",
        help="sweep 100,000 decisions and 500 runs on the EVM in one process, on a pool and on Dask, and time it",
    )
    parser.addoption(
        "--bundler-spec",
        metavar="CHECKOUT",
        help="run eth-infinitism/bundler-spec-tests, of which this is a clone, against a served strict lab",
    )
    parser.addoption(
        "--bundler-specification",
        type=Path,
        metavar="CLONE",
        help="a clone of eth-infinitism/bundler-spec, if CHECKOUT does not have it as its submodule",
    )


#: Folders whose tests share a fixture that is dear to make: one worker has all of them.
TOGETHER = ("tests/browser", "tests/experiments")
#: Tests that wait for browsers, servers, npm and other processes. They begin first, so that no worker waits at the end.
WAITING = ("sdk", "server", "browser", "docs", "plugin", "clients_web3", "site")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadfile``, a file goes to one worker as a whole, and so does a folder of ``TOGETHER``."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Sharing(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            folder = file.rpartition("/")[0]
            return folder if folder in TOGETHER else file

    return Sharing(config, log)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: more of the same as a test beside it; only with --long")
    # A busy machine is no fault of what is tested.
    settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any machine")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is long, and put first what waits; files stay together."""
    rooms = Path(__file__).parent
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
    items.sort(
        key=lambda item: item.path.relative_to(rooms).parts[0] not in WAITING if item.path.is_relative_to(rooms) else 1
    )


OURS = deployments.entry_point()


@dataclass(frozen=True)
class EntryPointUnderTest:
    """``name``: ours or canonical."""

    name: str
    accounts: deployments.Accounts

    def __repr__(self) -> str:
        return self.name

    @property
    def for_a_lab(self) -> deployments.Accounts:
        """With the SenderCreator where a simulation asks for it; the canonical EntryPoint here made one elsewhere."""
        return {SENDER_CREATOR: OURS[SENDER_CREATOR], **self.accounts}

    @contextmanager
    def in_every_lab(self) -> Iterator[None]:
        """Labs that are made meanwhile have this EntryPoint, also those that a command makes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployments, "entry_point", lambda: self.for_a_lab)
            yield


@pytest.fixture(scope="session", params=["ours", "canonical"])
def entry_point(request: pytest.FixtureRequest) -> EntryPointUnderTest:
    """Ours, and the one of production in its place. Without npm the second is skipped; in CI it fails."""
    if request.param == "ours":
        return EntryPointUnderTest("ours", OURS)
    try:
        return EntryPointUnderTest("canonical", canonical_entry_point())
    except UnavailableError as error:
        missing(error)
