"""The decision engine decides every operation of ``tests/vectors`` as the contracts did, and needs no chain for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sessionlab.study.replay.model import ModelEngine
from sessionlab.study.replay.run import replay
from sessionlab.study.replay.vectors import read_vectors

FOLDER = Path(__file__).parent.parent / "vectors"
SIZES = {"deployed": (720, 2145), "documented": (712, 2047)}


@pytest.mark.parametrize("rules", SIZES)
def test_the_model_decides_as_the_vectors_say(rules: str) -> None:
    report = replay(read_vectors(FOLDER / f"{rules}.jsonl"), ModelEngine)
    assert (report.lines, report.operations) == SIZES[rules]
    assert not report.mismatches, "\n".join(map(str, report.mismatches[:10]))


def test_the_other_ruleset_is_noticed() -> None:
    """The replay can fail: a sixth of the operations are decided otherwise by the other rules."""
    lines = [line | {"rules": "documented"} for line in read_vectors(FOLDER / "deployed.jsonl")]
    assert len(replay(lines, ModelEngine).mismatches) > 200


def test_the_rules_know_no_chain() -> None:
    code = (
        "import sys, sessionlab.core.permissions, sessionlab.study.replay.model\n"
        "heavy = ('eth.', 'web3', 'sessionlab.core.evm', 'sessionlab.core.contracts')\n"
        "print([m for m in sys.modules if m.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
