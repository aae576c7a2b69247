"""Steps of these tests that must not be mistaken for the fault that a test is about."""

from __future__ import annotations

from collections.abc import Callable

import sessionlab as sl


class PreparationFailed(Exception):
    """A step that a test needs went wrong. It is not an AssertionError, so no test is expected to fail with it."""


def done(outcome: sl.Outcome) -> sl.Outcome:
    """An outcome that has to be good, or the test says nothing."""
    if not outcome.ok:
        raise PreparationFailed(repr(outcome))
    return outcome


def refusal(act: Callable[[], object]) -> sl.SessionlabError:
    """The error of this package with which a step is refused.

    AssertionError if the step is accepted, or if something inside the package lets a raw error through. An error that
    the test itself makes, such as a misspelt name, is raised as it is.
    """
    try:
        answer = act()
    except sl.SessionlabError as error:
        return error
    except Exception as raw:
        if not _raised_inside(raw):
            raise
        raise AssertionError(f"a raw {type(raw).__name__} comes out: {raw}") from raw
    raise AssertionError(f"it is accepted, and answers {answer!r}")


def _raised_inside(error: Exception) -> bool:
    """Whether an error was raised below the tests, in the package or in what it uses."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and not str(trace.tb_frame.f_globals["__name__"]).startswith("tests.")
