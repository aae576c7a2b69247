"""Calls that do nothing and are not refused: the EVM lets a call of an address without code succeed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.reasons.table import place_of
from sessionlab.core.wallet_api.send import SUCCESS, get_calls_status

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

#: The highest address of a precompiled contract (Prague); they work without code.
LAST_PRECOMPILE = 0x11
NO_CALLS = "The operation makes no calls: it does nothing beyond what it installs or deploys on the way."


def notes_on(
    calls: Sequence[tuple[str, int, bytes]], wallet: str, names: AddressBook, has_no_code: Callable[[str], bool]
) -> tuple[str, ...]:
    """Say which of an operation's calls (target, wei, data) do nothing, as there is no code at their target."""
    if not calls:
        return (NO_CALLS,)
    return tuple(
        _note(place_of(index, len(calls)), names, target, value, data)
        for index, (target, value, data) in enumerate(calls)
        if (data or not value) and _is_plain(target, wallet) and has_no_code(target)
    )


def status_with_notes(api: WalletApi, params: Any) -> dict[str, Any]:
    """Answer wallet_getCallsStatus, with what the calls of a successful operation left undone as ``notes``."""
    answer = get_calls_status(api, params)
    if answer["status"] != SUCCESS or answer["details"]["type"] != "user-operation":
        return answer
    operation = api.bundler.mined(bytes.fromhex(answer["details"]["data"]["hash"][2:])).operation
    calls = [(call.to, call.value, call.data) for call in api.calls_of(operation)]
    notes = notes_on(calls, operation.sender, api.names, lambda target: not api.chain.code(target))
    return answer | ({"notes": list(notes)} if notes else {})


def _is_plain(target: str, wallet: str) -> bool:
    return target.lower() != wallet.lower() and not 0 < int(target, 16) <= LAST_PRECOMPILE


def _note(which: str, names: AddressBook, target: str, value: int, data: bytes) -> str:
    sends, who = f"only sends {names.amount(value, 'wei')}" if value else "does nothing", names.address(target)
    lost = f"so its {len(data)} bytes of data reach no function" if data else "and no ETH is sent"
    return f"{which} {sends}: {who} has no code, {lost}."
