"""A session's pictures by name, and the default when no name is given."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sessionlab.core.base.doors import TEXT, maybe, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.permissions.types import Root
from sessionlab.study.allowances import allowances_of
from sessionlab.study.doors import SESSION
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.blast_radius import blast_radius
from sessionlab.study.pictures.burn_down import burn_down
from sessionlab.study.pictures.escalation import escalation
from sessionlab.study.pictures.gas_bars import gas_bars
from sessionlab.study.pictures.key_lives import key_lives
from sessionlab.study.pictures.operations import operations
from sessionlab.study.pictures.reach_map import ReachMap, reach_map
from sessionlab.study.pictures.session_card import session_card

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession


def reach_of(session: BaseSession) -> ReachMap:
    """Show which functions a session reaches, on every address with a name."""
    names, rules, wallet = session.names, session.rules, session.wallet
    return reach_map(session.permissions, names, rules=rules, wallet=wallet, names=names)


SESSION_PICTURES: dict[str, Callable[[BaseSession], Picture]] = {
    "burn-down": burn_down,
    "card": session_card,
    "operations": operations,
    "reach": reach_of,
    "gas": gas_bars,
    "wei": lambda session: gas_bars(session, "wei"),
    "life": lambda session: key_lives([session]),
    "blast": blast_radius,
    "escalation": escalation,
}


@reads(session=SESSION, name=maybe(TEXT))
def plot(session: BaseSession, name: str | None = None) -> Picture:
    """Return a picture of a session by its name, or by the permission or token whose allowance it shows.

    Without a name: the burn-down if the session counts anything; else its life if it may do everything, or its reach.
    Raises NotFound for any other name.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    >>> type(plot(session)).__name__, type(plot(session, "card")).__name__
    ('ReachMap', 'SessionCard')
    >>> plot(session, "reech")
    Traceback (most recent call last):
    sessionlab.core.base.errors.NotFound: No picture is called 'reech'. ...
    """
    if name is None:
        name = _right_one(session)
    if isinstance(name, str) and name in SESSION_PICTURES:
        return SESSION_PICTURES[name](session)
    known = [*SESSION_PICTURES, *dict.fromkeys(item.permission for item in allowances_of(session))]
    asked = str(name)
    if asked in known or any(asked.lower() == item.unit.lower() for item in allowances_of(session)):
        return burn_down(session, asked)
    close = get_close_matches(asked, known, n=1)
    fix = f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(known)}."
    raise NotFound(f"No picture is called {name!r}.", field="name", asked=name, left=known, fix=fix)


def _right_one(session: BaseSession) -> str:
    if len(allowances_of(session)):
        return "burn-down"
    return "life" if any(isinstance(permission, Root) for permission in session.permissions) else "reach"
