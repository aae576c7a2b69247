"""All that a wallet has, and all that others have who trust it, read from the contracts of a lab.

What a thief took is the difference of two readings: ETH wherever it is the wallet's, tokens, and collectibles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sessionlab.core.contracts.artifacts import Artifact, artifact
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

Known = Mapping[str, Artifact]
"""Contracts besides the lab's own, by address, whose interface the thief knows."""

TOKENS = ("token", "dollar", "coin")


@dataclass(frozen=True)
class Holdings:
    """What somebody has: wei by place, base units by token, and the number of collectibles."""

    balance: int
    deposit: int
    stake: int
    #: In contracts that pay ETH back.
    vault: int
    tokens: Mapping[str, int]
    things: int

    @property
    def eth(self) -> int:
        """All wei together, wherever they are."""
        return self.balance + self.deposit + self.stake + self.vault


@dataclass
class Taken:
    """What left a wallet: wei by route, base units of each token, and collectibles.

    Tokens are named by their address, spelled as in the lab. ``of_others``: what left the accounts that had approved
    it to the wallet, by token or collection and account.
    """

    gas: int = 0
    value: int = 0
    deposit: int = 0
    stake: int = 0
    tokens: dict[str, int] = field(default_factory=dict)
    collectibles: int = 0
    of_others: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def eth(self) -> int:
        """All ETH together, in wei."""
        return self.gas + self.value + self.deposit + self.stake


def pays_back(made: Artifact) -> bool:
    """Whether a contract pays ETH back to those who paid in."""
    return {"balanceOf(address)", "withdraw(uint256)"} <= set(made.functions)


def is_token(made: Artifact) -> bool:
    """Whether a contract is a token whose units are not ETH."""
    return {"balanceOf(address)", "transfer(address,uint256)"} <= set(made.functions) and not pays_back(made)


def balance_in(lab: Lab, at: str, made: Artifact, who: str) -> int:
    """Return what a contract says that an account has there."""
    return int(made.decode("balanceOf", lab.chain.call(at, made.encode("balanceOf", who)).output))


def holdings(lab: Lab, who: str, known: Known | None = None) -> Holdings:
    """Read what an account has. What is wrapped in a token that pays it back is ETH."""
    more = {at: (made, balance_in(lab, at, made, who)) for at, made in (known or {}).items() if _counts(made)}
    entry_point = artifact("EntryPoint")
    info = lab.chain.call(ENTRY_POINT, entry_point.encode("getDepositInfo", who)).output
    kept = int(lab.read("Vault", lab.vault, "balanceOf", who))
    return Holdings(
        balance=lab.balance(who),
        deposit=lab.bundler.deposit_of(who),
        stake=int(entry_point.decode("getDepositInfo", info)[2]),
        vault=kept + sum(units for made, units in more.values() if pays_back(made)),
        tokens={
            **{lab.addresses[name]: lab.token_balance(name, who) for name in TOKENS},
            **{at: units for at, (made, units) in more.items() if is_token(made)},
        },
        things=int(lab.read("Collectible", lab.collectible, "balanceOf", who)),
    )


def _counts(made: Artifact) -> bool:
    return "balanceOf(address)" in made.functions


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
    event = "0x" + artifact("Collectible").event("Transfer").topic.hex()
    logs = lab.provider.request("eth_getLogs", [{"address": lab.collectible, "topics": [event], "fromBlock": "0x0"}])
    ids = sorted({int(log["topics"][3], 16) for log in logs})
    owners = {id: str(lab.read("Collectible", lab.collectible, "ownerOf", id)) for id in ids}
    return {id: owner for id, owner in owners.items() if owner in who}
