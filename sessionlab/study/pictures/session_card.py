"""Session card: key, expiry, permissions, remaining allowances, state and latest refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base import html as cards
from sessionlab.core.base.amounts import format_time, short_address
from sessionlab.core.base.doors import reads
from sessionlab.core.base.html import BLUE, GREEN, RED, SOFT, legible
from sessionlab.core.permissions.limits import LIMITS
from sessionlab.study.allowances import Allowance, allowances_of, bar
from sessionlab.study.doors import SESSION
from sessionlab.study.history import history_of
from sessionlab.study.listing import folded
from sessionlab.study.pictures.base import Picture
from sessionlab.study.text import aligned

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession

#: A sign, a word and a colour for each state.
STATES = {
    "signed": ("○", "signed by the owner, not yet on the chain: its first operation installs it", BLUE),
    "installed": ("●", "installed: the key works", GREEN),
    "used up": ("■", "used up: it may not send another operation, so the key does not work any more", RED),
    "expired": ("■", "expired: the key does not work any more", RED),
    "revoked": ("■", "revoked by the owner: the key does not work any more", RED),
}
REFUSALS = 3
DAY = 86_400  # seconds
#: An expiry that is further away than this may come from another clock than the lab's.
FAR = 30 * DAY


@dataclass(frozen=True, repr=False)
class SessionCard(Picture):
    """A session at one moment."""

    id: str
    wallet: str
    key: str
    #: ``signed``, ``installed``, ``used up``, ``expired`` or ``revoked``.
    state: str
    expiry_sec: int | None
    #: Unix seconds at which the card was made.
    now: int
    #: What the session may do, in words.
    permissions: tuple[str, ...]
    allowances: tuple[Allowance, ...]
    #: The last refusals, newest first: reason and sentence.
    refusals: tuple[tuple[str, str], ...]
    rules: str
    #: That the expiry may come from another clock than the lab's; empty if nothing is remarkable about it.
    remark: str = ""

    @property
    def until(self) -> str:
        """The expiry in words."""
        if not self.expiry_sec:
            return "no end"
        left = self.expiry_sec - self.now
        return format_time(self.expiry_sec) + (f", {left:,} seconds from now" if left >= 0 else ", which is past")

    @property
    def alternative_text(self) -> str:
        """Describe state, expiry and allowances."""
        said = folded(self.allowances, lambda item: f"{item.permission}: {item.sentence}", str, "card.allowances")
        counted = "; ".join(said) or "nothing is counted"
        return (
            f"Session of the key {short_address(self.key)} for the wallet {short_address(self.wallet)}: "
            f"{STATES[self.state][1]}; expires: {self.until}; {counted}; {len(self.refusals)} refusals shown."
            + (f" Remark: {self.remark}." if self.remark else "")
        )

    def text(self) -> str:
        """Return every row of the card."""
        sign, words, _ = STATES[self.state]
        rows = [("wallet", self.wallet), ("key", self.key), ("state", f"{sign} {words}"), ("until", self.until)]
        rows += [("remark", f"! {self.remark}")] if self.remark else []
        rows += [("rules", self.rules)]
        may = folded(self.permissions, str, str, "card.permissions")
        rows += [("may" if not index else "", words) for index, words in enumerate(may)]
        rows += folded(
            self.allowances, lambda item: (item.permission, item.sentence), lambda w: ("", w), "card.allowances"
        )
        rows += [("refused", f"✗ {reason}: {sentence}") for reason, sentence in self.refusals]
        return "\n".join([f"Session {self.id}", *(f"  {line}" for line in aligned(rows))])

    def html(self) -> str:
        """Render the card, with bars for the allowances."""
        sign, words, colour = STATES[self.state]
        rows = [
            ("state", f"<b>{sign}</b> {words}"),
            ("wallet", cards.address_html(self.wallet)),
            ("key", cards.address_html(self.key)),
            ("until", escape(self.until)),
            *([("remark", f"<b>!</b> {escape(self.remark)}")] if self.remark else []),
        ]
        may = folded(self.permissions, escape, str, "card.permissions")
        rows += [("may" if not index else "", words) for index, words in enumerate(may)]
        rows += folded(self.allowances, lambda item: (item.permission, bar(item)), lambda w: ("", w), "card.allowances")
        for index, (reason, sentence) in enumerate(self.refusals):
            said = f"<b style='color:{legible(RED)}'>✗</b> <code>{escape(reason)}</code> "
            said += f"<span style='color:{SOFT}'>{escape(sentence)}</span>"
            rows.append(("last refused" if not index else "", said))
        return cards.card(f"Session {self.id[:10]}…, {self.rules} rules", colour, rows)


@reads(session=SESSION)
def session_card(session: BaseSession) -> SessionCard:
    """Show a session as it stands now; a notebook shows this for ``session`` itself.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> wallet = lab.wallet()
    >>> session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    >>> session_card(session).state
    'signed'
    >>> outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))])
    >>> session_card(session).state, session_card(session).allowances[0].shown
    ('installed', ('1 ETH', '0.3 ETH', '0.7 ETH'))
    """
    allowances = tuple(allowances_of(session))
    now, refused = session.now, [entry.denial for entry in history_of(session) if entry.denial]
    may, installed = session.names.permission, session.installed
    return SessionCard(
        id=session.id,
        wallet=session.wallet,
        key=session.key.address,
        state=state_of(session.expiry_sec, now, allowances, installed=installed, revoked=session.revoked),
        expiry_sec=session.expiry_sec,
        now=now,
        permissions=tuple(may(permission).removeprefix("may ") for permission in session.permissions),
        allowances=allowances,
        refusals=tuple((denial.code, denial.sentence) for denial in refused[::-1][:REFUSALS]),
        rules=session.rules.title,
        remark=remark_on(session.expiry_sec, now, installed=installed),
    )


def state_of(
    expiry_sec: int | None, now: int, allowances: Sequence[Allowance], *, installed: bool, revoked: bool
) -> str:
    """Return the word for a session's state. In the second of its expiry, it is still valid."""
    if revoked:
        return "revoked"
    if expiry_sec and now > expiry_sec:
        return "expired"
    if any(item.remaining == 0 and item.permission in _stopping() for item in allowances):
        return "used up"
    return "installed" if installed else "signed"


def remark_on(expiry_sec: int | None, now: int, *, installed: bool) -> str:
    """Return what is remarkable about an expiry: it lies more than 30 days from the lab's now. Empty if it does not.

    The expiry of an installed session was ahead when the session was first used, however long it has been over.
    """
    away = (expiry_sec or now) - now
    if abs(away) <= FAR or (away < 0 and installed):
        return ""
    where = f"{abs(away) // DAY:,} days {'after' if away > 0 else 'before'} the lab's now, {format_time(now)}"
    return f"the expiry is {where}: wall clock and lab clock may have been mixed"


def _stopping() -> set[str]:
    """Return the types of limits that every operation uses: once one is used up, no operation passes."""
    return {limit.permission for limit in LIMITS.values() if limit.of_operation and not limit.exempt}
