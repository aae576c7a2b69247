"""Recall questions at the end of a lesson, with feedback on each choice."""

from __future__ import annotations

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.course import lesson as lessons
from sessionlab.course import store
from sessionlab.course.ask import Ask, Prompt
from sessionlab.course.note import Note
from sessionlab.course.shuffling import shown


@reads(id=TEXT, choice=TEXT)
def recall(id: str, choice: str = "") -> Ask | Note:
    """Ask a question, or all three of a lesson (``"03"``); given the letter of a choice, return the feedback on it."""
    if "." not in id:
        return Ask([_question(asked) for asked in lessons.lesson(id).questions])
    asked = lessons.question(id)
    letters = shown(asked)
    if not choice:
        return Ask([_question(asked)])
    letter = choice.strip().casefold().rstrip(".)")
    if letter not in letters:
        return Note("Again", f"There is no choice {choice!r}. Give the letter of one: {', '.join(letters)}.")
    return _answered(asked, letters[letter])


def _answered(asked: lessons.Question, key: str) -> Note:
    kept = store.read()
    kept["answers"][asked.id] = key
    store.write(kept)
    return Note("Right" if key == asked.right else "Not quite", asked.choices[key][1])


def _question(asked: lessons.Question) -> Prompt:
    def answer(key: str) -> Note:
        if key not in asked.choices:
            return Note("Again", "Nothing is chosen yet. Choose one, then press the button.")
        return _answered(asked, key)

    letters = shown(asked)
    rows = [(letter, asked.choices[key][0]) for letter, key in letters.items()]
    static = Note("Question", asked.asks, [*rows, ("answer", f'course.recall("{asked.id}", "…")')])
    choices = [(key, asked.choices[key][0]) for key in letters.values()]
    before = store.read()["answers"].get(asked.id)
    said = None
    if before in asked.choices:
        said = Note("Right", "Answered before.") if before == asked.right else None
    return Prompt(asked.asks, answer, static, choices=choices, said=said)
