"""Blast radius: the most that a stolen key can take of each asset, bounded or not. From the audit.

What the permissions let a thief take comes first. What bundling takes as gas stands below, because it says little about
the permissions: under rules that count gas and not its price it is all of the wallet's ETH.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_units
from sessionlab.core.base.doors import maybe, reads
from sessionlab.core.base.html import GREEN, LINE, RED, SOFT, frame
from sessionlab.study.audit import A_THIEF, Audit, WalletState
from sessionlab.study.audit.card import COLOURS, brief
from sessionlab.study.audit.eth import GAS
from sessionlab.study.audit.findings import SEVERITIES
from sessionlab.study.audit.of_session import audit_session
from sessionlab.study.audit.wallet_reader import read_wallet
from sessionlab.study.doors import SESSION_OR_AUDIT, WALLET_STATE
from sessionlab.study.listing import folded
from sessionlab.study.pictures.base import Picture
from sessionlab.study.tables import NO, YES, Cell, cell_html, soft
from sessionlab.study.text import aligned, folded_rows

if TYPE_CHECKING:
    from sessionlab.core.client.session import BaseSession
    from sessionlab.study.audit.headlines import Headline
    from sessionlab.study.audit.loss import Loss

#: What has every asset.
WHERE = "picture.assets"
#: ETH by every way that the permissions open, and as gas.
ETH, AS_GAS = "ETH by permissions", "ETH as gas"


@dataclass(frozen=True, slots=True)
class Radius:
    """One asset, in base units: what the wallet holds, what can be taken now, and until the session ends."""

    asset: str
    held: int
    now: int
    #: None: no limit.
    ever: int | None
    #: Held, now and ever, formatted for people.
    shown: tuple[str, str, str]

    @property
    def share(self) -> float:
        """The share of the holding that can be taken now, from 0 to 1."""
        return min(self.now / self.held, 1.0) if self.held else float(bool(self.now))

    @property
    def said(self) -> Cell:
        """Bounded or not, in words."""
        if self.ever is None:
            return Cell(NO, "unlimited")
        return Cell("!", "bounded") if self.ever or self.now else Cell(YES, "out of reach")

    @property
    def sentence(self) -> str:
        """The whole row as a sentence."""
        held, now, ever = self.shown
        if self.ever is None:
            return f"{now} of {held} now, and anything that arrives until the session ends"
        if not self.ever and not self.now:
            return f"nothing of {held}"
        return f"{now} of {held} now, {ever} until the session ends"


@dataclass(frozen=True, repr=False)
class BlastRadius(Picture):
    """Assets of a wallet, the most exposed first; ``gas`` is what bundling takes of its ETH."""

    assets: tuple[Radius, ...]
    gas: Radius
    headlines: tuple[Headline, Headline]
    verdict: str
    rules: str

    @property
    def alternative_text(self) -> str:
        """Describe each asset in words."""
        said = "; ".join(folded(self._rows, lambda r: f"{r.asset} {r.said.word}, {r.sentence}", str, WHERE))
        return f"Blast radius of a stolen key, {self.rules} rules: {said}."

    def text(self) -> str:
        """Return one line per asset."""
        rows = folded_rows(
            self._rows,
            lambda r: (r.asset, str(r.said), f"{100 * r.share:.0f} %", r.sentence),
            WHERE,
            lambda r: r.said.word,
        )
        said = [f"{SEVERITIES[line.severity]} {line.severity}: {line.sentence}" for line in self.headlines]
        return "\n".join([*said, *(f"  {line}" for line in aligned(rows)), f"({self.rules} rules)"])

    def html(self) -> str:
        """Draw a bar for each asset; the full length is what the wallet holds."""
        permissions, gas = map(_headline, self.headlines)
        rows = permissions + "".join(folded(self.assets, _row, soft, WHERE, _word)) + gas + _row(self.gas)
        note = soft("The whole length is what the wallet holds now; striped is what a thief can take.")
        return frame(f"Blast radius of a stolen key, {self.rules} rules", self._colour, rows + note)

    @property
    def _rows(self) -> tuple[Radius, ...]:
        return (*self.assets, self.gas)

    @property
    def _colour(self) -> str:
        """As bad as the headline about the permissions."""
        severity = self.headlines[0].severity
        return GREEN if severity == "info" else COLOURS[severity]


@reads(what=SESSION_OR_AUDIT, wallet=maybe(WALLET_STATE))
def blast_radius(what: BaseSession | Audit, wallet: WalletState | None = None) -> BlastRadius:
    """Show what a thief of a session's key can take, or what an audit of a given wallet found.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1)),
    ...     sl.GasLimit(limit=300_000)], key=sl.new_key(1))
    >>> radius = blast_radius(session)
    >>> for eth in (radius.assets[0], radius.gas):
    ...     print(eth.asset, eth.share, eth.said.word)
    ETH by permissions 0.1 bounded
    ETH as gas 1.0 unlimited
    """
    if isinstance(what, Audit):
        audit, state = what, wallet or WalletState(address=A_THIEF)
    else:
        audit, state = audit_session(what), read_wallet(what, what.request, A_THIEF)
    held = state.balance + state.deposit + state.stake + sum(state.elsewhere.values())
    eth = _eth_by_permissions([loss for loss in audit.losses if loss.unit == "wei" and loss.asset != GAS], held)
    gas = audit.loss(GAS)
    others = [
        Radius(loss.asset, loss.held, loss.now, loss.ever, (loss.shown_held, *loss.shown))
        for loss in audit.losses
        if loss.unit != "wei"
    ]
    order = sorted([eth, *others], key=lambda r: (r.said.word != "unlimited", -r.share, r.asset != ETH))
    burnt = Radius(AS_GAS, held, gas.now, gas.ever, (_eth(held), *gas.shown))
    return BlastRadius(tuple(order), burnt, audit.headlines, audit.verdict, audit.ruleset.title)


def _eth_by_permissions(ways: list[Loss], held: int) -> Radius:
    """Return all ETH that leaves by value, out of the deposit and out of contracts that keep it."""
    now, known = min(held, sum(loss.now for loss in ways)), [loss.ever for loss in ways if loss.ever is not None]
    ever = sum(known) if len(known) == len(ways) else None
    return Radius(ETH, held, now, ever, (_eth(held), _eth(now), "no limit" if ever is None else _eth(ever)))


def _eth(wei: int) -> str:
    return format_units(wei, 18, "ETH")


def _word(radius: Radius) -> str:
    return radius.said.word


def _headline(said: Headline) -> str:
    sign = f"<b>{SEVERITIES[said.severity]} {said.severity}</b>"
    return f"<div style='margin-top:10px'>{sign} {brief(said.sentence)}</div>"


def _row(radius: Radius) -> str:
    word = radius.said.word
    # A loss is red, be it bounded or not; the slope of its stripes and the word tell them apart.
    slope = "135deg" if word == "unlimited" else "45deg"
    stripes = f"repeating-linear-gradient({slope},{RED} 0 7px,{RED}99 7px 10px)"
    width = max(100 * radius.share, 0.6 if radius.now else 0)  # the smallest loss stays visible
    fill = f"<div style='height:14px;width:{width:.1f}%;background:{stripes}'></div>"
    label = f"<b>{escape(radius.asset)}</b> {cell_html(radius.said)}"
    return (
        f"<div style='margin:8px 0'><div>{label}</div>"
        f"<div style='border:1px solid {LINE};border-radius:3px;overflow:hidden'>{fill}</div>"
        f"<div style='color:{SOFT}'>{brief(radius.sentence)}</div></div>"
    )
