"""The pytest plugin, run by a pytest of its own, as somebody else's project would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

OTHERS = """
import pytest
import sessionlab as sl


def test_a_lab_of_ones_own(lab):
    assert lab.rules.name == "documented"
    assert lab.wallet().balance == sl.ether(10)


@pytest.mark.sessionlab(rules="deployed", seed=7)
def test_rules_and_seed_by_marker(lab):
    assert (lab.rules.name, lab.seed) == ("deployed", 7)


def test_a_served_lab(served_lab):
    provider = sl.HttpProvider(served_lab.url)
    assert int(provider.request("eth_chainId"), 16) == served_lab.manifest["chainId"]
    session = served_lab.wallet.grant_permissions([sl.ContractAccess(address=served_lab.manifest["counter"])])
    assert session.send_calls([sl.Call(to=served_lab.manifest["counter"], function="increment()")]).ok
    assert served_lab.manifest["owner"]["privateKey"] not in repr(served_lab)


def test_each_test_has_a_world_of_its_own(lab):
    assert lab.read("Counter", lab.counter, "number") == 0
"""


def test_the_fixtures_serve_other_projects(tmp_path: Path) -> None:
    (tmp_path / "test_others.py").write_text(OTHERS)
    command = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


LESSON = """
from sessionlab import course


def test_a_lesson():
    course.predict("00.1", 4)
    assert not course.reveal("00.1").ok
"""


def test_lessons_that_pytest_runs_leave_the_learners_progress_alone(tmp_path: Path) -> None:
    progress = tmp_path / "progress.json"
    (tmp_path / "test_lesson.py").write_text(LESSON)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {**os.environ, "SESSIONLAB_PROGRESS": str(progress)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert not progress.exists()
