"""pytest fixtures for an application's tests: a lab, and a lab served at a URL.

    def test_my_application(served_lab):
        app = MyApplication(rpc_url=served_lab.url, policy_id=served_lab.manifest["policyId"])

    @pytest.mark.sessionlab(rules="deployed", seed=7)
    def test_under_the_rules_of_production(lab): ...

pytest finds this module once sessionlab is installed. Each test gets its own lab, and notebooks that pytest runs do
not change the learner's saved progress.
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
    """A lab served at ``url``; inspect it through ``lab``."""

    url: str
    lab: Lab
    #: The owner's client for a deployed and funded wallet.
    wallet: SmartWalletClient
    #: The content of ``sessionlab serve --manifest``: addresses, policy, and keys.
    manifest: dict[str, Any] = field(repr=False)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and redirect the progress of notebooks to a temporary file of this process."""
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
    """A fresh lab: chain, EntryPoint, wallets, tokens, sponsor."""
    from sessionlab.study.facade import Lab

    marker = request.node.get_closest_marker("sessionlab")
    return Lab(*marker.args, **marker.kwargs) if marker else Lab()


@pytest.fixture
def served_lab(lab: Lab) -> Iterator[ServedLab]:
    """The test's lab, served on 127.0.0.1 until the test ends. Needs the ``server`` extra."""
    from sessionlab.server.background import in_background
    from sessionlab.server.manifest import make_demo_wallet, manifest

    wallet, keys = make_demo_wallet(lab)
    with in_background(lab) as url:
        yield ServedLab(url, lab, wallet, manifest(lab, wallet, keys, url, None))
