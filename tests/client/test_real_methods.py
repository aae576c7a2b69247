"""The steps of a send are methods of the classes, with docstrings: ``help``, completion and type checkers find them."""

from __future__ import annotations

import inspect
import pydoc

import pytest

import sessionlab as sl

STEPS = ("prepare_calls", "sign_prepared_calls", "send_prepared_calls", "get_calls_status", "send_calls")
CLASSES = (sl.SmartWalletClient, sl.Session, sl.WalletApiClient)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_a_method_with_a_docstring(kind: type, step: str) -> None:
    method = inspect.getattr_static(kind, step)
    assert inspect.isfunction(method) and method.__doc__
    assert f"  {step}(" in pydoc.plain(pydoc.render_doc(kind))
    assert method.__doc__.splitlines()[0] in pydoc.plain(pydoc.render_doc(method))


@pytest.mark.parametrize("made", [lambda lab: lab.wallet(), lambda lab: lab.wallet().grant_permissions([sl.Root()])])
def test_an_object_binds_no_method_of_its_own(made: object) -> None:
    held = made(sl.Lab())  # type: ignore[operator]
    assert [name for name, value in vars(held).items() if inspect.isroutine(value)] == []


def test_the_four_steps_send_for_owner_and_session() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=2)], key=sl.new_key(1))
    for sender in (wallet, session):
        prepared = sender.prepare_calls([sl.Call(to=lab.recipient, value=1)])
        call_id = sender.send_prepared_calls(sender.sign_prepared_calls(prepared))
        assert sender.get_calls_status(call_id)["status"] == 200
    assert lab.balance(lab.recipient) == 2
