"""The instructor guide: paths, durations and common wrong answers, all read from the lessons.

guide.timetable()          every lesson, its minutes, and its paths
guide.wrong_answers()      the wrong answers that checks recognize, and their misconceptions
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from sessionlab.core.base.html import BLUE, frame
from sessionlab.course.lesson import Lesson, lesson, numbers
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.matrix import Matrix, matrix
from sessionlab.study.tables import table_html
from sessionlab.study.text import aligned, count

#: Audience -> numbers of its lessons, in order.
PATHS = {
    "onboarding": ("00", "03", "05", "10", "11"),
    "app developers": ("00", "02", "03", "04", "05", "06", "07", "12", "13", "15", "17"),
    "security": ("00", "02", "03", "07", "08", "09", "10", "11", "12", "13", "14", "16", "17"),
}
MINUTES, IN_ALL = "minutes", "in all"
AS_WRITTEN = "white-space:pre-wrap;background:none;color:inherit"


def timetable() -> Matrix:
    """Return a table of lessons, minutes and paths, with each path's total minutes."""
    every = [lesson(number) for number in numbers()]
    cells: dict[tuple[str, str], bool | str] = {(IN_ALL, MINUTES): str(sum(item.minutes for item in every))}
    for item in every:
        cells[_row(item), MINUTES] = str(item.minutes)
        cells |= {(_row(item), path): item.number in chosen for path, chosen in PATHS.items()}
    for path, chosen in PATHS.items():
        cells[IN_ALL, path] = f"{sum(item.minutes for item in every if item.number in chosen)} minutes"
    rows = [*map(_row, every), IN_ALL]
    return matrix("Lessons, minutes and paths", rows, [MINUTES, *PATHS], cells, words=("on it", "–"))


@dataclass(frozen=True, repr=False)
class WrongAnswers(Picture):
    """The recognized wrong answers by lesson: exercise, misconception, answer."""

    lessons: tuple[Lesson, ...]

    @property
    def alternative_text(self) -> str:
        """The number of wrong answers in each lesson."""
        said = [f"{item.number} {count(len(list(_wrong(item))), 'answer')}" for item in self.lessons]
        return f"Common wrong answers, with their misconceptions: {', '.join(said)}."

    def text(self) -> str:
        """One line for each wrong answer."""
        rows = (row for item in self.lessons for row in _wrong(item))
        return "\n".join(aligned((id, shows, " ".join(source.split())) for id, shows, source in rows))

    def html(self) -> str:
        """One collapsed table for each lesson."""
        folded = ""
        for item in self.lessons:
            lines = [
                (id, escape(shows), f"<code style='{AS_WRITTEN}'>{escape(source)}</code>")
                for id, shows, source in _wrong(item)
            ]
            table = table_html(("exercise", "misconception", "answer"), lines)
            summary = f"{escape(_row(item))}: {count(len(lines), 'wrong answer')}"
            folded += f"<details><summary>{summary}</summary>{table}</details>"
        return frame("Common wrong answers", BLUE, folded)


def wrong_answers() -> WrongAnswers:
    """Return the wrong answers that the checks of all lessons recognize."""
    return WrongAnswers(tuple(lesson(number) for number in numbers()))


def _row(item: Lesson) -> str:
    return f"{item.number} {item.title.partition(':')[0]}"


def _wrong(item: Lesson) -> Iterator[tuple[str, str, str]]:
    for exercise in item.exercises:
        for wrong in exercise.wrong:
            yield exercise.id, wrong.misconception, wrong.source
