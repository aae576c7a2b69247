"""The process that an answer runs in: ``python -m sessionlab.course.grading.answer_process JSON``.

It runs the cells of a notebook and calls the function that they bind, as it is asked through a socket. Nothing that
happens in here can be a grade: it sends back values, and what was done on its copy of a lab. The judgement is made by
the process at the other end.
"""

from __future__ import annotations

import ast
import contextlib
import json
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from sessionlab.course.grading.channel import Channel, ChannelError
from sessionlab.course.grading.containment import become, limit

SAID = 1_000  # characters of what an exception says


class _TookTooLong(BaseException):
    """A cell other than the answer's used up its share of the time."""


def main(arguments: Sequence[str]) -> None:
    """Answer requests until the other end closes. The argument: the socket, the bounds and the user, as JSON."""
    given = json.loads(arguments[0])
    channel = Channel(socket.socket(fileno=given["socket"]))
    limit(given["memory"], given["seconds"], counted=given["counted"])
    become(given["becomes"])
    channel.send({"ready": True})
    answer = _Answer()
    while True:
        message = channel.receive()
        (kind, given), *_ = message.items()
        reply = getattr(answer, f"on_{kind}")(given)
        try:
            channel.send(reply)
        except (ChannelError, ValueError, RecursionError):
            channel.send({"raised": {"type": "ValueError", "says": "this answer is too large to be judged"}})


class _Answer:
    """What the cells bound, and the world that it was last lent."""

    def __init__(self) -> None:
        import sessionlab as sl

        self._names: dict[str, Any] = {"sl": sl, "__name__": "__main__"}
        self._value: Any = ...
        self._world: tuple[Any, list[Any]] = (None, [])

    def on_run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Run the helpers, then the answer's cell, and tell what it bound."""
        from sessionlab.course.answer_kinds import of_kind
        from sessionlab.course.kinds import AnotherKind
        from sessionlab.course.lesson import exercise
        from sessionlab.course.unanswered import finished, unanswered

        wanted = exercise(asked["exercise"])
        failed = self._run_helpers(asked["helpers"], asked["seconds"])
        if asked["cell"] is not None:
            try:
                self._execute(asked["cell"])
            except BaseException as error:
                return {"raised": _told(error), "helpers": failed}
        self._value = self._names.get(wanted.name, ...)
        if (stub := unanswered(wanted, self._value, asked["cell"])) is not None:
            return {"unanswered": stub.says}
        if callable(self._value):
            try:
                of_kind(wanted.name, wanted.kind, self._value)  # only here are its arguments known
            except AnotherKind as error:
                return {"raised": _told(error)}
            self._value = finished(wanted, self._value)
            return {"function": True, "helpers": failed}
        return _sent("value", self._value)

    def on_world(self, given: dict[str, Any]) -> dict[str, Any]:
        """Open a lab and the arguments of a call."""
        from sessionlab.course.grading.worlds import borrow

        self._world = borrow(given)
        return {"open": True}

    def on_call(self, given: object) -> dict[str, Any]:
        """Call the function, and tell what it returned and what it did on the lab."""
        from sessionlab.course.grading.worlds import mark, taken

        there, arguments = self._world
        since = mark(there)
        try:
            returned = self._value(*arguments)
        except BaseException as error:
            return {"raised": _told(error)}
        sent = _sent("returned", returned)
        if since is not None and "raised" not in sent:
            sent["steps"] = taken(there, since)
        return sent

    def _run_helpers(self, helpers: list[dict[str, Any]], seconds: int) -> str:
        """Run what stands in other cells, as far as it goes. Return what the first failure said."""
        first = ""
        each = max(0.5, seconds / max(1, sum(helper["own"] for helper in helpers)))
        for helper in helpers:
            try:
                with _alarm(each):
                    self._execute(helper["source"], own=helper["own"])
            except _TookTooLong:
                first = first or "another cell took too long"
            except BaseException as error:
                first = first or f"another cell ended with {_told(error)['type']}"
        return first

    def _execute(self, source: str, *, own: bool = True) -> None:
        plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
        tree = ast.parse(plain, "cell")
        if not own:
            tree.body = [node for node in tree.body if _defines(node)]
        exec(compile(tree, "cell", "exec"), self._names)  # the learner's own code, which grading must run


def _defines(node: ast.stmt) -> bool:
    """Return whether a statement of the lesson's own cells only names something: it is run, and what acts is not."""
    if isinstance(node, ast.Assign):
        return not any(isinstance(part, ast.Call | ast.Attribute | ast.Subscript) for part in ast.walk(node))
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(number: int, frame: object) -> None:
        raise _TookTooLong

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _sent(word: str, value: Any) -> dict[str, Any]:
    from sessionlab.course.grading.values import to_plain

    try:
        return {word: to_plain(value)}
    except BaseException as error:  # a value may be of a class that the answer made
        return {"raised": _told(error)}


def _told(error: BaseException) -> dict[str, Any]:
    """Return what is told of an exception: its type, its text, and the fields of the lab's own errors."""
    from sessionlab.core.base.errors import SessionlabError
    from sessionlab.course.grading.values import readable

    try:
        says = str(getattr(error, "message", error)) if isinstance(error, SessionlabError) else str(error)
        facts = {name: getattr(error, name) for name in ("field", "fix") if isinstance(error, SessionlabError)}
        told = {name: readable(fact)[:SAID] for name, fact in facts.items() if isinstance(fact, str)}
        return {"type": readable(type(error).__name__)[:100], "says": readable(says)[:SAID], **told}
    except BaseException:
        return {"type": "an exception", "says": "it does not say what happened"}


if __name__ == "__main__":
    main(sys.argv[1:])
