"""Applications take an expiry from the system's clock: a served lab goes by it, and any lab says which clock it has."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main
from tests.server.running import process

from .steps import PreparationFailed, refusal

#: Seconds that starting a server and asking it may take, on a busy machine.
ABOUT_NOW = 60
HOUR = 3_600


def test_an_expiry_of_another_clock_is_refused_with_a_word_about_the_labs_own() -> None:
    lab = sl.Lab(seed=1)
    wallet, root = lab.wallet(), lab.chain.state_root
    expiry = lab.now - 4_000_000 + HOUR  # an hour from now, by a clock that is behind the lab's
    error = refusal(lambda: wallet.grant_permissions([sl.Root()], expiry_sec=expiry))
    assert (wallet.sessions(), lab.chain.state_root) == ((), root)
    assert isinstance(error, sl.GrantRefused)
    assert (error.rule, error.field, error.asked) == ("ExpiredDeadlineError", "expiry_sec", expiry)
    assert "clock" in str(error)
    assert str(lab.now) in str(error), "it says what time it is here"


def test_a_lab_begins_at_the_time_that_it_is_given() -> None:
    begun = 1_700_000_000
    setting_up = sl.Lab().now - 1_800_000_000
    lab = sl.Lab(time=begun)
    assert lab.now == begun + setting_up
    session = lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1), expiry_sec=lab.now + HOUR)
    assert session.send_calls([sl.Call(lab.recipient, value=1)])
    lab.travel(HOUR)
    assert not session.send_calls([sl.Call(lab.recipient, value=1)])
    assert lab.balance(lab.recipient) == 1


def test_a_server_has_an_option_for_its_clock(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", "--help"])
    assert left.value.code == 0
    assert re.search(r"--(time|clock)\b", capsys.readouterr().out)


@pytest.fixture
def manifest(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Of a lab that `sessionlab serve` serves."""
    with process(tmp_path, "--quiet") as server:
        try:
            found = server.wait_until_ready()
        except AssertionError as error:
            raise PreparationFailed("The server does not start.") from error
        yield found


LONG = datetime(9999, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ({"expiry_sec": LONG}, "a date from 1970 to 2286"),
        ({"expires_in": 9_999_999_999}, "past the year 2286"),
        ({"expires_in": timedelta(hours=1)}, "give seconds: 3600"),
        ({"expiry_sec": LONG.date()}, "a datetime with a timezone"),
    ],
)
def test_an_end_that_no_session_can_have_is_refused_alike_before_and_at_the_grant(
    end: dict[str, Any], told: str
) -> None:
    lab = sl.Lab(seed=1)
    wallet, list_ = lab.wallet(), [sl.Root()]
    asked = (
        lambda: wallet.grant_permissions(list_, **end),
        lambda: wallet.audit(list_, **end),
        lambda: sl.audit(list_, sl.WalletState(address=wallet.address, now=lab.now, balance=1), **end),
        lambda: sl.verify([sl.ContractAccess(address=lab.counter)], now=lab.now, **end),
    )
    for ask in asked:
        error = refusal(ask)
        assert isinstance(error, sl.InvalidInput) and told in str(error), error
        assert error.field == next(iter(end))
    assert wallet.sessions() == ()


def test_nobody_travels_out_of_time() -> None:
    lab = sl.Lab(seed=1)
    before = lab.now
    error = refusal(lambda: lab.travel(days=10**9))
    assert "three centuries" in str(error) and lab.now == before


def test_a_session_prints_its_end_as_a_date() -> None:
    session = sl.Lab(seed=1).wallet().grant_permissions([sl.Root()], expiry_sec=1_900_000_000)
    assert "until 2030-03-17 17:46:40 UTC" in repr(session)


def test_a_served_lab_goes_by_the_systems_clock(manifest: dict[str, Any]) -> None:
    provider = sl.HttpProvider(manifest["url"])
    now = int(provider.request("eth_getBlockByNumber", ["pending", False])["timestamp"], 16)
    assert abs(now - time.time()) < ABOUT_NOW
    request = {
        "chainId": provider.request("eth_chainId"),
        "key": {"type": "secp256k1", "publicKey": sl.new_key(1).address},
        "permissions": [{"type": "root"}],
        "account": manifest["wallet"],
        "expirySec": int(time.time()) + HOUR,
    }
    signing = provider.request("wallet_createSession", [request])["signatureRequest"]["data"]
    assert signing["message"]["deadline"] == request["expirySec"]
