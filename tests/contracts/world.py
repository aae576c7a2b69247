"""A world for tests of the contracts: a chain with everything deployed, and verbs to act in it.

    world = fresh_world(entry_point, DOCUMENTED)
    install(world, [ContractAccess(address=COUNTER)])            the owner installs session 1
    outcome = act(world, [RawCall(COUNTER, data=INCREMENT)])     session 1 sends an operation
    outcome.phase, outcome.reason, outcome.receipt               "ok", None, …

Every refusal can be compared with ``everything(world)`` before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from eth_hash.auto import keccak

from sessionlab import account, world
from sessionlab.account import RawCall, Row
from sessionlab.chain.addresses import checksum
from sessionlab.chain.chain import Chain
from sessionlab.chain.genesis import GenesisAccount
from sessionlab.chain.records import Log, Receipt
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import Revert, decode_revert
from sessionlab.erc4337.included import BundleReverted, Included, read_bundle
from sessionlab.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops, operation_hash
from sessionlab.keys import CURVE_ORDER, Key, derive_key
from sessionlab.permissions import Permission, Root, Ruleset, rows
from tests.conftest import EntryPointUnderTest


def address(name: str) -> str:
    return checksum(keccak(b"sessionlab tests " + name.encode())[12:])


OWNER, SESSION, OTHER_SESSION, STRANGER, BUNDLER, SPONSOR = (
    derive_key("tests", role) for role in ("owner", "session", "other session", "stranger", "bundler", "sponsor")
)
WALLET, OTHER_WALLET, TOKEN, OTHER_TOKEN, COUNTER, STRICT, COLLECTIBLE, PAYMASTER, SPONSORED, MERCHANT = (
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
class World:
    """One chain and what its tests need to remember: which sessions are root, which have spend limits."""

    chain: Chain
    rules: Ruleset
    #: "ours" or "canonical"
    entry_point: str
    root: set[int] = field(default_factory=set)
    limited: set[int] = field(default_factory=set)


class Outcome(NamedTuple):
    """``phase``: ok, validation (the bundle reverted) or execution (included, and failed)."""

    phase: str
    revert: Revert | None
    receipt: Receipt
    included: list[Included]

    @property
    def reason(self) -> str | None:
        return self.revert.innermost.reason if self.revert else None

    @property
    def args(self) -> dict[str, Any]:
        assert self.revert is not None
        return self.revert.innermost.args

    @property
    def code(self) -> str | None:
        """The EntryPoint's own word: ``AA24 signature error``."""
        return self.revert.reason if self.revert else None


# -- making a world

_begun: dict[tuple[str, str], tuple[Chain, list[int]]] = {}


def fresh_world(entry_point: EntryPointUnderTest, rules: Ruleset) -> World:
    """The same chain for every test with these two; each test begins from its first moment."""
    name = (entry_point.name, rules.name)
    if name not in _begun:
        chain = _chain(entry_point.accounts, rules)
        _begun[name] = chain, [chain.snapshot()]
    chain, moment = _begun[name]
    chain.revert(moment.pop())
    moment.append(chain.snapshot())
    return World(chain, rules, entry_point.name)


def _chain(entry_point: world.Accounts, rules: Ruleset) -> Chain:
    accounts: dict[str, GenesisAccount] = {}
    for token in (TOKEN, OTHER_TOKEN):
        accounts |= world.token(token, world.TokenInfo("Test", "T", 18), {WALLET: SUPPLY})
    for name, where in (
        ("Counter", COUNTER),
        ("Strict", STRICT),
        ("Collectible", COLLECTIBLE),
        ("OpenPaymaster", PAYMASTER),
    ):
        accounts |= world.plain(name, where)
    accounts |= world.wallet_contracts(rules) | world.sponsor_paymaster(SPONSORED, SPONSOR.address)
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


# -- the owner's direct transactions


def install(
    world: World,
    permissions: Sequence[Permission] = (),
    *,
    entity: int = 1,
    key: Key = SESSION,
    given: Sequence[Row] | None = None,
    wallet: str = WALLET,
    sender: Key = OWNER,
    **window: int,
) -> Outcome:
    """The owner installs a session; ``given``: rows in place of permissions."""
    wanted = rows(permissions) if given is None else given
    remember(world, wanted, entity)
    call = account.install_call(entity_id=entity, key=key.address, rows=wanted, **window)
    return transact(world, sender, wallet, call)


def remember(world: World, wanted: Sequence[Row], entity: int) -> None:
    """What ``act`` must know of a session."""
    world.root.discard(entity)
    world.limited.discard(entity)
    if any(row[0] == rows([Root()])[0].kind for row in wanted):
        world.root.add(entity)
    if any(row[0] in (1, 2) for row in wanted):
        world.limited.add(entity)


def revoke(world: World, entity: int = 1, *, with_hook_data: bool = True) -> Outcome:
    call = account.uninstall_call(entity, with_hook_data=with_hook_data)
    return transact(world, OWNER, WALLET, call)


def transact(world: World, sender: Key, to: str, data: bytes = b"", value: int = 0, **more: Any) -> Outcome:
    """A plain transaction; it fails in ``execution`` if it fails."""
    receipt = world.chain.transact(sender.private, to, data, value, **({"gas": BUNDLE_GAS} | more))
    if receipt.status == 1:
        return Outcome("ok", None, receipt, [])
    return Outcome("execution", decode_revert(receipt.output), receipt, [])


# -- operations


