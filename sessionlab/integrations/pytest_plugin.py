"""Fixtures for other people's tests: a lab, and a lab behind a URL.

    def test_my_application(served_lab):
        app = MyApplication(rpc_url=served_lab.url, policy_id=served_lab.manifest["policyId"])

    @pytest.mark.sessionlab(rules="deployed", seed=7)
    def test_under_the_rules_of_production(lab): ...

pytest finds this module by itself once sessionlab is installed. Each test gets a world of its own, and notebooks that
pytest runs leave the learner's own progress alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, SmartWalletClient


PROGRESS = "SESSIONLAB_PROGRESS"


@dataclass(frozen=True)
class ServedLab:
    """A lab that answers at ``url``; what is in it can be looked at through ``lab``."""

    url: str
    lab: Lab
    #: The owner's side of a wallet that is deployed and funded.
    wallet: SmartWalletClient
    #: What ``sessionlab serve --manifest`` writes: addresses, policy, and keys.
    manifest: dict[str, Any] = field(repr=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known; keep what notebooks note of their reader's progress apart, in a file of this process."""
    config.addinivalue_line("markers", "sessionlab(rules, seed): the ruleset and seed of this test's lab")
    before = os.environ.get(PROGRESS)
    folder = tempfile.TemporaryDirectory(prefix="sessionlab-")
    os.environ[PROGRESS] = str(Path(folder.name) / "progress.json")

    def put_back() -> None:
        folder.cleanup()
        if before is None:
            os.environ.pop(PROGRESS, None)
        else:
            os.environ[PROGRESS] = before

    config.add_cleanup(put_back)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    """A world of its own: chain, EntryPoint, wallets, tokens, sponsor."""
    from sessionlab.study.facade import Lab

    marker = request.node.get_closest_marker("sessionlab")
    return Lab(*marker.args, **marker.kwargs) if marker else Lab()


@pytest.fixture
def served_lab(lab: Lab) -> Iterator[ServedLab]:
    """The same behind a URL on 127.0.0.1, until the test ends. Needs the extra ``server``."""
    from sessionlab.server.background import in_background
    from sessionlab.server.manifest import make_demo_wallet, manifest

    wallet, keys = make_demo_wallet(lab)
    with in_background(lab) as url:
        yield ServedLab(url, lab, wallet, manifest(lab, wallet, keys, url, None))
