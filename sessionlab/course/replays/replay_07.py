"""Replays of lesson 07."""

from __future__ import annotations

import sessionlab as sl

MOVE, NOTED = "safeTransferFrom(address,address,uint256)", "safeTransferFrom(address,address,uint256,bytes)"


def moves_that_pass() -> int:
    """One function of a collectible is granted: of two moves by it and one by its overload, how many pass."""
    lab = sl.Lab(seed=7)
    wallet, token = lab.wallet(), lab.collectible
    wallet.send_calls([sl.Call(token, function="mint(address,uint256)", args=[wallet.address, n]) for n in (1, 2, 3)])
    granted = [sl.FunctionsOnContract(address=token, functions=[MOVE])]
    session = wallet.grant_permissions(granted, key=sl.new_key(seed=7))
    calls = [
        sl.Call(token, function=MOVE, args=[wallet.address, lab.recipient, 1]),
        sl.Call(token, function=MOVE, args=[wallet.address, lab.merchant, 2]),
        sl.Call(token, function=NOTED, args=[wallet.address, lab.recipient, 3, b"hello"]),
    ]
    return sum(session.send_calls([call]).ok for call in calls)
