"""What an adversary plays in: the scene, a ledger of what was granted, and what the EntryPoint says was included."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sessionlab import account
from sessionlab.attacks.acts import install, send, signed
from sessionlab.attacks.hashes import operation_hash
from sessionlab.attacks.scene import (
    OTHER_SESSION,
    OWNER,
    SESSION,
    WALLET,
    Outcome,
    Scene,
    next_nonce,
)
from sessionlab.erc4337.included import Included
from sessionlab.erc4337.user_operation import UserOperation
from sessionlab.keys import Key
from sessionlab.permissions import Permission, Policy, Remaining, Ruleset, rows
from sessionlab.permissions import revoke as revoked_policy
from sessionlab.permissions.kinds import LimitKind, Meter

from .allowed import ENDLESS, TOKENS, Allowed, allowances, allowed, nothing_left

#: Entity ids that sessions are granted under, each with a key of its own.
IDS = (1, 2)
KEYS = {1: SESSION, 2: OTHER_SESSION}


def used_by(one: Included, rules: Ruleset) -> dict[LimitKind, int]:
    """What an operation used as a whole at least, by each kind of limit on operations, from what the chain says."""
    gas = one.gas_used if rules.gas_limit_counts_gas else one.gas_cost
    return {LimitKind.GAS: 0 if one.paymaster else gas, LimitKind.OPERATIONS: 1}


@dataclass(frozen=True)
class Signed:
    """A grant that the owner has signed and that nobody has used yet."""

    call: bytes
    deadline: int
    #: The owner's, good for one nonce.
    signature: bytes
    session: Allowed


@dataclass
class World:
    """The scene and the ledger. What is sent raises AssertionError if the EntryPoint included what it may not."""

    scene: Scene
    #: By id: the session that is installed, and the signed grant that waits.
    live: dict[int, Allowed] = field(default_factory=dict)
    waiting: dict[int, Signed] = field(default_factory=dict)
    #: The signed grants of before, used or revoked: good for nothing any more.
    old: dict[int, Signed] = field(default_factory=dict)
    before: dict[int, tuple[Policy, Remaining]] = field(default_factory=dict)
    lives: Counter[int] = field(default_factory=Counter)
    #: Granted in all: units by token, wei of value.
    tokens: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TOKENS, 0))
    value: float = 0
    #: Wei that the wallet was charged for gas.
    gas: int = 0
    #: Wei that paymasters were charged.
    sponsored: Counter[str] = field(default_factory=Counter)
    #: A grant let the adversary become the owner: the wallet is not watched any more, all else is.
    given_away: bool = False
    #: Hashes of the operations that the right key signed; nonces that are used; operations that were seen.
    honest: set[bytes] = field(default_factory=set)
    used: Counter[int] = field(default_factory=Counter)
    seen: list[UserOperation] = field(default_factory=list)
    #: The owner's newest operation, which only the adversary's bundler has.
    owners: list[UserOperation] = field(default_factory=list)
    story: list[str] = field(default_factory=list)

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self.scene.chain.now

    def session(self, entity: int) -> Allowed | None:
        """The session of this id, or the one that its first operation will install."""
        waiting = self.waiting.get(entity)
        return self.live.get(entity) or (waiting.session if waiting else None)

    def lasts(self, entity: int) -> bool:
        """Whether there is such a session, and it has begun and not ended."""
        session = self.session(entity)
        if session is None or session.policy.valid_after > self.now:
            return False
        return not session.policy.valid_until or self.now <= session.policy.valid_until

    @property
    def bounded(self) -> tuple[bool, bool]:
        """Whether all that was granted of tokens, and of ETH, has an end: then a unit, or a wei, can be too much."""
        return (
            not self.given_away and ENDLESS not in self.tokens.values(),
            not self.given_away and self.value != ENDLESS,
        )

    # -- the owner

    def grant(self, entity: int, permissions: list[Permission], window: tuple[int, int], *, deferred: bool) -> None:
        """The owner installs a session, or signs one for the session's first operation to bring."""
        granted = rows(permissions)
        session = allowed(granted, self.scene.rules, window, self.before.get(entity, nothing_left()))
        times = {"valid_after": window[0], "valid_until": window[1], "life": self.lives[entity]}
        if deferred:
            call = account.install_call(entity_id=entity, key=KEYS[entity].address, rows=granted, **times)
            self.waiting[entity] = Signed(call, window[1], self._owner_signs(entity, call, window[1], session), session)
        else:
            done = install(self.scene, permissions, entity=entity, key=KEYS[entity], **times)
            if done.phase != "ok":
                return
            self.live[entity] = session
        for token in TOKENS:
            self.tokens[token] += session.tokens[token] + allowances(permissions, LimitKind.ERC20, token)
        self.value += session.value + allowances(permissions, LimitKind.NATIVE)
        self.given_away |= session.gives_away

    def _owner_signs(self, entity: int, call: bytes, deadline: int, session: Allowed) -> bytes:
        lane = account.nonce_key(entity, is_global=session.policy.is_root, deferred=True)
        digest = account.deferred_action_hash(
            wallet=WALLET,
            chain_id=self.scene.chain.chain_id,
            nonce=next_nonce(self.scene, lane),
            deadline=deadline,
            call=call,
        )
        return OWNER.sign_hash(digest)

    def end(self, entity: int, *, whole: bool) -> None:
        """What the ledger knows once a session was revoked."""
        session = self.live.pop(entity, None)
        if entity in self.waiting:
            self.old[entity] = self.waiting.pop(entity)
        self.lives[entity] += 1
        if session is None and not (self.scene.rules.revocation_is_total or whole):
            return
        policy, meters = (session.policy, session.meters) if session else (Policy(), frozenset[Meter]())
        # An allowance that stays behind under the deployed rules was granted already: it adds nothing.
        kept = {meter: 0 for meter in meters if meter.token}
        self.before[entity] = revoked_policy(policy, kept, self.scene.rules, with_hook_data=whole)

    # -- what is sent

    def sign(self, op: UserOperation, key: Key, *, honest: bool) -> UserOperation:
        """Sign, and remember whether that is the key whose operation it is."""
        if honest:
            self.honest.add(operation_hash(self.scene, op))
        return signed(self.scene, op, key)

    def bundle(self, operations: list[UserOperation], beneficiary: str) -> Outcome:
        """The adversary's bundler sends; the ledger takes note of what the EntryPoint says it included."""
        self.seen = (self.seen + operations)[-8:]
        outcome = send(self.scene, *operations, beneficiary=beneficiary)
        self.note(outcome.included, operations)
        return outcome

    def note(self, included: list[Included], operations: list[UserOperation]) -> None:
        """Each was signed by whom it names, by a session that lasts, with a nonce that was not used."""
        for one in included:  # all are validated, and so installed, before the first of them runs
            self._learn(one.nonce >> 64)
        sent = {operation_hash(self.scene, op): op for op in operations}
        ended: set[int] = set()
        for one in included:
            key, number = one.nonce >> 64, one.nonce & (2**64 - 1)
            entity = key >> 8 & (2**32 - 1)
            assert one.sender == WALLET, "an operation of another wallet ran"
            assert number == self.used[key], f"nonce {number} of lane {key:#x} was used, where {self.used[key]} was due"
            self.used[key] += 1
            self._charge(one, entity)
            if self.given_away:
                continue
            assert one.operation_hash in self.honest, "an operation ran that the right key did not sign"
            op = sent.get(one.operation_hash)
            if entity == 0:
                ended |= self._owners(one, op)
            elif entity in ended:
                assert not one.success, f"session {entity} ran after its end in the same bundle"
            else:
                self._check_session(entity)

    def _learn(self, lane: int) -> None:
        """An operation in the lane of first operations has installed the grant that waited."""
        entity = lane >> 8 & (2**32 - 1)
        if lane & account.DEFERRED_LANE and entity in self.waiting:
            waiting = self.old[entity] = self.waiting.pop(entity)
            assert waiting.deadline == 0 or self.now <= waiting.deadline, "a grant was installed after its deadline"
            self.live[entity] = waiting.session

    def _check_session(self, entity: int) -> None:
        assert entity in self.live, f"session {entity} ran and is not there"
        assert self.lasts(entity), f"session {entity} ran out of its time"

    def _charge(self, one: Included, entity: int) -> None:
        if one.paymaster is not None:
            self.sponsored[one.paymaster] += one.gas_cost
        else:
            self.gas += one.gas_cost
        session = self.live.get(entity)
        if session is not None:
            session.used.update(used_by(one, self.scene.rules))

    def _owners(self, one: Included, op: UserOperation | None) -> set[int]:
        """The owner's operations are revocations alone."""
        if op is None or not one.success:
            return set()
        entity = int.from_bytes(op.call_data[4:36], "big")
        self.end(entity, whole=op.call_data[67] == 1)
        return {entity}
