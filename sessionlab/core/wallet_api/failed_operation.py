"""An operation that was refused, and its denial by the reason alone. What else the state shows is added from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessionlab.core.denials.denial import Context, Denial, deny
from sessionlab.core.erc4337.wallet_encoding import entity_of
from sessionlab.core.permissions.rows import limits_of

if TYPE_CHECKING:
    from sessionlab.core.erc4337.bundler import MinedOperation
    from sessionlab.core.erc4337.simulate import Rejection
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.core.evm.records import FailedCall
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.prepare_request import PrepareRequest
    from sessionlab.core.wallet_api.records import SessionRecord


@dataclass(frozen=True, slots=True)
class FailedOperation:
    """A refused operation."""

    request: PrepareRequest
    operation: UserOperation
    rejection: Rejection
    #: The calls that led to it, as far as the run that refused it showed them.
    failure: tuple[FailedCall, ...] = ()
    #: The operation in its block; None if it was only simulated.
    mined: MinedOperation | None = None
    #: The block that includes it; None if no block does.
    block: int | None = None


def deny_by_reason(api: WalletApi, refused: FailedOperation) -> Denial:
    """Return the denial that the contracts' reason alone gives."""
    return deny(refused.rejection.revert, refused.rejection.phase, context_of(api, refused))


def context_of(api: WalletApi, refused: FailedOperation) -> Context:
    """Return what a denial's words are made of."""
    operation, sender = refused.operation, refused.request.sender
    session = session_of(api, operation)
    return Context(
        wallet=sender,
        calls=refused.request.calls,
        call_data=operation.call_data,
        names=api.names,
        rules=api.rules,
        permissions=[permission.type for permission in session.permissions] if session else [],
        limits=limits_of(session.permissions) if session else (),
        is_owner=not entity_of(operation.nonce),
        now=api.chain.next_timestamp,
        expiry=session.expiry if session else None,
        cost=operation.max_cost,
        funds=api.chain.balance(sender) + api.bundler.deposit_of(sender),
    )


def session_of(api: WalletApi, operation: UserOperation) -> SessionRecord | None:
    """Return the session that an operation names by its nonce key; None if it names none that is known."""
    return api.records.session_at(operation.sender, entity_of(operation.nonce))
