"""An answer in a process of its own, from the side that judges it.

    with AnswerProcess(bounds, fence) as process:
        answer = process.run(exercise, cell, helpers)       a value, or a function that lives in the other process
        judge(exercise, answer)                             as for an answer in a notebook

A call goes through the pipe: arguments there, result and steps back, all plain data. What arrives is only ever used as
an answer, never as a judgement.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from sessionlab.core.base import errors
from sessionlab.course.grading.channel import Channel, ChannelError, TimeIsUp
from sessionlab.course.grading.containment import MEMORY, named
from sessionlab.course.grading.values import from_plain, readable
from sessionlab.course.grading.worlds import NotRepeatable, lend, repeat
from sessionlab.course.kinds import AnotherKind
from sessionlab.course.lesson import AnswerFailed, Exercise
from sessionlab.course.unanswered import Unfinished

STARTS = 3  # attempts to start the process
START_SECONDS = 60  # to start Python, or to open a lab: not the answer's own time
SAID = 1_000
#: Errors of the lab that a check may want to know from others, by name.
_ERRORS = {name: getattr(errors, name) for name in ("InvalidInput", "ChainError", "NotFound", "SessionlabError")}


@dataclass(frozen=True)
class AnswerBounds:
    """What one answer may use: seconds of its own, in all its calls, and bytes of memory."""

    seconds: int = 60
    memory: int = MEMORY


@dataclass(frozen=True)
class Helper:
    """Another cell of the notebook. ``own``: the learner wrote or changed it; else only its definitions are run."""

    source: str
    own: bool


class AnswerProcess:
    """The other process. It is killed, with whatever it started, when the ``with`` block ends."""

    def __init__(self, bounds: AnswerBounds, fence: str = "none") -> None:
        self._bounds, self._left, self._fence = bounds, float(bounds.seconds), named(fence)

    def __enter__(self) -> Self:
        for _ in range(STARTS - 1):
            with suppress(AnswerFailed):  # nothing of the answer runs yet: on a busy machine, begin again
                return self._start()
        return self._start()

    def _start(self) -> Self:
        here, there = socket.socketpair()
        fence = self._fence
        given = {
            "socket": there.fileno(),
            "memory": self._bounds.memory,
            "seconds": self._bounds.seconds + START_SECONDS,
            "counted": fence.counts_processes,
            "becomes": fence.becomes,
        }
        with there:
            self._process = subprocess.Popen(
                fence.command(["-P", "-m", "sessionlab.course.grading.answer_process", json.dumps(given)]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(there.fileno(),),
                **fence.options(),
            )
        self._channel = Channel(here)
        try:
            self._channel.receive(START_SECONDS)
        except ChannelError as error:
            self.__exit__()
            raise AnswerFailed(f"The process for the answer did not start: it {error}.") from None
        return self

    def __exit__(self, *error: object) -> None:
        """End the process and its group; what it started in another session ends with its namespace or its bounds."""
        self._channel.close()
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def run(self, wanted: Exercise, cell: str | None, helpers: Sequence[Helper]) -> Any:
        """Run the cells and return what they bind to the exercise's name. Raises Unfinished or AnswerFailed."""
        reply = self._ask(
            "run",
            {
                "exercise": wanted.id,
                "cell": cell,
                "helpers": [{"source": item.source, "own": item.own} for item in helpers],
                "seconds": self._bounds.seconds // 2,
            },
        )
        if "unanswered" in reply:
            raise Unfinished(readable(reply["unanswered"])[:SAID])
        helped = readable(reply.get("helpers", ""))[:SAID]
        if "raised" in reply:
            error = _raised(reply["raised"])
            if helped and isinstance(error, AnswerFailed):
                raise AnswerFailed(f"{error}; {helped}")
            raise error
        if reply.get("function") is True:
            return AnswerElsewhere(wanted.name, self._call)
        return _value(reply.get("value"))

    def _call(self, *arguments: Any) -> Any:
        """Call the learner's function, and do on the lab here what it did on its copy."""
        self._ask("world", lend(arguments), own_time=False)
        reply = self._ask("call", None)
        if "raised" in reply:
            raise _raised(reply["raised"])
        try:
            repeat(arguments, reply.get("steps"))
        except NotRepeatable as error:
            raise AnswerFailed(f"The answer {error}.") from None
        return _value(reply.get("returned"))

    def _ask(self, word: str, given: Any, *, own_time: bool = True) -> dict[str, Any]:
        begun = time.monotonic()
        seconds = self._left if own_time else START_SECONDS
        try:
            self._channel.send({word: given}, START_SECONDS)
            return self._channel.receive(seconds)
        except TimeIsUp:
            raise AnswerFailed(f"The answer took more than {self._bounds.seconds} s.") from None
        except ChannelError as error:
            raise AnswerFailed(f"The answer {self._ending(error)}.") from None
        finally:
            if own_time:
                self._left = max(0.0, self._left - (time.monotonic() - begun))

    def _ending(self, error: ChannelError) -> str:
        if str(error) != "ended":
            return str(error)
        return "ended its process, or used more memory or time than it may"


class AnswerElsewhere:
    """A learner's function in the other process: it is called there, and has its name here, in what is said of it."""

    def __init__(self, name: str, call: Callable[..., Any]) -> None:
        self.__name__ = name
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        """Call the function. Raises Unfinished, AnswerFailed, and what the learner's own code raises."""
        return self._call(*arguments)


def _value(data: Any) -> Any:
    try:
        return from_plain(data)
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise AnswerFailed("The answer sent something that is not a value.") from None


def _raised(told: Any) -> Exception:
    """Return the exception that the other process told of, as one that a check can be asked with."""
    if not isinstance(told, dict):
        return AnswerFailed("The answer sent something that is not an exception.")
    kind, says = readable(told.get("type", ""))[:100], readable(told.get("says", ""))[:SAID]
    if kind == "Unfinished":
        return Unfinished(says)
    if kind == "AnotherKind":
        return AnotherKind(says)
    if kind == "NotImplementedError":
        return NotImplementedError(says)
    if kind in _ERRORS:
        facts = {name: readable(told[name])[:SAID] for name in ("field", "fix") if name in told}
        error: Exception = _ERRORS[kind](says, **facts)
        return error
    if kind == "GrantRefused":
        return errors.GrantRefused(*says.split(": ", 1)) if ": " in says else errors.InvalidInput(says)
    return AnswerFailed(f"Your answer ended with {kind}: {says}")
