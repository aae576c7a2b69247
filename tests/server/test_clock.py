"""The clock of a served lab: what the options ask for, and what banner, manifest and page say of it."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main, serve
from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.errors import InvalidInput
from sessionlab.server.manifest import make_demo_wallet, manifest
from sessionlab.server.operation_log import OperationLog
from sessionlab.server.view import view

from .running import Client, process

WALL = 1_790_000_000
#: Seconds that starting a server and asking it may take, on a busy machine.
ABOUT_NOW = 60


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    serve.add(parser.add_subparsers())
    return parser.parse_args(["serve", *arguments])


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        ((), "now"),
        (("--time", "now"), "now"),
        (("--seed", "7", "--time", "now"), "now"),
        (("--seed", "0"), 1_800_000_000),
        (("--time", "1700000000"), 1_700_000_000),
        (("--seed", "7", "--time", "1700000000"), 1_700_000_000),
        (("--time", "0"), 0),
    ],
)
def test_the_clock_runs_unless_time_or_seed_ask_for_a_fixed_one(arguments: Sequence[str], beginning: Any) -> None:
    assert serve.beginning(options(*arguments)) == beginning


@pytest.mark.parametrize("text", ["", "later", "-5", "1.5", "1e9", "9" * 30, str(2**64), str(WALL * 1_000)])
def test_another_time_is_refused_before_anything_is_served(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        serve.check(options(f"--time={text}"))
    assert refused.value.field == "--time"
    assert main(["serve", f"--time={text}"]) != 0
    assert "--time" in capsys.readouterr().err


@pytest.mark.parametrize(("time", "words"), [("now", serve.RUNS), (1_700_000_000, serve.STANDS)])
def test_banner_manifest_and_page_show_the_time(monkeypatch: pytest.MonkeyPatch, time: int | str, words: str) -> None:
    monkeypatch.setattr("sessionlab.core.evm.head.time", lambda: WALL + 40.0)
    lab = sl.Lab(time=time)
    wallet, keys = make_demo_wallet(lab)
    shown = manifest(lab, wallet, keys, "http://127.0.0.1:1", None)
    assert shown["now"] == lab.now
    banner = serve.block(options(), "http://127.0.0.1:1", lab, wallet.address, loopback=True)
    assert f"{format_time(lab.now)} ({lab.now})   {words}" in banner
    page = view(lab, OperationLog())
    assert format_time(lab.now) in page and str(lab.now) in page
    assert ("runs with the wall clock" in page) is (time == "now")


def test_a_served_clock_runs_and_a_fixed_one_stands(tmp_path: Path) -> None:
    for name, more in {"running": (), "fixed": ("--time", "1700000000")}.items():
        (tmp_path / name).mkdir()
        with process(tmp_path / name, "--quiet", *more) as server:
            told = server.wait_until_ready()
            client = Client(told["url"])
            block = int(client.request("eth_getBlockByNumber", ["latest", False])["timestamp"], 16)
            page = client.http.get(told["url"]).text
            assert server.stop() == 0
        assert told["now"] >= block
        assert abs(told["now"] - (1_700_000_000 if more else time.time())) < ABOUT_NOW
        assert f"({told['now']})" in server.out.read_text()
        assert bool(re.search("moves with each block", page)) is bool(more)


def test_in_background_serves_a_lab_as_it_is() -> None:
    for lab in (sl.Lab(), sl.Lab(time=1_700_000_000), sl.Lab(time="now")):
        before, runs = lab.now, lab.chain.runs
        with sl.in_background(lab) as url:
            pending = sl.HttpProvider(url).request("eth_getBlockByNumber", ["pending", False])
        assert lab.chain.runs is runs and before <= int(pending["timestamp"], 16) <= before + ABOUT_NOW


def test_a_refused_expiry_tells_json_rpc_clients_the_time_and_where_it_is() -> None:
    lab = sl.Lab()
    request = {
        "chainId": hex(lab.chain.chain_id),
        "key": {"type": "secp256k1", "publicKey": sl.new_key(1).address},
        "permissions": [{"type": "root"}],
        "account": lab.wallet().address,
        "expirySec": WALL,
    }
    with pytest.raises(sl.RpcError) as refused:
        lab.provider.request("wallet_createSession", [request])
    said = str(refused.value)
    for words in (f"The lab's clock says {lab.now} ({format_time(lab.now)})", str(WALL), "lab.now", "pending"):
        assert words in said, words
    assert 'eth_getBlockByNumber("pending")' in said
