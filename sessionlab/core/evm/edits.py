"""Changing a chain's state by hand, without a transaction."""

from __future__ import annotations

from functools import partial
from typing import Any

from sessionlab.core.base import doors
from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.base.doors import ADDRESS, AMOUNT, BYTES, NUMBER, integer, reads
from sessionlab.core.base.rpc_values import MAX_NONCE
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.overrides import apply_overrides
from sessionlab.core.evm.snapshots import BaseChain

NONCE = partial(integer, most=MAX_NONCE)


class BaseEditableChain(BaseChain):
    """A chain whose state can be changed by hand."""

    edited: set[bytes]  # the accounts that ever were

    @reads(address=ADDRESS, wei=AMOUNT)
    def set_balance(self, address: Address, wei: int) -> None:
        """Set an account's balance, in wei.

        Mines no block. Like every edit, it changes the state that the next block builds on.
        """
        self._edit(address, {"balance": wei})

    @reads(address=ADDRESS, nonce=NONCE)
    def set_nonce(self, address: Address, nonce: int) -> None:
        """Set an account's nonce. With a lower nonce, a later transaction may repeat an earlier one's hash."""
        self._edit(address, {"nonce": nonce})

    @reads(address=ADDRESS, code=BYTES)
    def set_code(self, address: Address, code: bytes) -> None:
        """Set an account's code."""
        self._edit(address, {"code": code})

    @reads(address=ADDRESS, slot=NUMBER, word=NUMBER)
    def set_storage(self, address: Address, slot: int, word: int) -> None:
        """Set one storage slot."""
        self._edit(address, {"stateDiff": {slot: word}})

    @reads(address=ADDRESS, account=doors.kind(GenesisAccount, "an account", "give a GenesisAccount."))
    def set_account(self, address: Address, account: GenesisAccount) -> None:
        """Replace an entire account, as if it had been in genesis."""
        whole = {
            "balance": account.balance,
            "nonce": account.nonce,
            "code": account.code,
            "state": account.storage,
        }
        self._edit(address, whole)

    def _edit(self, address: Address, change: dict[str, Any]) -> None:
        with self.atomic():
            self.edited.add(address_bytes(address))
            self.engine.edit(lambda state: apply_overrides(state, {address: change}))
