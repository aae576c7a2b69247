"""Which tests one worker has together, so that what they share is made once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests import conftest

from .repository import ROOT


class Config(SimpleNamespace):
    """As much of pytest's as a scheduler asks for."""

    def getoption(self, name: str) -> str:
        return str(getattr(self, name))

    def getvalue(self, name: str) -> Any:
        return getattr(self, name)


def test_a_folder_that_shares_a_fixture_is_one_unit_and_any_other_file_too() -> None:
    config: Any = Config(dist="loadfile", tx=["popen"], maxprocesses=None)
    scheduler = conftest.pytest_xdist_make_scheduler(config, None)
    for folder in conftest.TOGETHER:
        files = [path.relative_to(ROOT).as_posix() for path in (ROOT / folder).glob("test_*.py")]
        assert len(files) > 1
        assert {scheduler._split_scope(f"{file}::test_one[::]") for file in files} == {folder}
    assert scheduler._split_scope("tests/lab/test_lab.py::test_one") == "tests/lab/test_lab.py"


def test_other_ways_to_share_out_tests_are_left_alone() -> None:
    config: Any = Config(dist="load")
    assert conftest.pytest_xdist_make_scheduler(config, None) is None
