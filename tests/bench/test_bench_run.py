"""The benchmark runs, without anvil and without judging time: the figures are there and have units."""

import json
import subprocess
import sys

import pytest

from tests import bench
from tests.bench import cold, growth, node, steady


@pytest.fixture
def no_npm(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSIONLAB_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)


@pytest.mark.long
def test_without_npm_the_figures_stand_without_a_peer(monkeypatch, no_npm):
    monkeypatch.setattr(growth, "figures", lambda quick: [])
    monkeypatch.setattr("tests.bench.gas.figures", list)
    said = []
    found = bench.run(quick=True, progress=said.append)
    assert "npm is not installed" in said[0]
    assert {figure.name: figure.holds for figure in found if figure.peer_name == steady.PEER} == {
        "cold start → first session operation": None,
        "one session operation": None,
        "one operation through session.send_calls": None,
    }
    assert all(figure.value > 0 and figure.unit for figure in found)


def test_a_broken_npm_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSIONLAB_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: "npm")
    failed = subprocess.CompletedProcess(
        [], 1, "", "npm warn old\nnpm error code E404\nnpm error\nnpm error no such package\nnpm error A log"
    )
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(node.Unavailable, match="no such package"):
        node.executable()
    assert (node.cache_folder() / "package-lock.json").exists()


def test_npm_that_hangs_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("SESSIONLAB_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: "npm")

    def hang(*_, **__):
        raise subprocess.TimeoutExpired("npm", 300)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(node.Unavailable, match="five minutes"):
        node.executable()


def test_a_program_that_fails_is_not_a_figure():
    with pytest.raises(RuntimeError, match="ended with 3"):
        cold.until_done([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_node_that_does_not_start_is_unavailable(monkeypatch, tmp_path):
    broken = tmp_path / "anvil"
    broken.write_text("#!/bin/sh\nexit 4\n")
    broken.chmod(0o755)
    monkeypatch.setattr(node, "executable", lambda: broken)
    with pytest.raises(node.Unavailable, match="exit code 4"), node.running():
        raise AssertionError("it did not start")


def test_growth_measures_what_the_targets_name(monkeypatch):
    monkeypatch.setattr(growth, "RECEIPTS", 3)
    names = [figure.name for figure in growth.figures(quick=True)]
    assert [name.split(" at ")[0] for name in names[:3]] == ["operation", "newest receipt", "oldest receipt"]
    assert "get_logs" in names[3] and "snapshot" in names[4]


def test_the_lock_file_is_whole_and_names_no_host():
    lock = (cold.files("tests.bench") / "anvil" / "package-lock.json").read_text()
    assert "http" not in lock
    packages = json.loads(lock)["packages"]
    main = packages["node_modules/@foundry-rs/anvil"]
    assert main["version"] == node.VERSION
    for name in main["optionalDependencies"]:  # npm ci refuses a lock that misses one, on every platform
        assert packages[f"node_modules/{name}"]["version"] == node.VERSION


def test_the_peers_plan_is_json():
    plan = cold.peer_plan(node.Path("anvil"))
    assert json.loads(json.dumps(plan)) == plan
    assert "--hardfork" in plan["anvil"] and plan["operation"]["sender"]


def test_bench_prints_figures_as_json_and_as_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests import bench
    from tests.bench import gas
    from tests.bench.__main__ import main

    figures = gas.figures()[:3]  # really measured; the others take minutes
    monkeypatch.setattr(bench, "run", lambda **options: figures)
    main(["--json"])
    assert bench.from_json(capsys.readouterr().out) == figures
    main([])
    assert figures[0].name in capsys.readouterr().out
