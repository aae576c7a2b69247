"""Serve a strict lab, and run the suite against it."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from tests.bundler_spec.not_passing import NOT_PASSING
from tests.bundler_spec.suite import BUILD, Suite

#: The suite stakes for 2 seconds and asks for 5,100,000 gas of validation: bundlers are set to that for its sake.
SETTINGS = ("--min-unstake-delay", "2", "--max-verification-gas", "10000000")
SERVE = ("serve", "--bundler", "strict", "--debug-bundler", *SETTINGS, "--port", "0", "--quiet")
STOPPING = 10  # seconds


@dataclass(frozen=True)
class Results:
    """Each test's outcome: ``passed``, ``skipped``, or what it failed with."""

    outcomes: Mapping[str, str]

    def named(self, outcome: str) -> list[str]:
        """The tests with this outcome."""
        return [name for name, what in self.outcomes.items() if what == outcome]

    @property
    def passed(self) -> list[str]:
        """The tests that passed."""
        return self.named("passed")

    @property
    def unexplained(self) -> list[str]:
        """The tests that did not pass, and that the table does not name."""
        return [name for name, what in self.outcomes.items() if what != "passed" and name not in NOT_PASSING]

    @property
    def stale(self) -> list[str]:
        """The names in the table of tests that passed, or that the suite does not have."""
        return [name for name in NOT_PASSING if self.outcomes.get(name, "passed") == "passed"]


@contextmanager
def served(log: Path) -> Iterator[str]:
    """Serve a strict lab in a process of its own; yields its URL."""
    command = [sys.executable, "-m", "sessionlab", *SERVE]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield _url(process, log)
    finally:
        process.terminate()
        process.wait(STOPPING)


def _url(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"\bURL +(\S+)", line):
            return found[1]
    raise RuntimeError(f"the server did not start: {log.read_text()[-1_000:]}")


def run(suite: Suite, more: Sequence[str] = ()) -> Results:
    """Run the suite's own command for one bundler. ``more``: further arguments of pytest."""
    report = BUILD / "report.xml"
    report.unlink(missing_ok=True)
    with served(BUILD / "server.log") as url:
        command = [str(suite.python), "-m", "pytest", "--tb=short", "-p", "no:cacheprovider", f"--junitxml={report}"]
        command += ["-W", "ignore::DeprecationWarning", "--url", url, "--ethereum-node", url]
        command += ["--entry-point", ENTRY_POINT, *(more or ["-q"]), "tests/single"]
        subprocess.run(command, cwd=suite.folder, env=suite.environment)
    return read_report(report)


def read_report(report: Path) -> Results:
    """Read the outcomes that pytest wrote."""
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        module = case.get("classname", "").rpartition("tests.single.")[2]
        if not module:
            continue  # a module that was skipped as a whole, before it had tests
        name = f"{module}::{case.get('name')}"
        kinds = [child for child in case if child.tag in ("failure", "error", "skipped")]
        what = kinds[0] if kinds else None
        outcomes[name] = "passed" if what is None else "skipped" if what.tag == "skipped" else _words(what)
    return Results(outcomes)


def _words(failure: ElementTree.Element) -> str:
    return " ".join((failure.get("message") or "failed").split())[:200]
