"""A stage for attacks: a chain with everything deployed, its cast of keys and contracts, and what can be asked of it.

    scene = fresh_scene(DOCUMENTED)
    install(scene, [ContractAccess(address=COUNTER)])            the owner installs session 1
    outcome = act(scene, [RawCall(COUNTER, data=INCREMENT)])     its key sends an operation
    outcome.phase, outcome.reason, outcome.receipt               "ok", None, …

Operations are made and bundled by hand (``acts.py``): whoever attacks a wallet does not use its client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from eth_hash.auto import keccak

from sessionlab import world
from sessionlab.chain.addresses import checksum
from sessionlab.chain.chain import Chain
from sessionlab.chain.genesis import GenesisAccount
from sessionlab.chain.records import Log, Receipt
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import Revert, decode_revert
from sessionlab.erc4337.included import Included
from sessionlab.erc4337.user_operation import ENTRY_POINT
from sessionlab.keys import derive_key
from sessionlab.permissions import LIMITS, Permission, Ruleset


def address(name: str) -> str:
    """An address drawn from a name."""
    return checksum(keccak(b"sessionlab attacks " + name.encode())[12:])


OWNER, SESSION, OTHER_SESSION, STRANGER, BUNDLER, SPONSOR = (
    derive_key("attacks", role) for role in ("owner", "session", "other session", "stranger", "bundler", "sponsor")
)
WALLET, OTHER_WALLET, TOKEN, OTHER_TOKEN, COUNTER, STRICT, COLLECTIBLE, PAYMASTER, SPONSORED, MERCHANT, HOSTILE = (
    address(name)
    for name in (
        "wallet",
        "other wallet",
        "token",
        "other token",
        "counter",
        "strict",
        "collectible",
        "open paymaster",
        "sponsor paymaster",
        "merchant",
        "hostile",
    )
)
ZERO = "0x" + "00" * 20
ETHER, GWEI = 10**18, 10**9
BALANCE, DEPOSIT, SUPPLY = 100 * ETHER, 10 * ETHER, 10**12
NOW = 1_800_000_000
BUNDLE_GAS = 40_000_000
GAS = {
    "verification_gas_limit": 500_000,
    "call_gas_limit": 500_000,
    "pre_verification_gas": 60_000,
    "max_fee_per_gas": GWEI,
    "max_priority_fee_per_gas": GWEI,
}
INCREMENT = artifact("Counter").encode("increment")


@dataclass
class Scene:
    """One chain, and what its actors must remember: which sessions are root, which have spend limits."""

    chain: Chain
    rules: Ruleset
    #: "ours" or "canonical"
    entry_point: str
    root: set[int] = field(default_factory=set)
    limited: set[int] = field(default_factory=set)
    #: What was stopped, in order: phase and error.
    stopped: list[tuple[str, str | None]] = field(default_factory=list)
    #: What the owner was asked to install as permissions, for the audit.
    granted: list[Permission] = field(default_factory=list)
    #: What a weakened contract leaves out of a hash that is signed: ``hash-without-nonce``.
    leaves_out: str = ""


class Outcome(NamedTuple):
    """``phase``: ok, validation (the bundle reverted) or execution (included, and failed)."""

    phase: str
    revert: Revert | None
    receipt: Receipt
    included: list[Included]

    @property
    def reason(self) -> str | None:
        """The innermost error by its name: ``AddressNotAllowed``."""
        return self.revert.innermost.reason if self.revert else None

    @property
    def args(self) -> dict[str, Any]:
        """What the error says beside its name."""
        assert self.revert is not None
        return self.revert.innermost.args

    @property
    def code(self) -> str | None:
        """The EntryPoint's own word: ``AA24 signature error``."""
        return self.revert.reason if self.revert else None


# -- making a scene

_begun: dict[tuple[Ruleset, str], tuple[Chain, list[int]]] = {}


def fresh_scene(rules: Ruleset, entry_point: world.Accounts | None = None, name: str = "ours") -> Scene:
    """The scene as it is before anything was done.

    ``entry_point``: accounts in the place of the lab's own EntryPoint, under another ``name``. Scenes of the same
    rules and name share one chain, which goes back: only the newest is good.
    """
    if (rules, name) not in _begun:
        chain = _chain(entry_point or world.entry_point(), rules)
        _begun[rules, name] = chain, [chain.snapshot()]
    chain, moment = _begun[rules, name]
    chain.revert(moment.pop())
    moment.append(chain.snapshot())
    return Scene(chain, rules, name)


