"""What pictures say of a session whose operations are counted."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.insight import pictures
from sessionlab.permissions import EXTENSIONS, PERMISSION_TYPES
from sessionlab.server.journal import Journal
from sessionlab.server.view import view

WORKS = "installed: the key works"
USED_UP = "used up: it may not send another operation, so the key does not work any more"


#: Every lab of the same seed has it there.
COUNTER = sl.Lab().counter


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(extensions=EXTENSIONS)


def send(session: sl.Session, times: int) -> None:
    for _ in range(times):
        session.send_calls([sl.Call(COUNTER, function="increment()")])


def counted(lab: sl.Lab, *more: sl.Permission, count: int = 2) -> sl.Session:
    permissions = [sl.CallLimit(count=count), sl.ContractAccess(address=lab.counter), *more]
    return lab.wallet().grant_permissions(permissions, key=sl.new_key(1))


def test_the_burn_down_counts_operations_and_does_not_say_that_they_used_some(lab: sl.Lab) -> None:
    session = counted(lab)
    words = []
    for times in (0, 1, 2):
        send(session, times)
        words.append(pictures.burn_down(session, "call-limit").alternative_text)
    assert words == [
        "Burn-down of call-limit: 2 operations at first, 0 were counted, 0 were refused, 2 operations left.",
        "Burn-down of call-limit: 2 operations at first, 1 was counted, 0 were refused, 1 operation left.",
        "Burn-down of call-limit: 2 operations at first, 2 were counted, 1 was refused, 0 operations left.",
    ]


def test_a_key_that_may_send_no_more_operations_is_not_said_to_work(lab: sl.Lab) -> None:
    session = counted(lab)
    send(session, 1)
    card = pictures.session_card(session)
    assert card.state == "installed" and WORKS in card.text() and WORKS in view(lab, Journal())
    send(session, 1)
    card, gauge = pictures.session_card(session), sl.widgets.gauge(session)
    assert card.state == gauge.state == "used up"
    for shown in (card.text(), card.html(), card.alternative_text, view(lab, Journal())):
        assert USED_UP in shown and WORKS not in shown
    assert "used up" in gauge.text()


def test_a_session_whose_count_is_zero_from_the_first_is_used_up(lab: sl.Lab) -> None:
    assert pictures.session_card(counted(lab, count=0)).state == "used up"


def test_revoked_and_expired_say_more_than_used_up(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    permissions = [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)]
    session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 60, key=sl.new_key(1))
    send(session, 1)
    lab.travel(3600)
    assert pictures.session_card(session).state == "expired"
    wallet.revoke(session)
    assert pictures.session_card(session).state == "revoked"


def test_a_limit_that_some_operations_do_not_touch_leaves_the_key_working(lab: sl.Lab) -> None:
    """A sponsor may pay for the gas, and a call may send nothing."""
    nothing = [sl.GasLimit(limit=0), sl.NativeTokenTransfer(allowance=0)]
    session = counted(lab, *nothing)
    assert session.send_calls([sl.Call(lab.counter, function="increment()")], policy_id=lab.policy_id).ok
    assert pictures.session_card(session).state == "installed"


def test_the_types_of_a_lab_are_productions_and_its_extensions(lab: sl.Lab) -> None:
    assert list(pictures.types_of(lab)) == list(PERMISSION_TYPES)
    assert list(pictures.types_of(sl.Lab())) == [name for name in PERMISSION_TYPES if name not in EXTENSIONS]
