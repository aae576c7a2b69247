"""The functions that a notebook calls; see the package's docstring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import SessionlabError
from sessionlab.course import lesson as lessons
from sessionlab.course import store
from sessionlab.course.answer_kinds import of_kind
from sessionlab.course.executed_cells import executed_cells
from sessionlab.course.kinds import AnotherKind
from sessionlab.course.lesson import AnswerFailed, Judgement
from sessionlab.course.note import WHOLE_WORDS, Note
from sessionlab.course.out_of_order import follow
from sessionlab.course.rerunning import running_shell, watch
from sessionlab.course.unanswered import Unfinished, finished, has_dots, line_of, unanswered
from sessionlab.study.doors import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Callable

    from sessionlab.study.facade import Lab


@reads(number=TEXT)
def start(number: str, **world: Any) -> Lab:
    """Return a fresh lab for a lesson, the same each time, and show the lesson's goals. ``world``: as for ``Lab``."""
    from sessionlab.study.facade import Lab

    item = lessons.lesson(number)
    rows = [("you will", item.promise), ("takes", f"about {item.minutes} minutes")]
    _show(Note("Lesson", item.title, rows, style=WHOLE_WORDS))
    lab = Lab(**{"seed": int(item.number), **world})
    watch(lab, _show)
    follow(item.number)
    return lab


@reads(id=TEXT)
def check(id: str, answer: Any) -> Note:
    """Judge an answer by the state of a fresh chain, with different numbers from the notebook's."""
    wanted = lessons.exercise(id)
    judged = judge(wanted, answer)
    if not judged.answered:
        return Note("Not yet", judged.says, [("help", f'course.hint("{id}")')])
    kept = store.read()
    kept["tries"][id] = kept["tries"].get(id, 0) + 1
    if ran := executed_cells():
        kept["cells"][id.partition(".")[0]] = ran
    if judged.passed and id not in kept["passed"]:
        kept["passed"].append(id)
    store.write(kept)
    if judged.passed:
        return Note("Passed", judged.says)
    more = [("Likely misconception", judged.misconception)] if judged.misconception else []
    return Note("Not yet", judged.says, [*more, ("help", f'try again, or ask for a hint: course.hint("{id}")')])


def judge(wanted: lessons.Exercise, answer: Any) -> Judgement:
    """Return the exercise's judgement of an answer. An answer that raises gets a judgement that says so."""
    if (stub := unanswered(wanted, answer)) is not None:
        return stub
    try:
        whole = finished(wanted, answer)
        return wanted.judge(of_kind(wanted.name, wanted.kind, whole, lambda: line_of(wanted.name)))
    except Unfinished as error:
        return Judgement(False, str(error), answered=False)
    except AnotherKind as error:
        return Judgement(False, str(error))
    except NotImplementedError:
        says = f"Not answered yet: {wanted.name} raises NotImplementedError. Write its body in place of that."
        return Judgement(False, says, answered=False)
    except SessionlabError as error:
        return Judgement(False, f"The lab refuses your answer: {error}")
    except AnswerFailed as error:
        return Judgement(False, str(error), failed=True)
    except Exception as error:
        return Judgement(False, f"Your answer ended with {type(error).__name__}: {error}", failed=True)


@reads(function=FUNCTION)
def sample(function: Callable[..., Any], *given: Any) -> None:
    """Print what a function of yours returns for a sample, or the error that it ends with; nothing while dots are left.

    >>> sample(sum, [1, 2])
    sum(…) returns 3
    """
    name = getattr(function, "__name__", "it")
    try:
        result = function(*given)
    except Exception as error:
        print(f"{name}(…) ends with {type(error).__name__}: {error}")
    else:
        if not has_dots(result):
            print(f"{name}(…) returns {result!r}")


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


def _show(note: Note) -> None:
    """Show a note, as a card in a notebook and as text elsewhere."""
    if running_shell() is None:
        print(note)
    else:
        from IPython.display import display

        display(note)  # type: ignore[no-untyped-call]  # IPython does not type it
