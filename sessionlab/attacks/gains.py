"""What an attacker has got: read from the chain, in words with figures; empty if nothing."""

from __future__ import annotations

from sessionlab.attacks.attack_lab import OWNER, STRANGER, TOKEN, WALLET, AttackLab, ask, count, tokens
from sessionlab.core.base.addresses import ZERO_ADDRESS


def units(lab: AttackLab, token: str = TOKEN, more_than: int = 0) -> str:
    """Units of a token that the attacker has, if more than it was granted."""
    got = tokens(lab, STRANGER.address, token)
    return f"{got:,} units" + granted(more_than) if got > more_than else ""


def wei(lab: AttackLab, address: str, more_than: int = 0) -> str:
    """Wei that an address has got which had none."""
    got = lab.chain.balance(address)
    return f"{got:,} wei" + granted(more_than) if got > more_than else ""


def counts(lab: AttackLab, more_than: int = 0) -> str:
    """How often a counter was moved."""
    got = count(lab)
    return f"{got} count{'s' * (got != 1)}" + granted(more_than) if got > more_than else ""


def granted(amount: int) -> str:
    """What would have been right, beside what happened."""
    return f", where {amount:,} were granted" if amount else ""


def owner(lab: AttackLab) -> str:
    """Whether the wallet's owner is another."""
    now = ask(lab, "SessionWallet", WALLET, "owner")
    return "" if now.lower() == OWNER.address.lower() else f"the wallet: its owner is now {now}"


def root(lab: AttackLab, entity: int = 9) -> str:
    """Whether a session exists that only an attacker would have made."""
    made = ask(lab, "SessionWallet", WALLET, "session", entity)[0] != ZERO_ADDRESS
    return "a session with every right" if made else ""
