"""A token of one's own is told by its symbol and decimals, as the lab's tokens are, wherever amounts are shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import sessionlab as sl
from sessionlab.core import deployments

from .steps import done

TRANSFER = "transfer(address,uint256)"
MINE = "0x" + "55" * 20
#: The dollar of the lab has 6 decimals too.
SYMBOL, DOLLAR = "MYD", "LUSD"

SHOWN: dict[str, Callable[[sl.Session, sl.Call], str]] = {
    "allowances": lambda session, too_much: str(session.allowances),
    "denial": lambda session, too_much: str(session.send_calls([too_much]).denial),
    "check": lambda session, too_much: str(session.check([too_much])),
    "history": lambda session, too_much: str((session.send_calls([too_much]), session.history)[1]),
    "history as a card": lambda session, too_much: session.history._repr_html_(),
    "allowances as a card": lambda session, too_much: session.allowances._repr_html_(),
}


def shown(what: str, token: str | None) -> str:
    """How a session that used 1.5 of 25 tells of them, and of the 30 that are too many; None: of the lab's dollar."""
    lab = sl.Lab(seed=1)
    wallet = lab.wallet()
    info = deployments.TokenInfo("My Dollar", SYMBOL, 6)
    for address, account in deployments.token(MINE, info, {wallet.address: 10**9}).items():
        lab.chain.set_account(address, account)
    address = token or lab.dollar
    limit = sl.Erc20TokenTransfer(address=address, allowance=sl.units(25, 6))
    session = wallet.grant_permissions([limit], key=sl.new_key(1))
    some, too_much = (
        sl.Call(address, function=TRANSFER, args=[lab.recipient, sl.units(amount, 6)]) for amount in ("1.5", 30)
    )
    done(session.send_calls([some]))
    return SHOWN[what](session, too_much)


@pytest.mark.parametrize("what", SHOWN)
def test_it_is_told_as_a_token_of_the_lab_would_be(what: str) -> None:
    assert shown(what, MINE) == shown(what, None).replace(DOLLAR, SYMBOL)


@pytest.mark.parametrize("what", SHOWN)
def test_a_token_of_the_lab_is_told_by_its_symbol(what: str) -> None:
    text = shown(what, None)
    assert DOLLAR in text and "units of" not in text
