"""Progress with ticks and the next step, begun anew, and results that claim no more than they can."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sessionlab import course
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.course import store
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.shuffling import right_letter


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "progress.json"
    monkeypatch.setenv("SESSIONLAB_PROGRESS", str(file))
    return file


def answer_all(number: str) -> None:
    for asked in lesson(number).questions:
        course.recall(asked.id, right_letter(asked))


def test_the_next_step_goes_from_the_first_lesson_through_its_parts_to_the_next() -> None:
    assert course.progress().next_step == "Next: begin 00 Start here (00_start_here.ipynb)."
    course.predict("00.1", 4)
    assert course.progress().next_step.startswith("Next: solve exercise 00.2 in 00 ")
    course.check("00.2", (4, 0.2))
    assert course.progress().next_step.startswith("Next: answer the question “What is a session key?” in 00 ")
    answer_all("00")
    assert course.progress().next_step.startswith("Next: begin 01 ")
    row = course.progress().rows()[0]
    assert row[1:] == ("✓ 1 of 1", "✓ 1 of 1", "✓ 3 of 3", "✓ done")


def test_when_all_is_done_the_next_step_is_to_hand_in() -> None:
    all_of = {exercise.id for number in numbers() for exercise in lesson(number).exercises}
    answers = {asked.id: asked.right for number in numbers() for asked in lesson(number).questions}
    store.write({**store.read(), "passed": sorted(all_of), "answers": answers})
    assert "hand in your notebooks" in course.progress().next_step


def test_a_lesson_begun_out_of_order_is_gone_on_with() -> None:
    course.predict("05.1", 3)
    assert "in 05 gas-limit" in course.progress().next_step


def test_every_lesson_is_a_card_with_minutes_prerequisites_state_and_a_link() -> None:
    html, text = course.index()._repr_html_(), repr(course.index())
    for number in numbers():
        item = lesson(number)
        assert f"href='{item.notebook}'" in html
        assert f"{item.minutes} minutes" in html
        assert (f"after {', '.join(item.before)}" if item.before else "no prerequisites") in html
        assert f"{item.minutes} min" in text
    assert html.count("○ not begun") == len(numbers())


def test_one_lesson_is_begun_anew_and_the_others_stay() -> None:
    course.check("00.2", (4, 0.2))
    course.predict("00.1", 3)
    course.hint("00.2")
    answer_all("00")
    answer_all("03")
    before = store.read()
    assert "Lesson 00" in course.reset("00").says
    assert {name: len(value) for name, value in store.read().items()} == {
        "predictions": 0, "tries": 0, "passed": 0, "hints": 0, "answers": 3, "cells": 0,
    }  # fmt: skip
    assert len(before["answers"]) == 6
    with pytest.raises(NotFound):
        course.reset("77")


def test_beginning_all_anew_loses_nothing(kept: Path) -> None:
    assert "There was nothing" in course.reset().says
    for n in (1, 2):
        course.predict("00.1", n)
        assert f"progress.before-{n}.json" in course.reset().says
        assert store.read() == store.EMPTY
    aside = [json.loads((kept.parent / f"progress.before-{n}.json").read_text()) for n in (1, 2)]
    assert [one["predictions"] for one in aside] == [{"00.1": 1}, {"00.1": 2}]


def test_results_say_that_only_grading_proves_them(tmp_path: Path) -> None:
    course.check("00.2", (6, 2))
    course.check("00.2", (4, 0.2))
    page = tmp_path / "results.html"
    course.results("Ada <b>").save(page)
    text = page.read_text()
    assert "Results of Ada &lt;b&gt;" in text
    assert "00.2: 2" in text
    assert "It proves nothing: only the command sessionlab grade" in text
    with pytest.raises(InvalidInput, match="exists already"):
        course.results("Ada").save(page)
    (tmp_path / "link.html").symlink_to(tmp_path / "elsewhere.html")
    with pytest.raises(InvalidInput, match="exists already"):
        course.results("Ada").save(tmp_path / "link.html")
    assert not (tmp_path / "elsewhere.html").exists()
