"""Stubs, half answers and missing returns are told apart from wrong answers, in the same words everywhere."""

from __future__ import annotations

from typing import Any

import pytest

import sessionlab as sl
from sessionlab.course.classroom import judge
from sessionlab.course.lesson import Exercise, exercise, lesson, numbers
from sessionlab.course.unanswered import unanswered

EXERCISES = [item for number in numbers() for item in lesson(number).exercises]
EACH = pytest.mark.parametrize("wanted", EXERCISES, ids=lambda item: item.id)


def bound(wanted: Exercise, source: str) -> Any:
    names: dict[str, Any] = {"sl": sl}
    exec(source, names)
    return names[wanted.name]


@EACH
def test_every_stub_is_not_answered_and_shows_no_misconception(wanted: Exercise) -> None:
    judged = judge(wanted, bound(wanted, wanted.stub))
    assert (judged.passed, judged.answered, judged.misconception) == (False, False, None)
    assert judged.says.startswith("Not answered yet:")


@EACH
def test_a_stub_that_got_a_comment_a_new_docstring_or_a_pass_is_still_the_stub(wanted: Exercise) -> None:
    lines = wanted.stub.splitlines()
    sources = [f"# I will do this later\n{wanted.stub}  # ?"]
    if lines[0].startswith("def "):
        sources += [
            f"{lines[0]}\n    pass",
            f"{lines[0]}\n    ...",
            f'{lines[0]}\n    """My own words."""\n    return ...',
        ]
    for source in sources:
        assert not judge(wanted, bound(wanted, source)).answered, source


@EACH
def test_solutions_and_listed_wrong_answers_are_answers(wanted: Exercise) -> None:
    for source in (wanted.solution, *(item.source for item in wanted.wrong)):
        assert unanswered(wanted, bound(wanted, source)) is None, source


@pytest.mark.parametrize(
    ("id", "source", "says"),
    [
        (
            "08.2",
            exercise("08.2").stub,
            "Not answered yet: my_drain does nothing so far. Write what it does below line 5.",
        ),
        (
            "08.2",
            f"{exercise('08.2').stub}\n    pass",
            "Not answered yet: my_drain does nothing so far. Write what it does below line 6.",
        ),
        ("00.2", "my_answer = (4, ...)", "Not answered yet: replace the dots at place 2 with your answer."),
        (
            "02.3",
            'my_answer = {"A": ("owner", ..., "wallet"), "B": ..., "C": 1}',
            "Not answered yet: replace the dots at 'A' and 'B' with your answer.",
        ),
        (
            "03.2",
            "def my_cap(payments):\n    if payments:\n        return ...\n    return 5",
            "Not answered yet: replace the dots in line 3 with your answer.",
        ),
        (
            "03.2",
            "def my_cap(payments):\n    cap = sum(payments[:7])\n    cap += 1",
            "Almost there: my_cap returned nothing (it ends in line 3). End it with `return` and your answer.",
        ),
        (
            "06.2",
            "def my_permissions(lab, fees):\n    return [sl.ContractAccess(address=lab.counter), ...]",
            "Not answered yet: replace the dots in line 2 with your answer.",
        ),
        ("14.2", "def my_attack(play):\n    raise NotImplementedError", "Not answered yet: my_attack raises NotImpl"),
    ],
)
def test_half_an_answer_is_told_what_is_left_to_do(id: str, source: str, says: str) -> None:
    wanted = exercise(id)
    judged = judge(wanted, bound(wanted, source))
    assert judged.says.startswith(says)
    assert (judged.passed, judged.answered, judged.misconception) == (False, False, None)


def test_where_the_cell_is_known_its_line_is_named() -> None:
    wanted, source = exercise("02.3"), exercise("02.3").stub
    judged = unanswered(wanted, bound(wanted, source), source)
    assert judged is not None
    assert judged.says == "Not answered yet: replace the dots in lines 2, 3 and 4 with your answer."


def test_a_notebook_finds_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core import getipython

    class Shell:
        user_ns = {"In": ["", "my_answer = (1, 2)", "# so far\nmy_answer = (4, ...)", "%time", "course.check()"]}  # noqa: RUF012

    monkeypatch.setattr(getipython, "get_ipython", Shell)
    judged = unanswered(exercise("00.2"), (4, ...))
    assert judged is not None
    assert "in line 2 with" in judged.says


@pytest.mark.parametrize("answer", [5, "text", (4, 0.2), [], {}, None, print, lambda payments: sum(payments)])
def test_odd_answers_are_judged(answer: Any) -> None:
    assert unanswered(exercise("03.2"), answer) is None
