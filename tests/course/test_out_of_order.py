"""A cell that runs before the one that it needs: one sentence says which to run first. And samples of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from sessionlab import course
from sessionlab.core.base.errors import InvalidInput
from sessionlab.course import out_of_order
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.notebook_folder import handed_out


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    monkeypatch.setattr(out_of_order, "running_shell", lambda: shell)
    yield shell
    shell.set_custom_exc((), None)


def said(shell: InteractiveShell, source: str, capsys: pytest.CaptureFixture[str]) -> str:
    result = shell.run_cell(source)
    assert isinstance(result.error_in_exec, NameError)  # the cell did not run, and is not said to have
    return capsys.readouterr().out


def test_a_name_of_a_cell_above_is_explained_by_that_cell(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    out_of_order.follow("00")
    said_now = said(shell, "session.send_calls([payment])", capsys)
    assert said_now.strip() == (
        "session is not there yet: a cell of section “2. The owner grants” makes it. Run that cell first; it begins "
        f"with 'session = wallet.grant_permissions('. {out_of_order.RUN_ABOVE}"
    )
    assert "the beginning" in out_of_order.explained("03", "wallet")
    assert "Traceback" in said(shell, "sesion.send_calls([])", capsys)  # a typing error is shown as always
    shell.run_cell("session = object()\ndef inner():\n    return amount\n")
    assert "Traceback" in said(shell, "inner()", capsys)


def test_another_lesson_explains_its_own_names_alone(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    out_of_order.follow("00")
    out_of_order.follow("03")
    assert "of section “3. See it burn down” makes it" in said(shell, "print(first)", capsys)
    assert "Traceback" in said(shell, "print(payment)", capsys)


def test_outside_of_a_notebook_and_without_the_notebooks_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(out_of_order, "running_shell", lambda: None)
    out_of_order.follow("00")
    monkeypatch.setattr(out_of_order, "handed_out", lambda: tmp_path)
    assert out_of_order.explained("00", "session") == ""


def test_every_name_that_a_lesson_makes_is_explained() -> None:
    for number in numbers():
        cells = json.loads((handed_out() / lesson(number).notebook).read_text(encoding="utf-8"))["cells"]
        for name in {name for cell in cells if cell["cell_type"] == "code" for name in made(cell)}:
            assert out_of_order.explained(number, name).startswith(f"{name} is not there yet: a cell of "), name


def made(cell: dict[str, Any]) -> set[str]:
    return out_of_order._made_by("".join(cell["source"]))


@pytest.mark.parametrize(
    ("function", "given", "out"),
    [
        (sum, ([1, 2],), "sum(…) returns 3\n"),
        (lambda: ..., (), ""),
        (lambda: [1, (2, ...)], (), ""),
        (lambda: 1 // 0, (), "<lambda>(…) ends with ZeroDivisionError: integer division or modulo by zero\n"),
        (lambda: 1, (2,), "<lambda>(…) ends with TypeError: "),
    ],
)
def test_a_sample_is_shown_and_a_stub_shows_nothing(
    function: Any, given: tuple[Any, ...], out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    course.sample(function, *given)
    found = capsys.readouterr().out
    assert found.startswith(out) and (out != "" or found == "")


def test_a_sample_of_what_is_no_function_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a function"):
        course.sample(3)  # type: ignore[arg-type]
