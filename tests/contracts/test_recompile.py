"""Contracts with one source changed, compiled and kept; one that does not compile says so when it is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from vyper.exceptions import VyperException

from sessionlab.attacks.mutants.recompile import Recompilation, compile_all, runtime_of, source_of

COUNTS_TWO = Recompilation(
    "Counter", source_of("Counter").replace("self.number += 1\n", "self.number += 2\n"), "Counter"
)
WRONG = Recompilation("Counter", source_of("Counter").replace("self.number += 1\n", "self.number += x\n"), "Counter")


@pytest.mark.parametrize("wanted", [[COUNTS_TWO], [COUNTS_TWO, WRONG]], ids=["one alone", "one of two"])
def test_what_was_compiled_is_kept(wanted: list[Recompilation], tmp_path: Path) -> None:
    code = compile_all(wanted, tmp_path)
    assert code(COUNTS_TWO) == runtime_of("Counter", COUNTS_TWO.source, "Counter")
    assert [path.name for path in tmp_path.iterdir()] == [COUNTS_TWO.fingerprint]


@pytest.mark.parametrize("wanted", [[WRONG], [COUNTS_TWO, WRONG]], ids=["one alone", "one of two"])
def test_what_does_not_compile_says_so_when_it_is_asked_for(wanted: list[Recompilation], tmp_path: Path) -> None:
    code = compile_all(wanted, tmp_path)
    with pytest.raises(VyperException):
        code(WRONG)
