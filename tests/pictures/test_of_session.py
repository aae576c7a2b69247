"""``session.plot``: the right picture of a session, or the one that is named; and the card of each state."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.study.pictures import SESSION_PICTURES
from tests.pictures.reading import read

pictures = sl.pictures


def test_every_name_draws_its_picture(session: sl.Session) -> None:
    kinds = {name: type(session.plot(name)).__name__ for name in SESSION_PICTURES}
    assert kinds == {
        "burn-down": "BurnDown",
        "card": "SessionCard",
        "operations": "Operations",
        "reach": "ReachMap",
        "gas": "GasBars",
        "wei": "GasBars",
        "life": "KeyLives",
        "blast": "BlastRadius",
        "escalation": "Escalation",
    }


def test_a_permission_names_its_allowance(session: sl.Session) -> None:
    assert [burn.permission for burn in session.plot("gas-limit").burns] == ["gas-limit"]


def test_a_token_names_its_allowance(lab: sl.Lab) -> None:
    granted = [
        sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units(25, 6)),
        sl.Erc20TokenTransfer(address=lab.token, allowance=sl.ether(2)),
    ]
    session = lab.wallet().grant_permissions(granted, key=sl.new_key(30))
    (burn,) = session.plot(lab.dollar).burns
    assert (burn.shown_limit, burn.counted) == ("25 LUSD", "LUSD")


def test_without_a_name_the_right_one_is_drawn(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    counter = sl.ContractAccess(address=lab.counter)
    for number, (granted, kind) in enumerate(
        [([counter, sl.GasLimit(limit=9)], "BurnDown"), ([counter], "ReachMap"), ([sl.Root()], "KeyLives")], 31
    ):
        session = wallet.grant_permissions(granted, key=sl.new_key(number))
        assert type(session.plot()).__name__ == kind


def test_an_unknown_name_is_answered_with_the_known_ones(session: sl.Session) -> None:
    with pytest.raises(sl.NotFound, match="did you mean 'gas-limit'") as error:
        session.plot("gas-limits")
    assert set(SESSION_PICTURES) < set(error.value.left)


def test_the_card_follows_a_session_to_its_end(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    counter = [sl.ContractAccess(address=lab.counter)]
    increment = [sl.Call(to=lab.counter, function="increment()")]
    expiring = wallet.grant_permissions(counter, expiry_sec=lab.now + 60, key=sl.new_key(40))
    revoked = wallet.grant_permissions(counter, key=sl.new_key(41))
    states = [pictures.session_card(expiring).state]
    for session in (expiring, revoked):
        session.send_calls(increment)
    states.append(pictures.session_card(expiring).state)
    wallet.revoke(revoked)
    lab.travel(61)
    states += [pictures.session_card(session).state for session in (expiring, revoked)]
    assert states == ["signed", "installed", "expired", "revoked"]
    assert "■ expired: the key does not work any more" in read(expiring._repr_html_()).text
    assert "which is past" in pictures.session_card(expiring).alternative_text


def test_the_card_tells_the_last_refusals_newest_first(lab: sl.Lab, session: sl.Session) -> None:
    session.send_calls([sl.Call(to=lab.vault, function="deposit()")])
    card = pictures.session_card(session)
    assert [reason for reason, _ in card.refusals][:2] == ["AddressNotAllowed", "ExceededNativeTokenLimit"]
    assert "native-token-transfer: 0.95 ETH of 1 ETH used, 0.05 ETH left;" in card.alternative_text
    assert f"key                    {session.key.address}" in card.text()


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_a_figure_is_saved_as_its_ending_says(session: sl.Session, tmp_path: object, ending: str) -> None:
    path = f"{tmp_path}/picture.{ending}"
    session.plot().save(path)
    with open(path, "rb") as file:  # noqa: PTH123 - a path as a user would give it
        assert file.read(5) in (b"<svg ", b"<!doc")


def test_a_card_is_saved_as_a_page_with_its_words(session: sl.Session, tmp_path: object) -> None:
    path = f"{tmp_path}/card.html"
    card = session.plot("card")
    card.save(path)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        page = file.read()
    assert card.alternative_text in page
