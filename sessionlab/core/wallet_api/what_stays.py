"""What would still refuse an operation if the session's permissions did not: its calls, tried as the owner's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.failures import failure_of_step
from sessionlab.core.wallet_api.diagnosis_facts import FailedOperation, run_again
from sessionlab.core.wallet_api.owners import is_lab_wallet

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi


def what_stays(api: WalletApi, refused: FailedOperation) -> FailedOperation | None:
    """Return the same calls as the owner's operation, if that fails too; None if it passes or cannot be tried."""
    request, sent = refused.request, refused.operation
    if not account.entity_of(sent.nonce) or not is_lab_wallet(api, request, sent):
        return None
    operation = replace(
        sent,
        nonce=api.bundler.next_nonce(sent.sender, account.OWNER_NONCE_KEY),
        call_data=account.call_data(request.calls, wallet=sent.sender, wrapped=False),
        signature=account.DUMMY_SIGNATURE,
    )
    again = replace(refused, operation=operation)
    done = run_again(api, again, within_limits=False)
    if done.rejection is None or done.rejection.reason == refused.rejection.reason:
        return None
    return replace(again, rejection=done.rejection, failure=failure_of_step(done))
