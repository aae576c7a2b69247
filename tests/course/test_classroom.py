"""The learning tools as a notebook uses them, with a progress file of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sessionlab import course
from sessionlab.core.base.errors import NotFound
from sessionlab.course import store
from sessionlab.course.lesson import question
from sessionlab.course.shuffling import right_letter


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


def test_a_lesson_starts_with_the_same_world_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert course.start("03").chain.state_root == course.start("03").chain.state_root
    assert "burns down" in capsys.readouterr().out


def test_a_guess_is_judged_by_what_happens_in_a_lab_of_its_own() -> None:
    course.predict("00.1", 4)
    note = course.reveal("00.1")
    assert not note.ok
    assert "You guessed 4 payments; the answer is 3 payments. A limit for each payment" in note.says
    course.predict("00.1", 3)
    assert course.reveal("00.1").ok


def test_who_made_no_guess_is_told_the_answer_and_what_to_do_next_time() -> None:
    note = course.reveal("00.1")
    assert not note.ok
    assert "The answer is 3 payments" in note.says
    assert 'course.predict("00.1")' in repr(note)


def test_hints_come_in_three_steps_and_the_solution_after_an_attempt() -> None:
    assert [course.hint("00.2").rows[0][1] for _ in range(4)] == ["1 of 3", "2 of 3", "3 of 3", "3 of 3"]
    assert "Try it first" in course.solution("00.2").says
    course.check("00.2", (1, 1))
    assert course.solution("00.2").code == "my_answer = (4, 0.2)"


def test_dots_are_no_attempt() -> None:
    assert not course.check("00.2", ...).ok
    assert "Try it first" in course.solution("00.2").says


def test_an_answer_that_ends_with_an_error_is_told_without_a_traceback() -> None:
    note = course.check("03.2", lambda payments: payments[99])
    assert not note.ok
    assert "IndexError" in note.says


def test_a_question_has_an_answer_to_every_choice() -> None:
    assert "password" in repr(course.recall("00.a"))
    right = right_letter(question("00.a"))
    for letter in "abc":
        assert course.recall("00.a", letter).ok == (letter == right)


def test_progress_is_kept_and_told(kept: Path) -> None:
    course.check("00.2", (4, 0.2))
    course.recall("00.a", right_letter(question("00.a")))
    assert "✓ 1 of 1   · 1 of 3   ◐ begun" in repr(course.progress())
    assert json.loads(kept.read_text())["passed"] == ["00.2"]


def test_a_damaged_progress_file_is_put_aside(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.write_text("{")
    assert "· 0 of 1" in repr(course.progress())
    assert (kept.parent / "progress.json.damaged").read_text() == "{"
    assert "was moved to progress.json.damaged" in capsys.readouterr().err


def test_where_nothing_can_be_written_the_lesson_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    assert course.check("00.2", (4, 0.2)).ok
    assert "could not be saved" in capsys.readouterr().err
    assert store.path().name == "progress.json"


@pytest.mark.parametrize("call", [course.check, course.hint, course.solution, course.reveal])
def test_an_unknown_number_says_which_there_are(call: object) -> None:
    with pytest.raises(NotFound, match=r"one of|no lesson"):
        call(*(["00.9"] + [1] * (call is course.check)))  # type: ignore[operator]


def test_a_note_is_text_and_a_card_with_words() -> None:
    note = course.check("00.2", (6, 2))
    assert repr(note).startswith("✗ Not yet:")
    assert "the limit is per payment" in note._repr_html_()
    assert "Not yet" in note._repr_html_()
