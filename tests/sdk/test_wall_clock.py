"""An application that counts its expiries from the wall clock, against the command and against the fixture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.integrations.pytest_plugin import ServedLab
from tests.sdk.node import run_node
from tests.sdk.stories import Story, as_json, stories
from tests.server.running import process

SDKS = pytest.mark.parametrize("sdk", ["4", "5"])


def run(manifest: dict[str, Any], told: dict[str, Story], sdk: str) -> dict[str, Any]:
    """What came of each permission type, granted for an hour from now."""
    addresses = {name.upper(): manifest[name] for name in ("recipient", "merchant", "counter", "dollar")}
    return run_node(  # type: ignore[no-any-return]
        "sdk_types.mjs",
        URL=manifest["url"],
        OWNER=manifest["owner"]["privateKey"],
        WALLET=manifest["wallet"],
        STORIES=as_json(told),
        SDK=sdk,
        **addresses,
    )


def check(found: dict[str, Any], told: dict[str, Story]) -> None:
    for name, story in told.items():
        done, no = found[name]["done"], found[name]["no"]
        assert (done["status"], done["receipts"][0]["status"]) == ("success", "success"), name
        assert (no["code"], no["data"]["denial"]["code"]) == (story.code, story.denied), name


@SDKS
def test_the_command_serves_it(tmp_path: Path, sdk: str) -> None:
    with process(tmp_path, "--quiet") as server:
        manifest = server.wait_until_ready()
        told = stories(sl.Lab(), manifest["wallet"])  # with the addresses of the same seed
        check(run(manifest, told, sdk), told)
        assert server.stop() == 0


@SDKS
def test_the_fixture_serves_it(served_lab: ServedLab, sdk: str) -> None:
    lab = served_lab.lab
    told = stories(lab, served_lab.wallet.address)
    check(run(served_lab.manifest, told, sdk), told)
    for record in lab.api.records.sessions(served_lab.wallet.address):
        assert 0 < record.expiry - lab.now <= 3_600
