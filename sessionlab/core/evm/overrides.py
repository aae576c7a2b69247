"""State overrides (the third parameter of eth_call).

They replace account state for the duration of one simulated call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sessionlab.core.base.addresses import Address, address_bytes
from sessionlab.core.base.doors import BYTES, integer
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import MAX_NONCE
from sessionlab.core.base.work import GO_ON

Overrides = Mapping[Address, Mapping[str, Any]]
"""``{address: {balance, nonce, code, state, stateDiff}}``; numbers are ints, code is bytes, storage is
``{slot: word}``.

``state`` replaces the entire storage and ``stateDiff`` only the named slots. Giving both is an error.
"""


def apply_overrides(state: Any, overrides: Overrides) -> None:
    """Apply the overrides to a temporary state. Overridden words count as the transaction's original ones (EIP-2200).

    Raises InvalidInput, with the account and the field, before anything is changed.
    """
    changes = [
        change for address, account in overrides.items() for change in _changes(address_bytes(address), dict(account))
    ]
    for change in changes:
        GO_ON.get()(0)
        change(state)
    state.lock_changes()


def _changes(address: bytes, account: dict[str, Any]) -> list[Callable[[Any], None]]:
    where = f"overrides[0x{address.hex()}]"
    if unknown := account.keys() - {"balance", "nonce", "code", "state", "stateDiff"}:
        fix = "use balance, nonce, code, and state or stateDiff."
        raise InvalidInput(
            f"An override has no {sorted(unknown)[0]!r}.", field=where, asked=sorted(unknown)[0], fix=fix
        )
    if "state" in account and "stateDiff" in account:
        raise InvalidInput("An override has state or stateDiff, not both.", field=where, fix="leave one of them out.")
    changes: list[Callable[[Any], None]] = []
    if (balance := account.get("balance")) is not None:
        balance = integer(balance, f"{where}.balance")
        changes.append(lambda state: state.set_balance(address, balance))
    if (nonce := account.get("nonce")) is not None:
        nonce = integer(nonce, f"{where}.nonce", most=MAX_NONCE)
        changes.append(lambda state: state.set_nonce(address, nonce))
    if (code := account.get("code")) is not None:
        BYTES(code, f"{where}.code")
        changes.append(lambda state: state.set_code(address, code))
    if "state" in account:
        changes.append(lambda state: state.delete_storage(address))
    for slot, word in (account.get("state") or account.get("stateDiff") or {}).items():
        slot, word = integer(slot, f"{where}.storage"), integer(word, f"{where}.storage[{slot}]")
        changes.append(lambda state, slot=slot, word=word: state.set_storage(address, slot, word))  # type: ignore[misc]
    return changes
