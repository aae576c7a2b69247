"""Errors and outcomes go from one process to another and come out the same."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.included import BundleReverted
from sessionlab.core.erc4337.simulate import Rejection
from sessionlab.core.erc4337.sponsor import NotSponsored
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.evm.records import CallFailed, CallResult
from sessionlab.experiments.sweep import SweepError

from .steps import PreparationFailed, done

FACTS = ("message", "field", "asked", "left", "fix")


def grant_nothing() -> None:
    """Refused with GrantRefused."""
    sl.Lab().wallet().grant_permissions([])


def raised(act: Callable[[], object]) -> sl.SessionlabError:
    """The error that a step raises."""
    try:
        act()
    except sl.SessionlabError as error:
        return error
    raise PreparationFailed("Nothing was raised.")


def operation_refused() -> sl.SessionlabError:
    lab = sl.Lab()
    return raised(lambda: lab.wallet().prepare_calls([sl.Call(lab.counter, function="fail()")]))


def operation_rejected() -> sl.SessionlabError:
    operation = UserOperation("0x" + "11" * 20, 0, b"", 1, 2, 3, 4, 5)
    return OperationRejected(Rejection("validation", "AA23 reverted", decode_revert(b"")), operation)


#: By class: how an error is made, and its fields besides the common ones.
ERRORS: dict[str, tuple[Callable[[], sl.SessionlabError], tuple[str, ...]]] = {
    "InvalidInput": (lambda: raised(lambda: sl.Call("0x12")), ()),
    "NotFound": (lambda: raised(lambda: sl.Lab().bundler.mined(bytes(32))), ()),
    "ChainError": (lambda: raised(lambda: sl.Lab().travel(-1)), ()),
    "GrantRefused": (lambda: raised(grant_nothing), ("rule",)),
    "RpcError": (lambda: sl.RpcError(-32000, "message", {"fix": "send it again"}), ("code", "data")),
    "OperationRefused": (operation_refused, ("denial", "judged")),
    "SavedLabError": (lambda: raised(lambda: sl.Lab.load("nowhere.lab")), ("path",)),
    "OperationRejected": (operation_rejected, ("rejection", "operation")),
    "BundleReverted": (lambda: BundleReverted(decode_revert(b"")), ("revert", "place")),
    "NotSponsored": (lambda: NotSponsored("end", "it is over", asked=5, left=4, fix="open another"), ("rule",)),
    "CallFailed": (lambda: CallFailed("It fails.", CallResult(False, b"", 0, (), "Revert")), ("result",)),
    "SweepError": (lambda: SweepError({"n": 1}, 2, "It broke."), ("parameters", "seed")),
}


def through_pickle(thing: Any) -> Any:
    """The same thing in another process. AssertionError if it cannot get there."""
    try:
        return pickle.loads(pickle.dumps(thing))
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise AssertionError(f"{type(thing).__name__} does not survive: {error}") from error


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_comes_out_as_it_went_in(name: str) -> None:
    make, more = ERRORS[name]
    error = make()
    if type(error).__name__ != name:
        raise PreparationFailed(repr(error))
    copy = through_pickle(error)
    assert type(copy) is type(error)
    assert (str(copy), copy.args) == (str(error), error.args)
    assert {fact: getattr(copy, fact) for fact in (*FACTS, *more)} == {
        fact: getattr(error, fact) for fact in (*FACTS, *more)
    }


def test_an_error_of_a_worker_reaches_the_caller() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        error = pool.submit(grant_nothing).exception(timeout=60)
    assert type(error) is sl.GrantRefused
    assert str(error) == str(raised(grant_nothing))


def test_a_good_outcome_comes_out_as_it_went_in() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    outcome = done(session.send_calls([sl.Call(lab.counter, function="increment()")]))
    assert through_pickle(outcome) == outcome


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="the outcome of a refused operation holds a function that explains it, and functions cannot be pickled",
)
@pytest.mark.parametrize("preflight", [True, False])
def test_a_refused_outcome_comes_out_as_it_went_in(preflight: bool) -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    outcome = session.send_calls([sl.Call(lab.counter, function="fail()")], preflight=preflight)
    copy = through_pickle(outcome)
    assert copy == outcome
    assert (str(copy), str(copy.denial)) == (str(outcome), str(outcome.denial))
    assert str(copy.denial.explain()), "it still explains itself, if only by its words"
