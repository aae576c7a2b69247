"""Claims of a lesson: with a tick where they hold, an error where they do not, and open after a second run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from sessionlab import course
from sessionlab.course import rerunning
from sessionlab.course.confirming import NotConfirmed
from sessionlab.course.note import Note

LAB = "from sessionlab import course; lab = course.start('00')"
PAY = "lab.fund(lab.merchant, 5)"
LOOK = "lab.balance(lab.merchant)"


class Cells:
    """Cells of a notebook, run as IPython runs them. ``told``: what they said of earlier runs."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, source: str, id: str | None = None) -> Any:
        return self.shell.run_cell(source, cell_id=id)


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Cells]:
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(tmp_path / "progress.json"))
    shell = InteractiveShell()
    monkeypatch.setattr(rerunning, "running_shell", lambda: shell)
    yield Cells(shell)
    rerunning._WATCHES.clear()


def test_what_holds_is_printed_with_a_tick(capsys: pytest.CaptureFixture[str]) -> None:
    course.confirm("the merchant received exactly 0.9 ETH", True)
    assert capsys.readouterr().out == "✓ the merchant received exactly 0.9 ETH\n"


def test_what_does_not_hold_is_an_error_without_frames() -> None:
    with pytest.raises(NotConfirmed, match="✗ nothing moved: not here") as caught:
        course.confirm("nothing moved", False)
    assert isinstance(caught.value, AssertionError)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_a_cell_that_acted_says_so_when_it_runs_again(cells: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    for source, id in ((LAB, "a"), (PAY, "b"), (LOOK, "c"), (LOOK, "c")):
        assert cells.run(source, id).success
    assert "Ran before" not in capsys.readouterr().out
    assert cells.run(f"{PAY}  # changed by the learner", "b").success
    assert "↻ Ran before: This cell ran before and changed the chain (" in capsys.readouterr().out
    assert rerunning.repeated() == 1


def test_after_a_second_run_a_claim_about_the_first_is_open(cells: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    claim = f"course.confirm('the merchant has 5 wei', {LOOK} == 5)"
    for source in (LAB, PAY, claim):
        assert cells.run(source).success
    assert "✓ the merchant has 5 wei" in capsys.readouterr().out
    cells.run(PAY)
    assert cells.run(claim).success
    assert (
        "○ the merchant has 5 wei: that is the state after the first run, and a cell ran again"
        in capsys.readouterr().out
    )


def test_a_lesson_that_starts_again_has_run_nothing(cells: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    for source in (LAB, PAY, PAY, LAB, PAY):
        assert cells.run(source).success
    assert capsys.readouterr().out.count("Ran before") == 1
    assert rerunning.repeated() == 0


def test_the_note_is_an_answer_with_a_sign_and_words() -> None:
    assert repr(Note("Ran before", "x")).startswith("↻ Ran before")
