"""Guesses before a run, and what really happens: ``predict`` and ``reveal``.

What happens is replayed on a lab of its own, so it does not depend on the notebook's.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.course import lesson as lessons
from sessionlab.course import store
from sessionlab.course.ask import Ask, Prompt
from sessionlab.course.kinds import AnotherKind, Choice, Number
from sessionlab.course.note import Note

#: No guess is given: ask for one.
ASK: Any = type("Ask", (), {"__repr__": lambda self: "a question"})()


@reads(id=TEXT)
def predict(id: str, guess: Any = ASK) -> Ask | Note:
    """Ask for a guess before the run or, if one is given, record it: a number, a word, True or False.

    A guess of another kind is not recorded; the note says what to give.
    """
    asked = lessons.prediction(id)
    if guess is ASK:
        return _question(asked)
    if guess is ...:
        return Note("Again", f"Replace the dots with your guess. {asked.kind.give}")
    try:
        return _recorded(asked, asked.kind.take(guess))
    except AnotherKind as error:
        return Note("Again", str(error))


@reads(id=TEXT)
def reveal(id: str) -> Note:
    """Say what happens, and how the guess fits. The lesson's own steps are replayed for it on a lab of its own."""
    asked = lessons.prediction(id)
    outcome, guess = happens(id), recorded(asked)
    right = asked.kind.show(outcome)
    if guess is None:
        says = f"{asked.asks} The answer is {right}."
        return Note("Answer", says, [("next time", f'guess before you run: course.predict("{id}")')])
    if asked.kind.same(guess, outcome):
        return Note("Right", f"Correct: {right}.")
    why = next((why for wrong, why in asked.wrong.items() if asked.kind.same(guess, wrong)), "")
    why = why or "Go through what the cells above printed, step by step."
    return Note("Not quite", f"You guessed {asked.kind.show(guess)}; the answer is {right}. {why}")


@cache
def happens(id: str) -> Any:
    """Return what happens, as the prediction's kind has it. Replayed once."""
    asked = lessons.prediction(id)
    return asked.kind.take(asked.replay())


def recorded(asked: lessons.Prediction) -> Any:
    """Return the guess that is kept, or None; one of another kind is none."""
    kept = store.read()["predictions"]
    try:
        return asked.kind.take(kept[asked.id])
    except (KeyError, AnotherKind):
        return None


def _recorded(asked: lessons.Prediction, guess: Any) -> Note:
    kept = store.read()
    kept["predictions"][asked.id] = guess
    store.write(kept)
    return Note("Noted", f"{asked.asks} Your guess: {asked.kind.show(guess)}. Run the next cell.")


def _question(asked: lessons.Prediction) -> Ask:
    def answer(text: str) -> Note:
        try:
            noted = _recorded(asked, asked.kind.read(text))
        except AnotherKind as error:
            return Note("Again", str(error))
        return Note(noted.word, noted.says.removeprefix(f"{asked.asks} "))

    options = list(getattr(asked.kind, "options", ()))
    if isinstance(asked.kind, Choice):
        Random(asked.id).shuffle(options)
    unit = f"{asked.kind.unit}s" if isinstance(asked.kind, Number) and asked.kind.whole else ""
    unit = asked.kind.unit if isinstance(asked.kind, Number) and not unit else unit
    guess = recorded(asked)
    said = None if guess is None else Note("Noted", f"Your guess so far: {asked.kind.show(guess)}.")
    static = Note("Question", asked.asks, [("guess", f'course.predict("{asked.id}", …)'), ("kind", asked.kind.give)])
    item = Prompt(asked.asks, answer, static, unit, [(word, word) for word in options], "Note my guess", said)
    return Ask([item])
