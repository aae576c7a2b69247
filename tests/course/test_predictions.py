"""Predictions: what happens is what the notebook shows, and a guess of another kind is asked for again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sessionlab import course
from sessionlab.course import store
from sessionlab.course.kinds import AnotherKind, Choice, Number, YesNo
from sessionlab.course.lesson import Prediction, lesson, numbers, prediction
from sessionlab.course.predicting import happens

PREDICTIONS = [prediction for number in numbers() for prediction in lesson(number).predictions]
EACH = pytest.mark.parametrize("asked", PREDICTIONS, ids=lambda one: one.id)
AGAIN = "Almost: your answer is "


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


@EACH
def test_what_happens_is_of_the_kind_that_is_asked_for(asked: Prediction) -> None:
    outcome = happens(asked.id)
    assert asked.kind.take(outcome) == outcome
    assert not any(asked.kind.same(outcome, wrong) for wrong in asked.wrong)
    course.predict(asked.id, outcome)
    assert course.reveal(asked.id).ok


@EACH
def test_each_listed_guess_has_its_own_feedback(asked: Prediction) -> None:
    for wrong, why in asked.wrong.items():
        assert course.predict(asked.id, wrong).word == "Noted"
        note = course.reveal(asked.id)
        assert not note.ok
        assert note.says.endswith(why)


@EACH
def test_nothing_is_filled_in(asked: Prediction) -> None:
    ask = course.predict(asked.id)
    assert "value" not in json.dumps(ask.view.items)
    assert ask.view.replies == [{}]
    assert store.read()["predictions"] == {}


def odd(asked: Prediction) -> Iterator[Any]:
    """Guesses that are of no kind."""
    yield from ([], [1, 2], {}, object(), float("nan"), float("inf"), -1, "", "perhaps", 10**400, b"3", print)
    if isinstance(asked.kind, Number):
        yield from ("3", "0.7", [3], (3, ...), True, False, "three")
        yield from (2.5,) if asked.kind.whole else ()
    else:
        yield from (1, 0, 2.5, "maybe")


@EACH
def test_a_guess_of_another_kind_is_asked_for_again_and_not_kept(asked: Prediction) -> None:
    for guess in odd(asked):
        note = course.predict(asked.id, guess)
        assert note.word == "Again", guess
        assert note.says.startswith(AGAIN), guess
        assert note.says.count(".") >= 1
    for guess, begins in ((..., "Replace the dots with your guess."), (None, AGAIN + "nothing (None). ")):
        assert course.predict(asked.id, guess).says.startswith(begins)
    assert store.read()["predictions"] == {}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("3 payments", 3),
        ("3 Payment", 3),
        ("+3", 3),
        ("3.0", 3),
        ("1,000", 1000),
        ("1_000", 1000),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, value: int) -> None:
    assert Number("payment").read(typed) == value


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        (Number("payment"), "", "There is no number yet. Give a whole number of payments."),
        (Number("payment"), "three", "“three” is not a number in digits. Give a whole number of payments."),
        (Number("payment"), "2.5", "Almost: your answer is the number 2.5. Give a whole number of payments."),
        (Number("ETH"), "0,7", "Write decimals with a point: 0.7"),
        (Number("ETH"), "-1", "Almost: your answer is the number -1.0. Give a number of ETH, 0 or more."),
        (Number("ETH"), "1e999", "Almost: your answer is a number beyond all bounds. Give a number of ETH."),
        (Number("ETH"), "1/2", "“1/2” is not a number in digits. Give a number of ETH."),
        (YesNo(), "", "Nothing is chosen yet. Choose yes or no, then press the button."),
        (Choice(("owner", "wallet")), "", "Nothing is chosen yet. Choose one, then press the button."),
    ],
)
def test_what_cannot_be_read_is_asked_for_again_in_a_sentence(kind: Any, typed: str, says: str) -> None:
    with pytest.raises(AnotherKind, match=re.escape(says)):
        kind.read(typed)


def test_a_guess_of_another_kind_in_an_old_file_counts_as_none(kept: Path) -> None:
    course.predict("00.1", 4)
    kept.write_text(kept.read_text().replace('"00.1": 4', '"00.1": "4"'))
    assert course.reveal("00.1").word == "Answer"


def test_the_choices_of_a_prediction_do_not_stand_in_the_order_of_the_answer() -> None:
    places = []
    for id in ("02.1", "02.2"):
        (item,) = course.predict(id).items
        places.append([key for key, _ in item.choices].index(happens(id)))
    assert len(set(places)) == 2


def test_a_second_replay_is_not_needed_and_would_say_the_same() -> None:
    assert happens("08.1") == prediction("08.1").replay() == prediction("08.1").replay()
