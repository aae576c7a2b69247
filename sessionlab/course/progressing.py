"""What a learner has done: ``progress``, ``reset``, ``index`` and ``results``, all read from the progress file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import TEXT, maybe, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import BLUE, CARD, GREEN, ORANGE, SOFT, frame
from sessionlab.course import lesson as lessons
from sessionlab.course import store
from sessionlab.course.lesson import Lesson
from sessionlab.course.note import Note
from sessionlab.study.doors import PATH
from sessionlab.study.pictures.base import Picture
from sessionlab.study.tables import table_html
from sessionlab.study.text import aligned, count

DONE, BEGUN, OPEN = "✓ done", "◐ begun", "○ not begun"
ONLY_GRADE = (
    "This page shows what this computer has noted, and anyone can edit that. It proves nothing: only "
    "the command sessionlab grade, run on the notebooks that were handed in, does."
)
TOP = ("lesson", "guesses", "exercises", "questions", "state")


@dataclass(frozen=True)
class LessonState:
    """How far a learner is in one lesson."""

    lesson: Lesson
    guessed: tuple[str, ...]
    solved: tuple[str, ...]
    tried: Mapping[str, int] = field(hash=False)
    right: tuple[str, ...]
    answered: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether every exercise is solved and every question answered right."""
        return len(self.solved) == len(self.lesson.exercises) and len(self.right) == len(self.lesson.questions)

    @property
    def state(self) -> str:
        """Done, begun or not begun, with its sign."""
        begun = self.guessed or self.solved or self.tried or self.answered
        return DONE if self.done else BEGUN if begun else OPEN

    @property
    def next_step(self) -> str:
        """What to do next in this lesson; empty if it is done."""
        if missing := [exercise.id for exercise in self.lesson.exercises if exercise.id not in self.solved]:
            return f"solve exercise {missing[0]}"
        if missing := [asked.id for asked in self.lesson.questions if asked.id not in self.right]:
            return f"answer the question “{lessons.question(missing[0]).asks}”"
        return ""


def states(kept: Mapping[str, Any]) -> tuple[LessonState, ...]:
    """Return how far a learner is in every lesson, in order."""
    return tuple(_state(kept, lessons.lesson(number)) for number in lessons.numbers())


def _state(kept: Mapping[str, Any], item: Lesson) -> LessonState:
    return LessonState(
        item,
        tuple(asked.id for asked in item.predictions if asked.id in kept["predictions"]),
        tuple(exercise.id for exercise in item.exercises if exercise.id in kept["passed"]),
        {exercise.id: kept["tries"][exercise.id] for exercise in item.exercises if exercise.id in kept["tries"]},
        tuple(asked.id for asked in item.questions if kept["answers"].get(asked.id) == asked.right),
        tuple(asked.id for asked in item.questions if asked.id in kept["answers"]),
    )


@dataclass(frozen=True, repr=False)
class Progress(Picture):
    """The lessons with ticks, and the next step."""

    states: tuple[LessonState, ...]

    @property
    def next(self) -> LessonState | None:
        """The lesson to go on with: the first one begun and not done, or else the first one that is open."""
        begun = [item for item in self.states if item.state == BEGUN]
        return next(iter(begun or [item for item in self.states if not item.done]), None)

    @property
    def next_step(self) -> str:
        """What to do next, in a sentence."""
        if self.next is None:
            return 'All lessons are done. Next: hand in your notebooks, with the page of course.results("your name").'
        item = self.next
        do = f"{item.next_step} in" if item.state == BEGUN else "begin"
        return f"Next: {do} {item.lesson.number} {_short(item.lesson)} ({item.lesson.notebook})."

    @property
    def next_html(self) -> str:
        """What to do next, with a link to the notebook."""
        said = escape(self.next_step)
        if self.next is not None:
            file = self.next.lesson.notebook
            said = said.replace(f" ({file})", f" (<a href='{file}'>{file}</a>)")
        return f"<b>{said}</b>"

    @property
    def alternative_text(self) -> str:
        """The numbers of lessons done and begun."""
        done, begun = (sum(item.state == state for item in self.states) for state in (DONE, BEGUN))
        return f"Progress: {done} of {len(self.states)} lessons are done and {begun} begun. {self.next_step}"

    def rows(self) -> list[tuple[str, ...]]:
        """A row for each lesson: its name, guesses, exercises, questions and state."""
        return [
            (
                f"{item.lesson.number} {_short(item.lesson)}",
                _ticks(len(item.guessed), len(item.lesson.predictions)),
                _ticks(len(item.solved), len(item.lesson.exercises)),
                _ticks(len(item.right), len(item.lesson.questions)),
                item.state,
            )
            for item in self.states
        ]

    def text(self) -> str:
        """The table and the next step."""
        return "\n".join([*aligned([TOP, *self.rows()]), self.next_step])

    def html(self) -> str:
        """The table and the next step, with links to the notebooks."""
        lines = [
            (f"<a href='{item.lesson.notebook}'>{escape(row[0])}</a>", *map(escape, row[1:]))
            for item, row in zip(self.states, self.rows(), strict=True)
        ]
        table = table_html(TOP, lines, tight=True)
        return frame("Progress", BLUE, f"{table}<div style='margin-top:6px'>{self.next_html}</div>")


