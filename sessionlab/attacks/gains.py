"""Describe what an attacker gained, with figures read from the chain; an empty text if nothing."""

from __future__ import annotations

from sessionlab.attacks.attack_lab import OWNER, STRANGER, TOKEN, WALLET, AttackLab, ask, count, tokens
from sessionlab.core.base.addresses import ZERO_ADDRESS


def units(lab: AttackLab, token: str = TOKEN, more_than: int = 0) -> str:
    """The attacker's token balance in base units, if above ``more_than``."""
    got = tokens(lab, STRANGER.address, token)
    return f"{got:,} units" + granted(more_than) if got > more_than else ""


def wei(lab: AttackLab, address: str, more_than: int = 0) -> str:
    """The wei balance of an address that started with none, if above ``more_than``."""
    got = lab.chain.balance(address)
    return f"{got:,} wei" + granted(more_than) if got > more_than else ""


def counts(lab: AttackLab, more_than: int = 0) -> str:
    """How often the counter was incremented, if more often than ``more_than``."""
    got = count(lab)
    return f"{got} count{'s' * (got != 1)}" + granted(more_than) if got > more_than else ""


def granted(amount: int) -> str:
    """The granted amount, to append to the amount that was taken; empty for 0."""
    return f", where {amount:,} were granted" if amount else ""


def owner(lab: AttackLab) -> str:
    """The wallet's new owner; empty if the owner has not changed."""
    now = ask(lab, "SessionWallet", WALLET, "owner")
    return "" if now.lower() == OWNER.address.lower() else f"the wallet: its owner is now {now}"


def root(lab: AttackLab, entity: int = 9) -> str:
    """Report a session that only an attacker would have installed; empty if there is none."""
    made = ask(lab, "SessionWallet", WALLET, "session", entity)[0] != ZERO_ADDRESS
    return "a session with every right" if made else ""
