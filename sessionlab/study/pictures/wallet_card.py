"""Wallet card: address, owner, balance, and the sessions that its client granted."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.html import BLUE, address_html, card
from sessionlab.study.listing import folded
from sessionlab.study.session_state import state_of

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient


def wallet_card(wallet: BaseClient) -> str:
    """Render a wallet as HTML. Asks the chain only about the sessions that are shown."""
    first, *others = folded(wallet.sessions(), _in_brief, str, "wallet.sessions()") or ["none yet"]
    rows = [
        ("address", address_html(wallet.address)),
        ("owner", address_html(wallet.owner.address)),
        ("holds", escape(format_ether(wallet.balance))),
        ("sessions", first),
    ]
    return card("Smart wallet", BLUE, [*rows, *(("", line) for line in others)])


def _in_brief(session: BaseSession) -> str:
    what = ", ".join(permission.type for permission in session.permissions)
    return f"{address_html(session.key.address)} {escape(what)} ({state_of(session)})"
