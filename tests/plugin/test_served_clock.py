"""The clock of the labs that the plugin makes: it runs if the lab is served, unless a time or a seed is named."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

CLOCKS = """
import time

import pytest
import sessionlab as sl

HOUR = 3_600


def test_alone_it_is_fixed(lab, make_lab, module_lab):
    assert not any(one.chain.runs for one in (lab, make_lab(), module_lab))


def test_served_it_runs(served_lab):
    assert served_lab.lab.chain.runs
    assert abs(served_lab.manifest["now"] - time.time()) < 60
    expiry = int(time.time()) + HOUR
    assert served_lab.wallet.grant_permissions([sl.Root()], expiry_sec=expiry).expiry_sec == expiry


def test_it_is_the_lab_of_the_test(lab, served_lab):
    assert served_lab.lab is lab and lab.chain.runs


@pytest.fixture
def application(served_lab):
    return served_lab.url


def test_behind_another_fixture(lab, application):
    assert lab.chain.runs


def test_by_name(request):
    assert request.getfixturevalue("served_lab").lab.chain.runs


@pytest.mark.sessionlab(seed=0)
def test_a_seed_fixes_it(served_lab):
    assert not served_lab.lab.chain.runs and served_lab.lab.chain.block(0).timestamp == 1_800_000_000


@pytest.mark.sessionlab(time=1_700_000_000)
def test_a_time_fixes_it(served_lab):
    assert served_lab.lab.chain.block(0).timestamp == 1_700_000_000


@pytest.mark.sessionlab(time="now", seed=3)
class TestNow:
    def test_any_lab_may_run(self, lab, make_lab):
        assert lab.chain.runs and make_lab().chain.runs and lab.seed == 3
        assert not make_lab(time=5).chain.runs

    def test_a_seed_beside_it(self, served_lab):
        assert served_lab.lab.chain.runs


class TestOnesOwn:
    @pytest.fixture
    def lab(self, module_lab):
        return module_lab

    def test_is_served_as_it_is(self, served_lab, module_lab):
        assert served_lab.lab is module_lab and not served_lab.lab.chain.runs
"""


def run(pytester: pytest.Pytester, text: str, ini: str = "[pytest]\n") -> pytest.RunResult:
    pytester.makepyfile(text)
    (pytester.path / "pytest.ini").write_text(ini)
    return pytester.runpytest_subprocess("-q", "--strict-markers", "-p", "no:cacheprovider", "-p", "no:randomly")


def test_a_served_lab_runs_and_any_other_is_fixed(pytester: pytest.Pytester) -> None:
    run(pytester, CLOCKS).assert_outcomes(passed=10)


INI = "[pytest]\nsessionlab_{}\n"


@pytest.mark.parametrize(("line", "beginning"), [("time = 1700000000", 1_700_000_000), ("seed = 4", 1_800_000_000)])
def test_the_ini_file_fixes_it(pytester: pytest.Pytester, line: str, beginning: int) -> None:
    text = f"def test_one(served_lab, lab): assert lab.chain.block(0).timestamp == {beginning} and not lab.chain.runs"
    run(pytester, text, ini=INI.format(line)).assert_outcomes(passed=1)


def test_the_ini_file_lets_every_lab_run(pytester: pytest.Pytester) -> None:
    text = "def test_one(lab, session_lab): assert lab.chain.runs and session_lab.chain.runs"
    run(pytester, text, ini=INI.format("time = now")).assert_outcomes(passed=1)
    refused = run(pytester, "def test_two(lab): pass", ini=INI.format("time = soon"))
    refused.assert_outcomes(errors=1)
    assert "(field: time)" in refused.stdout.str()
