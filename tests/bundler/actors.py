"""Accounts and paymasters in a strict lab, written in a few opcodes, and their operations."""

from __future__ import annotations

from itertools import count
from typing import Any

import sessionlab as sl
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.differential.actors import VALID, paymaster_code, wallet_code
from tests.differential.assembly import ISZERO, JUMPI, SLOAD, Mark, Statement, To, push, refuses

GWEI = 10**9
ETHER = 10**18
#: Bytes that no test's account calls with.
CALL = b"\x01"


def unless_set(slot: int = 0) -> Statement:
    """Refuse if a slot of one's own is set."""
    behind = Mark()
    return (push(slot) + SLOAD + ISZERO, To(behind), JUMPI, refuses(), behind)


class Actors:
    """Puts contracts into a lab, and makes operations of them."""

    def __init__(self, lab: sl.Lab) -> None:
        self.lab, self._numbers = lab, count(0xABC000)

    def place(self, code: bytes, *, deposit: int = 0, ether: int = ETHER) -> str:
        """Put code at an address of its own, with ETH and a deposit."""
        where = f"0x{next(self._numbers):040x}"
        where = sl.Call(to=where).to
        self.lab.chain.set_code(where, code)
        self.lab.chain.set_balance(where, ether)
        if deposit:
            self.lab.deposit(where, deposit)
        return where

    def account(self, *validation: Statement) -> str:
        """An account whose validation does this, and passes."""
        return self.place(wallet_code(validation=(*validation, VALID)))

    def paymaster(self, *validation: Statement, deposit: int = ETHER) -> str:
        """A paymaster whose validation does this, and passes."""
        return self.place(paymaster_code(validation=(*validation,)), deposit=deposit)

    def stake(self, address: str, wei: int = ETHER, delay: int = 86_400) -> None:
        """Stake for a contract, as it would by itself."""
        self.lab.chain.set_balance(address, self.lab.chain.balance(address) + wei + ETHER)
        ask, data = self.lab.provider.request, artifact("EntryPoint").encode("addStake", delay)
        ask("anvil_impersonateAccount", [address])
        sent = {"from": address, "to": ENTRY_POINT, "data": "0x" + data.hex(), "value": hex(wei)}
        receipt = ask("eth_getTransactionReceipt", [ask("eth_sendTransaction", [sent])])
        ask("anvil_stopImpersonatingAccount", [address])
        assert receipt["status"] == "0x1"

    def operation(self, sender: str, *, nonce_key: int = 0, **fields: Any) -> UserOperation:
        """An operation whose signature nobody looks at."""
        limits: dict[str, Any] = {
            "call_gas_limit": 100_000,
            "verification_gas_limit": 200_000,
            "pre_verification_gas": 60_000,
        }
        fees = {"max_fee_per_gas": 10 * GWEI, "max_priority_fee_per_gas": GWEI}
        if "paymaster" in fields:
            limits |= {"paymaster_verification_gas_limit": 100_000, "paymaster_post_op_gas_limit": 50_000}
        fields = {"signature": b"\x01"} | fields
        nonce = self.lab.bundler.next_nonce(sender, nonce_key)
        return UserOperation(sender, nonce, CALL, **limits | fees | fields)


def executions(lab: sl.Lab, account: str) -> int:
    """How often an account executed an operation."""
    return lab.chain.storage(account, 0)
