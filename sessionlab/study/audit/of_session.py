"""The audit of a granted session: reads its wallet over JSON-RPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.study.audit import A_THIEF, PRICE_CEILING, Audit, audit
from sessionlab.study.audit.wallet_reader import read_wallet

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession


def audit_session(session: BaseSession, *, price_ceiling: int | None = None, thief: str | None = None) -> Audit:
    """Return the worst that a thief of the session's key can do from now on.

    ``price_ceiling``: wei per gas, 100 gwei by default; it bounds no loss. ``thief``: the account that the steps pay.
    """
    who = A_THIEF if thief is None else thief
    state = read_wallet(session, session.request, who)
    ceiling = PRICE_CEILING if price_ceiling is None else price_ceiling
    return audit(session.permissions, state, session.rules, price_ceiling=ceiling, thief=who)