@dataclass(frozen=True, repr=False)
class CourseIndex(Progress):
    """The lessons as cards: minutes, prerequisites, state, and a link each."""

    @property
    def alternative_text(self) -> str:
        """The number of lessons and the next step."""
        return f"The course: {count(len(self.states), 'lesson')} as cards. {self.next_step}"

    def text(self) -> str:
        """A line for each lesson."""
        rows = [
            (
                item.lesson.number,
                _short(item.lesson),
                f"{item.lesson.minutes} min",
                prerequisites(item.lesson),
                item.state,
            )
            for item in self.states
        ]
        return "\n".join([*aligned(rows), self.next_step])

    def html(self) -> str:
        """The cards, as many next to each other as there is room."""
        grid = "display:grid;grid-template-columns:repeat(auto-fill,minmax(17em,1fr));gap:10px;"
        grid += "list-style:none;padding:0;margin:6px 0"
        cards = "".join(map(_card, self.states))
        text = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit)"
        return f"<div style='{text}'>{self.next_html}<ul style='{grid}'>{cards}</ul></div>"


def _card(item: LessonState) -> str:
    colour = {DONE: GREEN, BEGUN: ORANGE, OPEN: BLUE}[item.state]
    head = f"<a href='{item.lesson.notebook}'><b>{item.lesson.number} {escape(_short(item.lesson))}</b></a>"
    facts = f"{item.lesson.minutes} minutes · {escape(prerequisites(item.lesson))} "
    facts += f"<span style='white-space:nowrap'>· {item.state}</span>"
    body = f"{head}<div style='color:{SOFT}'>{facts}</div><div>You will {escape(item.lesson.promise)}.</div>"
    return f"<li style='{CARD};margin:0;border-left:4px solid {colour}'>{body}</li>"


@dataclass(frozen=True, repr=False)
class LearnerResults(Progress):
    """A learner's results on one page, for the instructor. They prove nothing, and say so."""

    name: str = ""

    def rows(self) -> list[tuple[str, ...]]:
        """A row for each lesson, with how often each exercise was tried."""
        tried = [", ".join(f"{id}: {number}" for id, number in item.tried.items()) or "–" for item in self.states]
        return [(*row, tries) for row, tries in zip(super().rows(), tried, strict=True)]

    def text(self) -> str:
        """The table, and what it is worth."""
        return "\n".join([f"Results of {self.name}", *aligned([(*TOP, "tries"), *self.rows()]), ONLY_GRADE])

    def html(self) -> str:
        """The table, and what it is worth."""
        table = table_html((*TOP, "tries"), [tuple(map(escape, row)) for row in self.rows()], tight=True)
        worth = f"<p style='margin:8px 0 0'>{escape(ONLY_GRADE)}</p>"
        return frame(f"Results of {self.name}", BLUE, table + worth)

    @reads(path=PATH)
    def save(self, path: str | Path) -> None:
        """Write the page. Raises InvalidInput if the file exists."""
        if Path(path).exists() or Path(path).is_symlink():
            fix = "name another file, or delete this one."
            raise InvalidInput(f"{path} exists already.", field="path", asked=str(path), fix=fix)
        super().save(path)


def progress() -> Progress:
    """Show what is done in each lesson, with ticks, and the next step."""
    return Progress(states(store.read()))


def index() -> CourseIndex:
    """Show the lessons as cards, with minutes, prerequisites, links and how far you are."""
    return CourseIndex(states(store.read()))


def _named(value: Any, field: str) -> str:
    name: str = TEXT(value, field)
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise InvalidInput("A name is a line of text.", field=field, asked=name, fix="give the learner's name.")
    return name.strip()


@reads(name=_named)
def results(name: str) -> LearnerResults:
    """Show a learner's results on one page for the instructor; ``.save("results.html")`` writes it.

    It proves nothing: only ``sessionlab grade`` on the notebooks does.
    """
    return LearnerResults(states(store.read()), name)


@reads(number=maybe(TEXT))
def reset(number: str | None = None) -> Note:
    """Forget what was done in a lesson, or in all of them. The old file of all lessons is kept under another name."""
    if number is None:
        aside = store.put_aside()
        kept = f"What was there is in {aside.name}." if aside else "There was nothing."
        return Note("Reset", f"All lessons are as if nobody had begun. {kept}")
    item, kept_now = lessons.lesson(number), store.read()
    for name in ("predictions", "tries", "hints", "answers"):
        kept_now[name] = {id: value for id, value in kept_now[name].items() if not _of(id, item)}
    kept_now["cells"].pop(item.number, None)
    kept_now["passed"] = [id for id in kept_now["passed"] if not _of(id, item)]
    store.write(kept_now)
    return Note("Reset", f"Lesson {item.number} is as if you had not begun.")


def _of(id: str, item: Lesson) -> bool:
    return id.partition(".")[0] == item.number


def _short(item: Lesson) -> str:
    return item.title.partition(":")[0]


def prerequisites(item: Lesson) -> str:
    """The lessons that come first, in words."""
    return f"after {', '.join(item.before)}" if item.before else "no prerequisites"


def _ticks(done: int, total: int) -> str:
    return f"{'✓' if total and done == total else '·'} {done} of {total}"
