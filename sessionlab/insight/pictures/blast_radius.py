"""Blast radius: what a stolen key can take of each asset, at most; bounded or not. From the audit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.amounts import format_units
from sessionlab.insight.audit import A_THIEF, Audit, WalletState
from sessionlab.insight.audit.reading import read_wallet
from sessionlab.insight.cards import BLUE, GREEN, LINE, ORANGE, RED, SOFT, frame
from sessionlab.insight.pictures.base import Picture
from sessionlab.insight.pictures.tables import NO, YES, Cell, aligned, cell_html, soft

if TYPE_CHECKING:
    from sessionlab.insight.audit.loss import Loss
    from sessionlab.session import Session

ETH = "ETH in all"


@dataclass(frozen=True, slots=True)
class Radius:
    """One asset: what is there, what of it can be taken now, and until the session ends. Smallest units."""

    asset: str
    held: int
    now: int
    #: None: no limit.
    ever: int | None
    #: Held, now and ever as people write them.
    shown: tuple[str, str, str]

    @property
    def share(self) -> float:
        """The part of what is there that can be taken now, from 0 to 1."""
        return min(self.now / self.held, 1.0) if self.held else float(bool(self.now))

    @property
    def said(self) -> Cell:
        """Bounded or not, in words."""
        if self.ever is None:
            return Cell(NO, "unlimited")
        return Cell("!", "bounded") if self.ever or self.now else Cell(YES, "out of reach")

    @property
    def sentence(self) -> str:
        """The whole row in words."""
        held, now, ever = self.shown
        if self.ever is None:
            return f"{now} of {held} now, and whatever arrives until the session ends"
        if not self.ever and not self.now:
            return f"nothing of {held}"
        return f"{now} of {held} now, {ever} until the session ends"


@dataclass(frozen=True, repr=False)
class BlastRadius(Picture):
    """Assets of a wallet, the most exposed first."""

    assets: tuple[Radius, ...]
    verdict: str
    rules: str

    @property
    def alternative_text(self) -> str:
        """Each asset in words."""
        said = "; ".join(f"{radius.asset} {radius.said.word}, {radius.sentence}" for radius in self.assets)
        return f"Blast radius of a stolen key, {self.rules} rules: {said}."

    def text(self) -> str:
        """A line for each asset."""
        rows = [(r.asset, str(r.said), f"{100 * r.share:.0f} %", r.sentence) for r in self.assets]
        return "\n".join([self.verdict, *(f"  {line}" for line in aligned(rows)), f"({self.rules} rules)"])

    def html(self) -> str:
        """A bar for each asset: its whole length is what the wallet holds."""
        rows = "".join(map(_row, self.assets))
        verdict = f"<div style='margin-bottom:6px'>{escape(self.verdict)}</div>"
        note = soft("The whole length is what the wallet holds now; striped is what a thief can take.")
        return frame(f"Blast radius of a stolen key, {self.rules} rules", _colour(self.assets), verdict + rows + note)


def blast_radius(what: Session | Audit, wallet: WalletState | None = None) -> BlastRadius:
    """What a thief of a session's key can take; or of an audit and the wallet that it was made for.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1)),
    ...     sl.GasLimit(limit=1)], key=sl.new_key(1))
    >>> eth = blast_radius(session).assets[0]
    >>> eth.asset, eth.share, eth.said.word
    ('ETH in all', 0.10000001, 'bounded')
    """
    if isinstance(what, Audit):
        audit, state = what, wallet or WalletState(address=A_THIEF)
    else:
        audit, state = what.audit(), read_wallet(what, what.request, A_THIEF)
    held = state.balance + state.deposit + sum(state.elsewhere.values())
    total = audit.total
    eth = Radius(ETH, held, total.now, total.ever, (_eth(held), *total.shown))
    tokens = [_token(state, loss) for loss in audit.losses if loss.unit != "wei"]
    order = sorted([eth, *tokens], key=lambda r: (r.said.word != "unlimited", -r.share, r.asset != ETH))
    return BlastRadius(tuple(order), audit.verdict, audit.ruleset.title)


def _token(state: WalletState, loss: Loss) -> Radius:
    holding = next(held for token, held in state.tokens.items() if token.lower() == loss.unit.lower())
    shown = format_units(holding.balance, holding.decimals, holding.symbol)
    return Radius(loss.asset, holding.balance, loss.now, loss.ever, (shown, *loss.shown))


def _eth(wei: int) -> str:
    return format_units(wei, 18, "ETH")


def _colour(assets: tuple[Radius, ...]) -> str:
    words = {radius.said.word for radius in assets}
    return RED if "unlimited" in words else ORANGE if "bounded" in words else GREEN


def _row(radius: Radius) -> str:
    word = radius.said.word
    colour = {"unlimited": RED, "bounded": BLUE}.get(word, GREEN)
    # Stripes, and the word beside them, say what the colour says.
    slope = "135deg" if word == "unlimited" else "45deg"
    stripes = f"repeating-linear-gradient({slope},{colour} 0 7px,{colour}99 7px 10px)"
    width = max(100 * radius.share, 0.6 if radius.now else 0)  # the smallest loss can still be seen
    fill = f"<div style='height:14px;width:{width:.1f}%;background:{stripes}'></div>"
    label = f"<b>{escape(radius.asset)}</b> {cell_html(radius.said)}"
    return (
        f"<div style='margin:8px 0'><div>{label}</div>"
        f"<div style='border:1px solid {LINE};border-radius:3px;overflow:hidden'>{fill}</div>"
        f"<div style='color:{SOFT}'>{escape(radius.sentence)}</div></div>"
    )
