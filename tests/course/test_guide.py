"""The instructors' guide knows every lesson, and none that is not there."""

from __future__ import annotations

from pathlib import Path

from sessionlab.course import guide
from sessionlab.course.lesson import lesson, numbers
from sessionlab.course.versions import GUIDE

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = [lesson(number) for number in numbers()]


def test_the_timetable_names_every_lesson_with_its_minutes() -> None:
    table = guide.timetable()
    for one in LESSONS:
        row = next(row for row in table.rows if row.startswith(one.number))
        assert table.cells[row, guide.MINUTES].word == str(one.minutes)
    assert table.cells[guide.IN_ALL, guide.MINUTES].word == str(sum(one.minutes for one in LESSONS))


def test_a_path_consists_of_lessons_in_order() -> None:
    for path in guide.PATHS.values():
        assert set(path) <= set(numbers())
        assert list(path) == sorted(set(path))


def test_onboarding_takes_an_hour_and_a_half_at_most_and_needs_no_other_lesson() -> None:
    onboarding = guide.PATHS["onboarding"]
    assert 80 <= sum(lesson(number).minutes for number in onboarding) <= 90
    for place, number in enumerate(onboarding):
        assert set(lesson(number).before) <= set(onboarding[:place])


def test_every_wrong_answer_that_a_check_recognises_is_listed() -> None:
    listed = guide.wrong_answers()
    text, page = listed.text(), listed._repr_html_()
    for one in LESSONS:
        assert f"<summary>{one.number} " in page
        for exercise in one.exercises:
            for wrong in exercise.wrong:
                assert wrong.misconception in text
    assert len(text.splitlines()) == sum(len(e.wrong) for one in LESSONS for e in one.exercises)


def test_the_notebook_shows_both_and_is_no_lesson() -> None:
    source = (NOTEBOOKS / GUIDE).read_text()
    assert "course.timetable()" in source and "course.wrong_answers()" in source
    assert GUIDE[:2] not in numbers()
