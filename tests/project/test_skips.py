"""Whatever a test lacks in CI is a failure there: only what an option asks for may be left out."""

from __future__ import annotations

import pytest

from tests.missing import missing

from .repository import ROOT, files

#: Files that skip what an option of pytest's command line asks for.
BY_OPTION = {"tests/bundler_spec/test_suite.py", "tests/clients_web3/test_module_testing.py", "tests/site/test_site.py"}
HERE = {"tests/missing.py", "tests/project/test_skips.py"}


def test_what_is_missing_fails_in_ci_and_is_skipped_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such program"):
        missing("no such program")
    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match="no such program"):
        missing("no such program")


def test_tests_skip_by_it_alone() -> None:
    tests = (path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests"))
    skipping = {path.relative_to(ROOT).as_posix() for path in tests if "pytest.skip(" in path.read_text()}
    assert skipping - HERE == BY_OPTION
