"""Private keys show nowhere: not in a repr, a card, an error, a log, a pickle."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

import sessionlab as sl

KEY = sl.new_key("secret")


@pytest.fixture(scope="module")
def lab() -> sl.Lab:
    return sl.Lab()


@pytest.fixture(scope="module")
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    client = sl.SmartWalletClient(lab.provider, KEY, names=lab.names)
    lab.fund(client.address, sl.ether(1))
    return client


@pytest.fixture(scope="module")
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=10**18)], key=KEY)
    session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    session.send_calls([sl.Call(to=lab.vault)])
    return session


def is_silent(text: str) -> bool:
    number = int.from_bytes(KEY.private, "big")
    return not any(shown in text.lower() for shown in (KEY.private.hex(), str(number), repr(KEY.private).lower()))


def _all_objects(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> Iterator[Any]:
    outcome = session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    denied = session.send_calls([sl.Call(to=lab.vault)])
    yield from (KEY, lab, wallet, session, outcome, denied, denied.denial, session.allowances, session.history)
    yield from (lab.bundler, lab.sponsor, lab.api, lab.provider, session._api, wallet._api, lab.api.records)
    yield from (session.prepare_calls, vars(session), vars(lab.api), vars(lab.bundler), vars(lab.sponsor))
    yield from (wallet.__dict__, lab.__dict__, [KEY], {"key": KEY}, lab.sponsor.policies, lab.sponsor.ledgers)


def test_no_repr_shows_a_private_key(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> None:
    for thing in _all_objects(lab, wallet, session):
        for text in (repr(thing), str(thing), f"{thing}", f"{thing!a}"):
            assert is_silent(text), type(thing)


def test_no_card_shows_a_private_key(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> None:
    things = [thing for thing in _all_objects(lab, wallet, session) if hasattr(thing, "_repr_html_")]
    assert len(things) >= 6
    for thing in things:
        assert is_silent(thing._repr_html_())


def test_no_error_shows_a_private_key(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    tries = [
        lambda: sl.Key(KEY.private + b"\0"),
        lambda: sl.Key(KEY.private.hex()),  # type: ignore[arg-type]
        lambda: sl.Key(int.from_bytes(KEY.private, "big")),  # type: ignore[arg-type]
        lambda: wallet.grant_permissions([sl.Root()], key=KEY.private),  # type: ignore[arg-type]
        lambda: wallet.grant_permissions([sl.Root()], key="0x" + KEY.private.hex()),  # type: ignore[arg-type]
        lambda: sl.SmartWalletClient(lab.provider, KEY.private),  # type: ignore[arg-type]
    ]
    for attempt in tries:
        with pytest.raises(sl.InvalidInput) as error:
            attempt()
        shown = [str(error.value), repr(error.value), repr(error.value.args), repr(vars(error.value))]
        assert all(map(is_silent, shown))


def test_no_log_shows_a_private_key(
    lab: sl.Lab, session: sl.Session, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        session.send_calls([sl.Call(to=lab.counter, function="increment()")])
    assert is_silent(caplog.text)
    printed = capsys.readouterr()
    assert is_silent(printed.out + printed.err)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_keys_are_not_pickled(session: sl.Session, wallet: sl.SmartWalletClient, protocol: int) -> None:
    for thing in (KEY, [KEY], session._api, session, wallet):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(thing, protocol=protocol)


def test_keys_are_not_copied() -> None:
    for copier in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            copier(KEY)


def test_a_private_key_is_there_for_who_asks_by_name() -> None:
    assert len(KEY.private) == 32
    assert sl.Key(KEY.private) == KEY
    assert hash(sl.Key(KEY.private)) == hash(KEY)
    assert sl.new_key() != sl.new_key()
    assert sl.new_key("a") == sl.new_key("a") != sl.new_key("b")
    assert KEY.private != KEY
