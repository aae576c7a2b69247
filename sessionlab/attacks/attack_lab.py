"""The attack lab: a chain with everything deployed, its keys and contracts, and functions that read its state.

    lab = fresh_attack_lab(DOCUMENTED)
    install(lab, [ContractAccess(address=COUNTER)])            the owner installs session 1
    outcome = act(lab, [Call(COUNTER, data=INCREMENT)])     its key sends an operation
    outcome.phase, outcome.reason, outcome.receipt               "ok", None, …

Operations are built and bundled by hand (``operations.py``), because an attacker does not use the wallet's client.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_hash.auto import keccak

from sessionlab.core import deployments
from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.base.keys import derive_key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import Revert, decode_revert
from sessionlab.core.erc4337.included import Included
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.evm.chain import Chain
from sessionlab.core.evm.genesis import GenesisAccount
from sessionlab.core.evm.records import Log, Receipt
from sessionlab.core.permissions import LIMITS, Permission, Ruleset

if TYPE_CHECKING:
    from sessionlab.study.audit import Audit


def address(name: str) -> str:
    """Return the address derived from a name."""
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
class AttackLab:
    """One chain, and which of its sessions have root permission or limits on calls."""

    chain: Chain
    rules: Ruleset
    #: "ours" or "canonical"
    entry_point: str
    root: set[int] = field(default_factory=set)
    limited: set[int] = field(default_factory=set)
    #: Refusals in order: (phase, error).
    stopped: list[tuple[str, str | None]] = field(default_factory=list)
    #: Permissions that the owner was asked to install, for the audit.
    granted: list[Permission] = field(default_factory=list)
    #: The audit that an attack read before it took anything; None if it read none.
    foretold: Audit | None = None
    #: The mutant that omits a field from a signed hash, such as ``hash-without-nonce``.
    leaves_out: str = ""


class BundleOutcome(NamedTuple):
    """How a bundle ended. ``phase``: ok, validation (the bundle reverted) or execution (included but failed)."""

    phase: str
    revert: Revert | None
    receipt: Receipt
    included: list[Included]

    @property
    def reason(self) -> str | None:
        """The name of the innermost error, such as ``AddressNotAllowed``."""
        return self.revert.innermost.reason if self.revert else None

    @property
    def args(self) -> dict[str, Any]:
        """The arguments of the innermost error."""
        assert self.revert is not None
        return self.revert.innermost.args

    @property
    def code(self) -> str | None:
        """The EntryPoint's own reason, such as ``AA24 signature error``."""
        return self.revert.reason if self.revert else None


# -- making an attack lab

_begun: dict[tuple[Ruleset, str], tuple[Chain, list[int]]] = {}


def fresh_attack_lab(rules: Ruleset, entry_point: deployments.Accounts | None = None, name: str = "ours") -> AttackLab:
    """Return an attack lab in its initial state.

    ``entry_point``: accounts that replace the lab's own EntryPoint; give them a different ``name``. Attack labs with
    the same rules and name share one chain, which is reverted each time, so only the newest lab is valid.
    """
    if (rules, name) not in _begun:
        chain = _chain(entry_point or deployments.entry_point(), rules)
        _begun[rules, name] = chain, [chain.snapshot()]
    chain, snapshot = _begun[rules, name]
    chain.revert(snapshot.pop())
    snapshot.append(chain.snapshot())
    return AttackLab(chain, rules, name)


