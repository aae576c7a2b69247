"""The contract of lesson 16: a pool that takes gold and pays silver, and a wallet that has approved two of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, SmartWalletClient
    from sessionlab.study.own_contracts.contract import Contract

SOURCE = """
from ethereum.ercs import IERC20

gold: IERC20
silver: IERC20
rate: uint256

@deploy
def __init__(gold: IERC20, silver: IERC20, rate: uint256):
    self.gold = gold
    self.silver = silver
    self.rate = rate

@external
def swap(amount: uint256, receiver: address = msg.sender):
    assert extcall self.gold.transferFrom(msg.sender, self, amount)
    assert extcall self.silver.transfer(receiver, self.rate * amount)
"""
RATE, RETIRED = 2, 0
HERE, TO = "swap(uint256)", "swap(uint256,address)"


class Market(NamedTuple):
    """A wallet with gold, and two pools that it has approved: one in use, and a retired one that pays nothing."""

    wallet: SmartWalletClient
    gold: Contract
    silver: Contract
    pool: Contract
    retired: Contract


def open_market(lab: Lab, amount: int) -> Market:
    """Open a market on a lab: the wallet holds this much gold, and has approved all of it to both pools."""
    wallet = lab.wallet()
    gold, silver = (lab.token(name, name.upper(), 6, 10**13) for name in ("Gold", "Silver"))
    pool, retired = (lab.deploy(compiled(), gold, silver, rate) for rate in (RATE, RETIRED))
    lab.give(gold.address, wallet.address, amount)
    for each in (pool, retired):
        lab.give(silver.address, each.address, 10 * amount)
        wallet.send_calls([gold.call("approve", each.address, amount)]).raise_if_refused()
    return Market(wallet, gold, silver, pool, retired)


@cache
def compiled() -> dict[str, Any]:
    """Return the pool's artifact. Raises MissingExtra without the compiler."""
    from sessionlab.study.extras import needs_extra

    with needs_extra("contracts", "Compiling the pool"):
        import vyper  # type: ignore[import-untyped]  # vyper is not typed
    made: dict[str, Any] = vyper.compile_code(SOURCE, output_formats=["abi", "bytecode"])
    return {"contractName": "Pool", **made}