def _chain(entry_point: world.Accounts, rules: Ruleset) -> Chain:
    accounts: dict[str, GenesisAccount] = {}
    for token in (TOKEN, OTHER_TOKEN):
        accounts |= world.token(token, world.TokenInfo("Test", "T", 18), {WALLET: SUPPLY})
    for name, where in (
        ("Counter", COUNTER),
        ("Strict", STRICT),
        ("Collectible", COLLECTIBLE),
        ("OpenPaymaster", PAYMASTER),
        ("Hostile", HOSTILE),
    ):
        accounts |= world.plain(name, where)
    accounts |= world.wallet_contracts(rules)
    accounts |= world.sponsor_paymaster(SPONSORED, SPONSOR.address)
    for wallet in (WALLET, OTHER_WALLET):
        accounts |= world.wallet_at(wallet, OWNER.address, BALANCE)
    accounts |= entry_point
    for key in (OWNER, SESSION, STRANGER, BUNDLER, SPONSOR):
        accounts[key.address] = GenesisAccount(balance=10**24)
    chain = Chain({**accounts}, time=NOW, block_seconds=0)
    for who in (WALLET, OTHER_WALLET, PAYMASTER, SPONSORED):
        receipt = chain.transact(BUNDLER.private, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", who), DEPOSIT)
        assert receipt.status == 1
    return chain


# -- asking


def ask(scene: Scene, name: str, where: str, function: str, *values: Any) -> Any:
    """What a view function of a contract answers."""
    made = artifact(name)
    answer = scene.chain.call(where, made.encode(function, *values))
    assert answer.success, decode_revert(answer.output)
    return made.decode(function, answer.output)


def next_nonce(scene: Scene, key: int, sender: str = WALLET) -> int:
    """The next nonce of a lane, whole."""
    return int(ask(scene, "EntryPoint", ENTRY_POINT, "getNonce", sender, key))


def deposit_of(scene: Scene, who: str = WALLET) -> int:
    """Wei in the EntryPoint."""
    return int(ask(scene, "EntryPoint", ENTRY_POINT, "balanceOf", who))


def count(scene: Scene, where: str = COUNTER) -> int:
    """How far a counter has counted."""
    return int(ask(scene, "Counter", where, "number"))


def tokens(scene: Scene, who: str, where: str = TOKEN) -> int:
    """Units of a token that ``who`` has."""
    return int(ask(scene, "Token", where, "balanceOf", who))


def left(scene: Scene, kind: int, token: str = ZERO, entity: int = 1) -> int:
    """The rest of an allowance."""
    return int(ask(scene, "SessionWallet", WALLET, "allowance", entity, kind, token)[1])


def events(name: str, logs: Sequence[Log]) -> list[tuple[str, dict[str, Any]]]:
    """The events that contract ``name`` knows, in order."""
    known = artifact(name).events
    found = []
    for log in logs:
        entry = known.get(bytes.fromhex(log.topics[0][2:])) if log.topics else None
        if entry is not None:
            topics = [bytes.fromhex(topic[2:]) for topic in log.topics]
            found.append((entry.name, entry.decode_event(topics, log.data)))
    return found


def everything(scene: Scene) -> tuple[Any, ...]:
    """What a refusal must not move: balances, deposits, tokens, counts, allowances, sessions, owner."""
    chain = scene.chain
    return (
        [chain.balance(who) for who in (WALLET, OTHER_WALLET, COUNTER, STRICT, MERCHANT, ENTRY_POINT)],
        [deposit_of(scene, who) for who in (WALLET, OTHER_WALLET, PAYMASTER, SPONSORED)],
        [tokens(scene, who, token) for token in (TOKEN, OTHER_TOKEN) for who in (WALLET, MERCHANT)],
        count(scene),
        [left(scene, kind, token) for kind in LIMITS for token in (ZERO, TOKEN)],
        [ask(scene, "SessionWallet", WALLET, "session", entity) for entity in (1, 2)],
        [next_nonce(scene, key) for key in (1, 1 << 8, 1 << 8 | 1, 1 << 8 | 2)],
        ask(scene, "SessionWallet", WALLET, "owner"),
    )
