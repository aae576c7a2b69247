"""Session inspector: step through an operation, rule by rule, until it passes or is refused."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from sessionlab.core.base.doors import ANY_NUMBER, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.html import GREEN, LINE, RED, SOFT, frame
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.client.session import BaseSession
from sessionlab.core.erc4337.call import Call
from sessionlab.study.explain.explanation import Explanation
from sessionlab.study.explain.of_session import Asked, explain_calls
from sessionlab.study.tables import breakable, table_html
from sessionlab.study.text import aligned, count
from sessionlab.study.widgets.panel import Panel, row
from sessionlab.study.widgets.rules import NOT_ASKED, REFUSED, RuleCheck, steps_of


class Inspector(Panel):
    """An operation in steps. ``position`` counts from 1; ``step(n)``, ``next()`` and ``back()`` move it."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__()
        self.explanation = explanation
        self.steps = steps_of(explanation)
        if not self.steps:
            raise InvalidInput(
                "There is nothing to step through.", field="what", fix="inspect a session and its calls."
            )
        self.position = 1

    @property
    def current(self) -> RuleCheck:
        """The selected step."""
        return self.steps[self.position - 1]

    @property
    def refused_at(self) -> int | None:
        """The number of the step that refuses; None if the operation passes."""
        return next((number for number, step in enumerate(self.steps, 1) if step.answer == REFUSED), None)

    # -- what the controls do

    @reads(number=ANY_NUMBER)
    def step(self, number: int) -> None:
        """Go to a step, by its number from 1. Raises InvalidInput if it does not exist."""
        if isinstance(number, bool) or number not in range(1, len(self.steps) + 1):
            fix = f"use 1 to {len(self.steps)}."
            raise InvalidInput(f"There is no step {number}.", field="number", asked=number, fix=fix)
        self.position = number
        self._show()

    def next(self) -> None:
        """Go to the next step, if there is one."""
        self.step(min(self.position + 1, len(self.steps)))

    def back(self) -> None:
        """Go to the previous step, if there is one."""
        self.step(max(self.position - 1, 1))

    # -- how it is shown

    @property
    def title(self) -> str:
        """The operation and its result."""
        calls = "; ".join(self.explanation.calls) or "the operation"
        denial = self.explanation.denial
        if denial is None:
            return f"✓ {calls}: passes {count(len(self.steps), 'step')}"
        return f"✗ {calls}: refused in {denial.phase}, step {self.refused_at} of {len(self.steps)}"

    def text(self) -> str:
        """Return all steps with their reasons."""
        rows = [(f"{number}.", step.phase, step.heading) for number, step in enumerate(self.steps, 1)]
        lines = [self.title, *aligned(rows)]
        refused = [f"Step {self.refused_at}: {self.steps[self.refused_at - 1].why}"] if self.refused_at else []
        return "\n".join([*lines, *refused])

    def html(self) -> str:
        """Render all steps, each with what the permissions say."""
        return self._frame("".join(self._line(number, step, whole=True) for number, step in enumerate(self.steps, 1)))

    def _below(self) -> str:
        """Render all steps, and what the permissions say about the selected one."""
        lines = [self._line(number, step, whole=number == self.position) for number, step in enumerate(self.steps, 1)]
        return self._frame("".join(lines))

    def _controls(self) -> Sequence[Any]:
        """Back, Next, and the list of steps."""
        steps = [(f"{number}. {step.heading}", number) for number, step in enumerate(self.steps, 1)]
        self._steps = self._choice("Step", steps, self.step)
        end = self._button("To the refusal", lambda: self.step(self.refused_at or 1))
        self._back, self._next = self._button("◀ Back", self.back), self._button("Next ▶", self.next)
        return [self._steps, row([self._back, self._next, *([end] if self.refused_at else [])])]

    def _fill(self) -> None:
        """Select the current step in the list."""
        self._steps.value = self.position

    def _frame(self, body: str) -> str:
        return frame(self.title, RED if self.refused_at else GREEN, f"<div role='list'>{body}</div>")

    def _line(self, number: int, check: RuleCheck, *, whole: bool) -> str:
        here = whole and number == self.position
        colour = SOFT if check.answer == NOT_ASKED else "inherit"
        weight = "600" if here or check.answer == REFUSED else "400"
        style = f"border-top:1px solid {LINE};padding:4px 0 4px 10px;color:{colour};border-left:4px solid "
        style += f"{RED if check.answer == REFUSED else GREEN}" if here else "transparent"
        current = " aria-current='step'" if here else ""
        head = f"<div style='font-weight:{weight}'>{number}. {escape(check.heading)}"
        head += f" <span style='color:{SOFT};font-weight:400'>({check.phase})</span></div>"
        return f"<div role='listitem'{current} style='{style}'>{head}{_details(check) if whole else ''}</div>"


def inspector(what: BaseSession | Outcome | Explanation, calls: Sequence[Call] | None = None) -> Inspector:
    """Step through the operation that a session would send for some calls, or through a refused one.

    ``what``: a session, with ``calls``; a refused outcome; or an explanation. Nothing is sent.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    >>> look = inspector(session, [sl.Call(to=lab.merchant, value=9)])
    >>> look.step(look.refused_at)
    >>> look.current.heading
    '✗ The native tokens of all calls are within the allowance: refused'
    """
    if isinstance(what, Explanation):
        return Inspector(what)
    if isinstance(what, BaseSession):
        if calls is None:
            raise InvalidInput(
                "A session is inspected with calls.", field="calls", fix="inspector(session, [Call(…)])."
            )
        return Inspector(explain_calls(what, Asked(calls)))
    if not isinstance(what, Outcome):
        fix = "give a session and its calls, or what send_calls returned."
        raise InvalidInput(f"{what!r} cannot be inspected.", field="what", fix=fix)
    if what.denial is None:
        fix = "inspector(session, calls) shows how such an operation passes."
        raise InvalidInput("This operation was done: nothing refused it.", field="what", fix=fix)
    return Inspector(what.denial.explain())


def _details(check: RuleCheck) -> str:
    why = f"<div>{escape(check.why)}</div>" if check.why else ""
    if not check.says:
        return why
    lines = [[breakable(permission), escape(answer), escape(reason)] for permission, answer, reason in check.says]
    return why + table_html(("permission", "says", "why"), lines)
