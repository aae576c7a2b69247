"""A session's card remarks on an expiry that may come from another clock than the lab's."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.server.operation_log import OperationLog
from sessionlab.server.view import view
from sessionlab.study.pictures.session_card import remark_on

DAY = 86_400
MIXED = "wall clock and lab clock may have been mixed"


@pytest.mark.parametrize(("away", "remarked"), [(30 * DAY, False), (30 * DAY + 1, True), (-30 * DAY, False)])
def test_thirty_days_are_near(away: int, remarked: bool) -> None:
    now = 1_800_000_000
    assert (MIXED in remark_on(now + away, now, installed=False)) is remarked


def test_no_end_is_not_far() -> None:
    assert remark_on(None, 1_800_000_000, installed=False) == remark_on(0, 1_800_000_000, installed=False) == ""


def test_a_far_expiry_is_granted_and_remarked_on_wherever_the_card_is_shown() -> None:
    lab = sl.Lab(time=1_790_000_000)
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=1_800_003_600)
    card = sl.pictures.session_card(session)
    for shown in (card.text(), card.html(), card.alternative_text, view(lab, OperationLog())):
        assert "the expiry is 115 days after the lab" in shown and MIXED in shown
    assert session.send_calls([sl.Call(lab.recipient, value=1)]).ok  # it is taken
    assert MIXED in sl.pictures.session_card(session).text()
    lab.travel(100 * DAY)
    assert sl.pictures.session_card(session).remark == ""


def test_an_expiry_that_has_passed_is_remarked_on_unless_the_session_was_used_before() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    used, unused = (
        wallet.grant_permissions([sl.Root()], key=sl.new_key(number), expiry_sec=lab.now + DAY) for number in (1, 2)
    )
    assert used.send_calls([sl.Call(lab.recipient, value=1)]).ok
    lab.travel(40 * DAY)
    assert sl.pictures.session_card(used).remark == ""
    remark = sl.pictures.session_card(unused).remark
    assert "the expiry is 39 days before the lab's now" in remark and MIXED in remark
