"""The application of lesson 15: it deposits ETH in a vault and pays a merchant in dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessionlab.core.erc4337.call import Call
    from sessionlab.study.facade import Lab


def calls_of(lab: Lab, wei: int, units: int) -> list[list[Call]]:
    """Return the three operations of a run that deposits and pays this much in all."""
    import sessionlab as sl

    def deposit(amount: int) -> Call:
        return sl.Call(to=lab.vault, function="deposit()", value=amount)

    def pay(amount: int) -> Call:
        return sl.Call(to=lab.dollar, function="transfer(address,uint256)", args=[lab.merchant, amount])

    return [[deposit(wei // 2)], [pay(units // 2)], [deposit(wei - wei // 2), pay(units - units // 2)]]


def sent_policy(vault: str) -> list[dict[str, Any]]:
    """Return the permissions that the application asks for, as it sends them."""
    return [
        {"type": "contract-access", "data": {"address": vault}},
        {"type": "native-token-transfer", "data": {"allowance": "0x4563918244f40000"}},
        {"type": "functions-on-all-contracts", "data": {"functions": ["0xa9059cbb", "0x095ea7b3"]}},
        {"type": "gas-limit", "data": {"limit": "0x4c4b40"}},
    ]
