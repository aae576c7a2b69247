"""Replays of lesson 08."""

from __future__ import annotations

import sessionlab as sl


def tokens_taken() -> int:
    """With one function, transfer, on all contracts: of how many of three tokens a thief takes all."""
    lab, transfer = sl.Lab(seed=8), "transfer(address,uint256)"
    wallet, thief = lab.wallet(), sl.new_key(seed=666).address
    granted = [sl.FunctionsOnAllContracts(functions=[transfer])]
    session = wallet.grant_permissions(granted, key=sl.new_key(seed=8))
    tokens = (lab.token, lab.dollar, lab.coin)
    for token in tokens:
        held = lab.token_balance(token, wallet.address)
        session.send_calls([sl.Call(to=token, function=transfer, args=[thief, held])])
    return sum(lab.token_balance(token, wallet.address) == 0 for token in tokens)
