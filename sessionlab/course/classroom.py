"""The functions that a notebook calls; see the package's docstring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import TEXT, reads, wrong
from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.course import lesson as lessons
from sessionlab.course import store
from sessionlab.course.lesson import AnswerFailed, Judgement
from sessionlab.course.note import Note
from sessionlab.course.unanswered import Unfinished, finished, unanswered

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab


@reads(number=TEXT)
def start(number: str, **world: Any) -> Lab:
    """Return a fresh lab for a lesson, the same each time, and show the lesson's goals. ``world``: as for ``Lab``."""
    from sessionlab.study.facade import Lab

    item = lessons.lesson(number)
    _show(Note("Lesson", item.title, [("you will", item.promise), ("takes", f"about {item.minutes} minutes")]))
    return Lab(**{"seed": int(item.number), **world})


@reads(id=TEXT)
def predict(id: str, guess: Any) -> Note:
    """Record a guess before the run."""
    asked = lessons.prediction(id)
    if guess is ...:
        raise InvalidInput("Put your guess in the place of the dots.", field="guess", asked=guess, fix=asked.asks)
    try:
        json.dumps(guess)
    except (TypeError, ValueError):
        raise wrong(guess, "cannot be kept as a guess", "guess", "give a number, a text or a list of them.") from None
    kept = store.read()
    kept["predictions"][id] = guess
    store.write(kept)
    return Note("Noted", f"{asked.asks} You say: {guess}. Run the next cell.")


@reads(id=TEXT)
def compare(id: str, outcome: Any) -> Note:
    """Compare what happened with what was predicted."""
    asked = lessons.prediction(id)
    guesses = store.read()["predictions"]
    if id not in guesses:
        return Note("Not yet", f'{asked.asks} It was {outcome}. Guess before you run: course.predict("{id}", …)')
    guess = guesses[id]
    if guess == outcome:
        return Note("Right", f"You said {guess}, and so it was.")
    why = asked.wrong.get(guess, "Look at what was asked and what was left, step by step.")
    return Note("Not quite", f"You said {guess}; it was {outcome}. {why}")


@reads(id=TEXT)
def check(id: str, answer: Any) -> Note:
    """Judge an answer by the state of a fresh chain, with different numbers from the notebook's."""
    wanted = lessons.exercise(id)
    judged = judge(wanted, answer)
    if not judged.answered:
        return Note("Not yet", judged.says, [("help", f'course.hint("{id}")')])
    kept = store.read()
    kept["tries"][id] = kept["tries"].get(id, 0) + 1
    if judged.passed and id not in kept["passed"]:
        kept["passed"].append(id)
    store.write(kept)
    if judged.passed:
        return Note("Passed", judged.says)
    more = [("what it shows", judged.misconception)] if judged.misconception else []
    return Note("Not yet", judged.says, [*more, ("go on", f'try again, or course.hint("{id}")')])


def judge(wanted: lessons.Exercise, answer: Any) -> Judgement:
    """Return the exercise's judgement of an answer. An answer that raises gets a judgement that says so."""
    if (stub := unanswered(wanted, answer)) is not None:
        return stub
    try:
        return wanted.judge(finished(wanted, answer))
    except Unfinished as error:
        return Judgement(False, str(error), answered=False)
    except NotImplementedError:
        says = f"Not answered yet: {wanted.name} raises NotImplementedError. Write its body in place of that."
        return Judgement(False, says, answered=False)
    except SessionlabError as error:
        return Judgement(False, f"The lab refuses your answer: {error}")
    except AnswerFailed as error:
        return Judgement(False, str(error), failed=True)
    except Exception as error:
        return Judgement(False, f"Your answer ended with {type(error).__name__}: {error}", failed=True)


@reads(id=TEXT)
def hint(id: str) -> Note:
    """Show the next of three hints."""
    wanted = lessons.exercise(id)
    kept = store.read()
    given = min(kept["hints"].get(id, 0) + 1, len(wanted.hints))
    kept["hints"][id] = given
    store.write(kept)
    return Note("Hint", wanted.hints[given - 1], [("step", f"{given} of {len(wanted.hints)}")])


@reads(id=TEXT)
def solution(id: str) -> Note:
    """Show a solution, once there was an attempt."""
    wanted = lessons.exercise(id)
    if not store.read()["tries"].get(id):
        return Note("Not yet", f'Try it first: course.check("{id}", …). A hint: course.hint("{id}")')
    return Note("Solution", "One of several; whatever passes the check is right.", code=wanted.solution)


@reads(id=TEXT, choice=TEXT)
def recall(id: str, choice: str = "") -> Note:
    """Show a question with its choices or, given a choice, the feedback on it."""
    asked = lessons.question(id)
    rows = [(letter, text) for letter, (text, _) in asked.choices.items()]
    if choice not in asked.choices:
        return Note("Question", asked.asks, [*rows, ("answer", f'course.recall("{id}", "…")')])
    kept = store.read()
    kept["answers"][id] = choice
    store.write(kept)
    return Note("Right" if choice == asked.right else "Not quite", asked.choices[choice][1])


def progress() -> Note:
    """Show what is completed in each lesson."""
    kept = store.read()
    rows = []
    for number in lessons.numbers():
        item = lessons.lesson(number)
        ids = [exercise.id for exercise in item.exercises]
        done = [id for id in ids if id in kept["passed"]]
        right = [asked for asked in item.questions if kept["answers"].get(asked.id) == asked.right]
        rows.append((item.number, f"{item.title}: exercises {len(done)} of {len(ids)}, questions {len(right)} of 3"))
    return Note("Progress", f"kept in {store.path().name}", rows)


def _show(note: Note) -> None:
    """Show a note, as a card in a notebook and as text elsewhere."""
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        print(note)
        return
    if get_ipython() is None:
        print(note)
    else:
        display(note)  # type: ignore[no-untyped-call]  # IPython does not type it
