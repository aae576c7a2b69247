"""Recall questions: answered by letter, and no letter is a good guess."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sessionlab import course
from sessionlab.course import store
from sessionlab.course.lesson import lesson, numbers, question
from sessionlab.course.shuffling import right_letter, shown

QUESTIONS = [asked for number in numbers() for asked in lesson(number).questions]
#: Of the right answers, for one of three letters: a third, and what two lessons of six questions may be off.
MOST = 0.37


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


def test_no_letter_is_right_more_often_than_about_a_third() -> None:
    letters = Counter(map(right_letter, QUESTIONS))
    assert set(letters) == set("abc")
    assert max(letters.values()) <= MOST * len(QUESTIONS), letters


def test_two_answers_of_a_lesson_do_not_tell_the_third() -> None:
    """If each letter were right once in every lesson, the last question would give itself away."""
    different = [len({right_letter(asked) for asked in lesson(number).questions}) for number in numbers()]
    assert {2, 3} <= set(different)


def test_the_letters_stand_for_all_choices_in_an_order_that_stays() -> None:
    for asked in QUESTIONS:
        letters = shown(asked)
        assert sorted(letters.values()) == sorted(asked.choices)
        assert list(letters) == list("abcdef"[: len(asked.choices)])
        assert letters == shown(question(asked.id))
    assert any(list(shown(asked)) != list(shown(asked).values()) for asked in QUESTIONS)


def test_each_letter_gets_the_feedback_on_the_choice_beside_it() -> None:
    for asked in QUESTIONS:
        static = dict(course.recall(asked.id).items[0].static.rows)
        for letter, key in shown(asked).items():
            text, says = asked.choices[key]
            assert static[letter] == text
            note = course.recall(asked.id, letter.upper())
            assert (note.says, note.ok) == (says, key == asked.right)
            assert store.read()["answers"][asked.id] == key


@pytest.mark.parametrize("choice", ["d", "ab", "another key", "1", "…"])
def test_a_letter_that_is_not_there_is_asked_for_again(choice: str) -> None:
    note = course.recall("00.a", choice)
    assert note.word == "Again"
    assert note.says == f"There is no choice {choice!r}. Give the letter of one: a, b, c."
    assert store.read()["answers"] == {}


def test_a_click_says_what_the_letter_says() -> None:
    ask = course.recall("03")
    assert [item.asks for item in ask.items] == [asked.asks for asked in lesson("03").questions]
    for number, asked in enumerate(lesson("03").questions, 1):
        for key, (_, says) in asked.choices.items():
            assert ask.answer(key, number).says == says
            assert ask.view.replies[number - 1]["says"] == says
    assert ask.answer("", 1).word == "Again"
    assert set(store.read()["answers"]) == {"03.a", "03.b", "03.c"}