def operation(
    world: World,
    call: bytes | Sequence[RawCall],
    *,
    entity: int = 1,
    wrapped: bool | None = None,
    is_global: bool | None = None,
    deferred: bool = False,
    lane: int = 0,
    **fields: Any,
) -> UserOperation:
    """An operation of a session (``entity``; 0: the owner), not yet signed, on its next nonce."""
    if is_global is None:
        is_global = entity == 0 or entity in world.root
    if wrapped is None:
        wrapped = entity in world.limited
    sender = fields.pop("sender", WALLET)
    nonce = fields.pop("nonce", None)
    if nonce is None:
        key = account.nonce_key(entity, is_global=is_global, deferred=deferred, lane=lane)
        nonce = next_nonce(world, key, sender)
    if isinstance(call, bytes):
        data = (account.EXECUTE_USER_OP if wrapped else b"") + call
    elif len(call) == 1:
        data = account.execute(call[0], wrapped=wrapped)
    else:
        data = account.execute_batch(call, wrapped=wrapped)
    return UserOperation(sender=sender, nonce=nonce, call_data=data, **{**GAS, **fields})


def signed(world: World, op: UserOperation, key: Key) -> UserOperation:
    digest = operation_hash(op, world.chain.chain_id)
    return op.signed(account.signature_envelope(key.sign_message(digest)))


def send(world: World, *operations: UserOperation, beneficiary: str = BUNDLER.address) -> Outcome:
    """One bundle."""
    receipt = world.chain.transact(BUNDLER.private, ENTRY_POINT, handle_ops(operations, beneficiary), gas=BUNDLE_GAS)
    try:
        included = read_bundle(receipt)
    except BundleReverted as refused:
        return Outcome("validation", refused.revert, receipt, [])
    failed = [one for one in included if not one.success]
    if failed:
        return Outcome("execution", failed[0].revert, receipt, included)
    return Outcome("ok", None, receipt, included)


def act(
    world: World, call: bytes | Sequence[RawCall], *, key: Key | None = None, entity: int = 1, **more: Any
) -> Outcome:
    """One operation in a bundle of its own, signed by the session's key, the owner's, or ``key``."""
    signer = key or (SESSION if entity else OWNER)
    return send(world, signed(world, operation(world, call, entity=entity, **more), signer))


def deferred_operation(
    world: World,
    wanted: Sequence[Row],
    call: bytes | Sequence[RawCall],
    *,
    entity: int = 1,
    key: Key = SESSION,
    deadline: int = 0,
    install_bytes: bytes | None = None,
    owner: Key = OWNER,
    **more: Any,
) -> UserOperation:
    """The first operation of a session: it brings the owner's signature over the install."""
    remember(world, wanted, entity)
    op = operation(world, call, entity=entity, deferred=True, **more)
    if install_bytes is None:
        install_bytes = account.install_call(entity_id=entity, key=key.address, rows=wanted)
    digest = account.deferred_action_hash(
        wallet=op.sender,
        chain_id=world.chain.chain_id,
        nonce=op.nonce,
        deadline=deadline,
        call=install_bytes,
    )
    envelope = account.deferred_envelope(
        deadline=deadline,
        call=install_bytes,
        owner_signature=owner.sign_hash(digest),
        signature=key.sign_message(operation_hash(op, world.chain.chain_id)),
    )
    return replace(op, signature=envelope)


def high_s(signature: bytes) -> bytes:
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])


# -- asking


def ask(world: World, name: str, where: str, function: str, *values: Any) -> Any:
    """What a view function of a contract answers."""
    made = artifact(name)
    answer = world.chain.call(where, made.encode(function, *values))
    assert answer.success, decode_revert(answer.output)
    return made.decode(function, answer.output)


def next_nonce(world: World, key: int, sender: str = WALLET) -> int:
    return int(ask(world, "EntryPoint", ENTRY_POINT, "getNonce", sender, key))


def deposit_of(world: World, who: str = WALLET) -> int:
    return int(ask(world, "EntryPoint", ENTRY_POINT, "balanceOf", who))


def count(world: World, where: str = COUNTER) -> int:
    return int(ask(world, "Counter", where, "number"))


def tokens(world: World, who: str, where: str = TOKEN) -> int:
    return int(ask(world, "Token", where, "balanceOf", who))


def left(world: World, kind: int, token: str = ZERO, entity: int = 1) -> int:
    """The rest of an allowance."""
    return int(ask(world, "SessionWallet", WALLET, "allowance", entity, kind, token)[1])


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


def everything(world: World) -> tuple[Any, ...]:
    """What a refusal must not move: balances, deposits, tokens, counts, allowances, sessions, owner."""
    chain = world.chain
    return (
        [chain.balance(who) for who in (WALLET, OTHER_WALLET, COUNTER, STRICT, MERCHANT, ENTRY_POINT)],
        [deposit_of(world, who) for who in (WALLET, OTHER_WALLET, PAYMASTER, SPONSORED)],
        [tokens(world, who, token) for token in (TOKEN, OTHER_TOKEN) for who in (WALLET, MERCHANT)],
        count(world),
        [left(world, kind, token) for kind in (1, 2, 3) for token in (ZERO, TOKEN)],
        [ask(world, "SessionWallet", WALLET, "session", entity) for entity in (1, 2)],
        [next_nonce(world, key) for key in (1, 1 << 8, 1 << 8 | 1, 1 << 8 | 2)],
        ask(world, "SessionWallet", WALLET, "owner"),
    )
