"""``sessionlab replay`` on lines whose session holds an extension: the real command, with both engines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.replay.vectors import read_vectors, rules_of

from ..agreement.lab import ADDRESSES, INCREMENT, T0
from ..agreement.test_agreement import PLAIN

NAME = "call-limit"
ENGINES = pytest.mark.parametrize("engine", ["evm", "model"])


def expected(left: str, reason: str | None = None) -> dict[str, Any]:
    remaining = {"native": None, "operations": left}
    phase = "validation" if reason else "ok"
    return {"accepted": reason is None, "phase": phase, "reason": reason, "remaining": remaining}


def line(**more: Any) -> dict[str, Any]:
    """A session of one operation, which tries two."""
    call = {"to": "COUNTER", "value": "0", "data": "0x" + INCREMENT.hex()}
    step = PLAIN | {"via": "execute", "calls": [call]}
    ends = [expected("0"), expected("0", "ExceededCallLimit")]
    return {
        "id": 0,
        "addresses": ADDRESSES,
        "time0": T0,
        "permissions": [
            {"type": NAME, "data": {"count": "0x1"}},
            {"type": "contract-access", "data": {"address": "COUNTER"}},
        ],
        "expiry": 0,
        "valid_after": 0,
        "grant": {"granted": True, "where": None, "reason": None},
        "ops": [step | {"expect": end} for end in ends],
    } | more


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(*lines: dict[str, Any]) -> Path:
        file = tmp_path / "vectors.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in lines))
        return file

    return write


def replay(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sessionlab", "replay", str(file), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@ENGINES
def test_a_line_brings_its_extensions_along_under_any_rules(write: Any, engine: str) -> None:
    file = write(line(extensions=[NAME], rules="documented"), line(extensions=[NAME]))
    for options in ([], ["--rules", "deployed"], ["--extension", NAME]):
        done = replay(file, "--engine", engine, *options)
        assert done.returncode == 0, done
        assert json.loads(done.stdout) == {"lines": 2, "operations": 4, "mismatches": 0}


@ENGINES
def test_the_option_switches_an_extension_on_in_lines_that_name_none(write: Any, engine: str) -> None:
    file = write(line(rules="documented"))
    assert replay(file, "--engine", engine, "--extension", NAME).returncode == 0
    without = replay(file, "--engine", engine)
    assert without.returncode == 1
    assert "UnsupportedPermissionTypeError" in without.stdout


@ENGINES
def test_lines_with_and_without_an_extension_are_decided_in_worlds_of_their_own(write: Any, engine: str) -> None:
    """An engine serves all lines of the same rules: with an extension they are others."""
    refused = {"granted": False, "where": "builder", "reason": "UnsupportedPermissionTypeError"}
    plain = line(rules="documented", grant=refused, ops=[])
    done = replay(write(plain, line(rules="documented", extensions=[NAME]), plain), "--engine", engine)
    assert (done.returncode, json.loads(done.stdout)["mismatches"]) == (0, 0), done.stdout


def test_an_extension_that_does_not_exist_is_refused_as_serve_refuses_it(write: Any) -> None:
    file = write(line())
    served = subprocess.run(
        [sys.executable, "-m", "sessionlab", "serve", "--port", "0", "--extension", "cal-limit"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    done = replay(file, "--extension", "cal-limit")
    assert done.returncode == served.returncode == 2
    assert done.stderr == served.stderr.replace("serve:", "replay:")
    assert "did you mean 'call-limit'?" in done.stderr


def test_a_line_with_an_unknown_extension_is_refused_by_its_number(write: Any) -> None:
    done = replay(write(line(), line(extensions=["cal-limit"])), "--engine", "model")
    assert done.returncode == 2
    for part in ("Line 2 of", "'cal-limit' is not an extension", "line 2: extensions", "did you mean 'call-limit'?"):
        assert part in done.stderr


@pytest.mark.parametrize("names", [NAME, 5, [5], None, {"call-limit": True}])
def test_extensions_are_a_list_of_names(write: Any, names: Any) -> None:
    with pytest.raises(InvalidInput, match=r"Line 1 of .* extensions is not a list of names") as refused:
        read_vectors(write(line(extensions=names)))
    assert refused.value.field == "line 1"


def test_a_line_says_by_which_rules_it_is_decided(write: Any) -> None:
    plain, extended = read_vectors(write(line(), line(extensions=[NAME], rules="documented")))
    assert (rules_of(plain).title, rules_of(extended).title) == ("deployed", "documented + call-limit")
