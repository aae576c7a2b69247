"""All that a wallet has, and all that others have who trust it, read from the contracts of a lab.

What a thief took is the difference of two readings: ETH wherever it is the wallet's, tokens, and collectibles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

TOKENS = ("token", "dollar", "coin")


@dataclass(frozen=True)
class Holdings:
    """What somebody has: wei by place, base units by token, and the number of collectibles."""

    balance: int
    deposit: int
    vault: int
    tokens: Mapping[str, int]
    things: int

    @property
    def eth(self) -> int:
        """All wei together, wherever they are."""
        return self.balance + self.deposit + self.vault


@dataclass
class Taken:
    """What left a wallet: wei by route, base units of each token, and collectibles.

    Tokens are named by their address, spelled as in the lab. ``of_others``: what left the accounts that had approved
    it to the wallet, by token or collection and account.
    """

    gas: int = 0
    value: int = 0
    deposit: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    collectibles: int = 0
    of_others: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def eth(self) -> int:
        """All ETH together, in wei."""
        return self.gas + self.value + self.deposit


def holdings(lab: Lab, who: str) -> Holdings:
    """Read what an account has."""
    return Holdings(
        balance=lab.balance(who),
        deposit=lab.bundler.deposit_of(who),
        vault=int(lab.read("Vault", lab.vault, "balanceOf", who)),
        tokens={lab.addresses[name]: lab.token_balance(name, who) for name in TOKENS},
        things=int(lab.read("Collectible", lab.collectible, "balanceOf", who)),
    )


def lost_by_others(lab: Lab, before: Mapping[str, Holdings]) -> dict[tuple[str, str], int]:
    """Return what each of these accounts has less of than before, by token or collection."""
    result: dict[tuple[str, str], int] = {}
    for who, had in before.items():
        has = holdings(lab, who)
        lost = {token: units - has.tokens[token] for token, units in had.tokens.items()}
        lost[lab.collectible] = had.things - has.things
        result |= {(asset, who): units for asset, units in lost.items() if units > 0}
    return result


def things_of(lab: Lab, who: Sequence[str]) -> dict[int, str]:
    """Return the collectibles of some accounts: id → who owns it. Ids are found in the collection's events."""
    from sessionlab.core.contracts.artifacts import artifact

    event = "0x" + artifact("Collectible").event("Transfer").topic.hex()
    logs = lab.provider.request("eth_getLogs", [{"address": lab.collectible, "topics": [event], "fromBlock": "0x0"}])
    ids = sorted({int(log["topics"][3], 16) for log in logs})
    owners = {id: str(lab.read("Collectible", lab.collectible, "ownerOf", id)) for id in ids}
    return {id: owner for id, owner in owners.items() if owner in who}
