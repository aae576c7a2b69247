"""What is asked wrongly gets an error of this package that names what is wrong, not one of a library's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl

from .steps import refusal

IDENTITY = "0x0000000000000000000000000000000000000004"  # a precompile: it answers with what it is asked


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


READ: dict[str, tuple[Callable[[sl.Lab], object], Callable[[sl.Lab], str]]] = {
    "read": (lambda lab: lab.read("Token", lab.recipient, "balanceOf", lab.merchant), lambda lab: lab.recipient),
    "token_balance": (lambda lab: lab.token_balance(lab.recipient, lab.merchant), lambda lab: lab.recipient),
    "read of a precompile": (lambda lab: lab.read("Counter", IDENTITY, "number"), lambda lab: IDENTITY),
}


@pytest.mark.parametrize("name", READ)
def test_an_address_without_the_contract_is_named(lab: sl.Lab, name: str) -> None:
    ask, address = READ[name]
    error = refusal(lambda: ask(lab))
    assert isinstance(error, sl.ChainError | sl.InvalidInput | sl.NotFound)
    assert address(lab).lower() in str(error).lower()
    assert error.field


@pytest.mark.parametrize("seconds", ["5", None])
def test_seconds_that_are_not_a_number_are_named(lab: sl.Lab, seconds: object) -> None:
    now = lab.now
    error = refusal(lambda: lab.travel(seconds))  # type: ignore[arg-type]
    assert isinstance(error, sl.InvalidInput)
    assert (error.field, error.asked, lab.now) == ("seconds", seconds, now)


@pytest.mark.parametrize("widget", ["playground", "gauge"])
def test_a_widget_of_something_else_is_refused(lab: sl.Lab, widget: str) -> None:
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    acts: dict[str, Callable[[], object]] = {
        "playground": lambda: sl.widgets.playground(session),  # type: ignore[arg-type]
        "gauge": lambda: sl.widgets.gauge(lab),  # type: ignore[arg-type]
    }
    error = refusal(acts[widget])
    assert isinstance(error, sl.InvalidInput)
    assert error.field
