"""``%%vyper new MyGame``: a contract of one's own, compiled in a cell and deployed in the next."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.integrations import vyper

from .test_magic import shell  # noqa: F401 - a fixture

CELL = """
total: public(uint256)

@external
def add(amount: uint256):
    self.total += amount
"""


def test_a_cell_makes_a_contract_that_a_lab_deploys(shell: Any) -> None:  # noqa: F811
    made = shell.run_cell_magic("vyper", "new MyGame", CELL)
    assert shell.user_ns["MyGame"] is made and "add(uint256 amount)" in made._repr_html_()
    lab = sl.Lab()
    game = lab.deploy(made)
    assert (game.name, lab.MyGame) == ("MyGame", game)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=game.address)], key=sl.new_key(1))
    assert session.send_calls([game.call("add", 3)]) and game.read("total") == 3


def test_a_cell_that_does_not_compile_shows_the_line(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    result = shell.run_cell(f"%%vyper new MyGame\n{CELL.replace('amount: uint256', 'amount: uint257')}")
    assert isinstance(result.error_in_exec, vyper.CompileError) and result.error_in_exec.places
    assert "uint257" in str(result.error_in_exec) and "MyGame" not in shell.user_ns


def test_a_new_contract_without_a_name_is_refused(shell: Any) -> None:  # noqa: F811
    from IPython.core.error import UsageError

    with pytest.raises(UsageError, match="write %%vyper new NAME"):
        shell.run_cell_magic("vyper", "new", CELL)
