"""Replays of lesson 04."""

from __future__ import annotations

import sessionlab as sl

TRANSFER, APPROVE = "transfer(address,uint256)", "approve(address,uint256)"


def world() -> tuple[sl.Lab, sl.Session]:
    """A session with 25.5 of two tokens, of 6 and of 18 decimals."""
    lab = sl.Lab(seed=4)
    dollars = sl.Erc20TokenTransfer(address=lab.dollar, allowance=sl.units("25.5", 6))
    labs = sl.Erc20TokenTransfer(address=lab.token, allowance=sl.units("25.5", 18))
    return lab, lab.wallet().grant_permissions([dollars, labs], key=sl.new_key(seed=4))


def left_after_approvals() -> float:
    """The LUSD that are left of 25.5 after a transfer of 5, an approval of 10 and an approval of 0."""
    lab, session = world()
    shop = sl.new_key(seed=40).address
    for function, to, amount in ((TRANSFER, lab.merchant, 5), (APPROVE, shop, 10), (APPROVE, shop, 0)):
        session.send_calls([sl.Call(to=lab.dollar, function=function, args=[to, sl.units(amount, 6)])])
    return session.allowances[0].remaining / 10**6


def used_up() -> bool:
    """Whether 25,500,000 base units use up an allowance of 25.5 tokens with 18 decimals."""
    lab, session = world()
    session.send_calls([sl.Call(to=lab.token, function=TRANSFER, args=[lab.merchant, 25_500_000])])
    return session.allowances[1].remaining == 0
