"""bundler-spec-tests against a served strict lab: at least 165 of 184 pass, and each other one has its reason.

The suite itself runs with ``--bundler-spec CHECKOUT``; the rest holds what reads its results.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundler_spec.__main__ import split, summary
from tests.bundler_spec.not_passing import NOT_PASSING
from tests.bundler_spec.running import SERVE, Results, read_report
from tests.bundler_spec.suite import changes, prepare
from tests.npm import UnavailableError

COLLECTED, LEAST = 184, 165

REPORT = """<testsuites><testsuite>
<testcase classname="" name="build.suite.tests.single.gas.test_gas"><skipped message="slow"/></testcase>
<testcase classname="build.suite.tests.single.rpc.test_a" name="test_good"/>
<testcase classname="build.suite.tests.single.rpc.test_a" name="test_bad"><failure message="it&#10;was"/></testcase>
<testcase classname="build.suite.tests.single.rpc.test_a" name="test_off[x]"><skipped message="off"/></testcase>
<testcase classname="build.suite.tests.single.rpc.test_a" name="test_broken"><error message="no fixture"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def results(tmp_path: Path) -> Results:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    return read_report(report)


def test_a_report_is_read(results: Results) -> None:
    assert results.outcomes == {
        "rpc.test_a::test_good": "passed",
        "rpc.test_a::test_bad": "it was",
        "rpc.test_a::test_off[x]": "skipped",
        "rpc.test_a::test_broken": "no fixture",
    }
    assert results.passed == ["rpc.test_a::test_good"]


def test_what_does_not_pass_without_a_reason_is_found(results: Results) -> None:
    assert results.unexplained == ["rpc.test_a::test_bad", "rpc.test_a::test_off[x]", "rpc.test_a::test_broken"]
    assert "NO REASON IS GIVEN" in summary(results)


def test_a_reason_for_a_test_that_passes_is_found(results: Results) -> None:
    assert set(results.stale) == set(NOT_PASSING)
    failing = dict.fromkeys(NOT_PASSING, "skipped")
    assert Results(failing).stale == []
    assert Results(failing | {next(iter(failing)): "passed"}).stale == [next(iter(failing))]


def test_each_exception_has_a_reason() -> None:
    assert len(NOT_PASSING) <= COLLECTED - LEAST
    assert all(reason.endswith(".") and len(reason.split()) > 3 for reason in NOT_PASSING.values())


def test_it_runs_against_the_command_that_people_run() -> None:
    assert SERVE[:4] == ("serve", "--bundler", "strict", "--debug-bundler")


def test_arguments_of_pytest_stand_behind_two_dashes() -> None:
    assert split(["here", "--", "-k", "erep", "--", "x"]) == (["here"], ["-k", "erep", "--", "x"])
    assert split(["here"]) == (["here"], [])


def test_what_is_no_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        prepare(tmp_path / "nothing")


def test_the_published_suite_passes(request: pytest.FixtureRequest) -> None:
    checkout = request.config.getoption("--bundler-spec")
    if checkout is None:
        pytest.skip("it takes minutes, and a clone of bundler-spec-tests: --bundler-spec CHECKOUT")
    from tests.bundler_spec.running import run

    suite = prepare(Path(checkout), request.config.getoption("--bundler-specification"))
    results = run(suite)
    assert (results.unexplained, results.stale, changes(suite)) == ([], [], ""), summary(results)
    assert len(results.outcomes) == COLLECTED
    assert len(results.passed) >= LEAST
