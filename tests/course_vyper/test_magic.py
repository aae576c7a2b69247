"""``%%vyper`` in a shell: what it compiles, what it leaves in the namespace, how it fails."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.integrations import vyper
from sessionlab.integrations.vyper.magic import read_line

BODY = "@external\ndef increment():\n    self.number += 7\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    # A shell takes this place; left there, empty, no process could be started any more.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    made = InteractiveShell()
    made.run_line_magic("load_ext", "sessionlab")
    yield made
    atexit.unregister(made.atexit_operations)
    made.atexit_operations()


def test_a_cell_is_compiled_and_named(shell: Any) -> None:
    changed = shell.run_cell_magic("vyper", "Counter", BODY)
    assert isinstance(changed, vyper.Changed)
    assert "+    self.number += 7" in changed.diff.splitlines()
    assert shell.user_ns["changed"] is changed
    named = shell.run_cell_magic("vyper", "--optimized Counter seven", BODY)
    assert shell.user_ns["seven"] is named
    assert named.optimized
    assert len(named.runtime) < len(changed.runtime)
    assert shell.user_ns["changed"] is changed


def test_the_whole_source_may_stand_in_the_cell(shell: Any) -> None:
    source = vyper.source("Counter")
    assert shell.run_cell_magic("vyper", "Counter", source).diff == ""


def test_a_line_brings_the_source(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(shell, "set_next_input", lambda text, replace: asked.append((text, replace)))
    assert shell.run_line_magic("vyper", "Counter seven") is None
    assert asked == [(f"%%vyper Counter seven\n{vyper.source('Counter')}", True)]


def test_a_cell_that_does_not_compile_shows_the_line_and_nothing_else(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    done = shell.run_cell("%%vyper Counter\n" + BODY.replace("+= 7", "+= x"))
    assert isinstance(done.error_in_exec, vyper.CompileError)
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert "CompileError: Counter.vy does not compile: 'x' has not been declared." in text
    assert "self.number += x\n" in text
    assert "^\n" in text
    assert "Traceback" not in text
    assert "/" not in text
    assert "changed" not in shell.user_ns


@pytest.mark.parametrize(
    ("line", "cell", "message"),
    [
        ("", BODY, "%%vyper MODULE"),
        ("a b c", BODY, "%%vyper MODULE"),
        ("Counter 7", BODY, "%%vyper MODULE"),
        ("Countr", BODY, "did you mean 'Counter'"),
        ("Counter", "def f():\n    pass\n", "no function 'f'"),
        ("Countr", None, "did you mean 'Counter'"),
    ],
)
def test_a_wrong_line_says_what_is_right(shell: Any, line: str, cell: str | None, message: str) -> None:
    from IPython.core.error import UsageError

    with pytest.raises(UsageError, match=message):
        shell.run_line_magic("vyper", line) if cell is None else shell.run_cell_magic("vyper", line, cell)
    assert "changed" not in shell.user_ns


def test_a_line_is_module_name_and_option() -> None:
    assert read_line("spending") == ("spending", "changed", False)
    assert read_line(" spending  loose --optimized ") == ("spending", "loose", True)
    with pytest.raises(InvalidInput, match="is not a module and a name"):
        read_line("--optimized")


def test_without_the_compiler_it_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("vyper", "vyper.compiler", "vyper.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SessionlabError, match="pip install 'vyper=="):
        vyper.load_ipython_extension(None)
    with pytest.raises(SessionlabError, match="pip install 'vyper=="):
        vyper.rewrite("Counter", BODY.replace("7", "8"))