def _chain(entry_point: deployments.Accounts, rules: Ruleset) -> Chain:
    accounts: dict[str, GenesisAccount] = {}
    for token in (TOKEN, OTHER_TOKEN):
        accounts |= deployments.token(token, deployments.TokenInfo("Test", "T", 18), {WALLET: SUPPLY})
    for name, where in (
        ("Counter", COUNTER),
        ("Strict", STRICT),
        ("Collectible", COLLECTIBLE),
        ("OpenPaymaster", PAYMASTER),
        ("Hostile", HOSTILE),
    ):
        accounts |= deployments.plain(name, where)
    accounts |= deployments.wallet_contracts(rules)
    accounts |= deployments.sponsor_paymaster(SPONSORED, SPONSOR.address)
    for wallet in (WALLET, OTHER_WALLET):
        accounts |= deployments.wallet_at(wallet, OWNER.address, BALANCE)
    accounts |= entry_point
    for key in (OWNER, SESSION, STRANGER, BUNDLER, SPONSOR):
        accounts[key.address] = GenesisAccount(balance=10**24)
    chain = Chain({**accounts}, time=NOW, block_seconds=0)
    for who in (WALLET, OTHER_WALLET, PAYMASTER, SPONSORED):
        receipt = chain.transact(BUNDLER.private, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", who), DEPOSIT)
        assert receipt.status == 1
    return chain


# -- reading state


def ask(lab: AttackLab, name: str, where: str, function: str, *values: Any) -> Any:
    """Call a view function of contract ``name`` at address ``where`` and return the decoded result."""
    made = artifact(name)
    answer = lab.chain.call(where, made.encode(function, *values))
    assert answer.success, decode_revert(answer.output)
    return made.decode(function, answer.output)


def next_nonce(lab: AttackLab, key: int, sender: str = WALLET) -> int:
    """Return the full next nonce (key and sequence) for this nonce key."""
    return int(ask(lab, "EntryPoint", ENTRY_POINT, "getNonce", sender, key))


def deposit_of(lab: AttackLab, who: str = WALLET) -> int:
    """Return the account's deposit in the EntryPoint, in wei."""
    return int(ask(lab, "EntryPoint", ENTRY_POINT, "balanceOf", who))


def count(lab: AttackLab, where: str = COUNTER) -> int:
    """Return a counter's current number."""
    return int(ask(lab, "Counter", where, "number"))


def tokens(lab: AttackLab, who: str, where: str = TOKEN) -> int:
    """Return the token balance of ``who``, in base units."""
    return int(ask(lab, "Token", where, "balanceOf", who))


def left(lab: AttackLab, kind: int, token: str = ZERO_ADDRESS, entity: int = 1) -> int:
    """Return what remains of a session's allowance."""
    return int(ask(lab, "SessionWallet", WALLET, "allowance", entity, kind, token)[1])


def events(name: str, logs: Sequence[Log]) -> list[tuple[str, dict[str, Any]]]:
    """Return the events that the ABI of contract ``name`` declares, in order."""
    known = artifact(name).events
    result = []
    for log in logs:
        entry = known.get(bytes.fromhex(log.topics[0][2:])) if log.topics else None
        if entry is not None:
            topics = [bytes.fromhex(topic[2:]) for topic in log.topics]
            result.append((entry.name, entry.decode_event(topics, log.data)))
    return result


def everything(lab: AttackLab) -> tuple[Any, ...]:
    """Return what a refusal must not change: balances, deposits, tokens, count, limits, sessions, nonces, owner."""
    chain = lab.chain
    return (
        [chain.balance(who) for who in (WALLET, OTHER_WALLET, COUNTER, STRICT, MERCHANT, ENTRY_POINT)],
        [deposit_of(lab, who) for who in (WALLET, OTHER_WALLET, PAYMASTER, SPONSORED)],
        [tokens(lab, who, token) for token in (TOKEN, OTHER_TOKEN) for who in (WALLET, MERCHANT)],
        count(lab),
        [left(lab, kind, token) for kind in LIMITS for token in (ZERO_ADDRESS, TOKEN)],
        [ask(lab, "SessionWallet", WALLET, "session", entity) for entity in (1, 2)],
        [next_nonce(lab, key) for key in (1, 1 << 8, 1 << 8 | 1, 1 << 8 | 2)],
        ask(lab, "SessionWallet", WALLET, "owner"),
    )
