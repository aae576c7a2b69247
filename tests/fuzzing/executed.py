"""What was checked is what was executed: one operation on the EVM, held against what eth_abi reads in it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sessionlab import account
from sessionlab.account import EXECUTE_USER_OP
from sessionlab.attacks.acts import install, operation, signed
from sessionlab.attacks.scene import (
    COUNTER,
    OTHER_TOKEN,
    SESSION,
    STRICT,
    SUPPLY,
    TOKEN,
    WALLET,
    ZERO,
    Scene,
    next_nonce,
)
from sessionlab.chain.rehearsal import Rehearsal
from sessionlab.contracts.artifacts import artifact
from sessionlab.permissions import (
    AccountFunctions,
    CallLimit,
    ContractAccess,
    Decision,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    NativeTokenTransfer,
    Permission,
    Remaining,
    Root,
    Ruleset,
    decide,
    operation_of,
    read_operation,
    rows,
)
from sessionlab.permissions import install as policy_of
from sessionlab.permissions.kinds import APPROVE, TRANSFER, LimitKind, Meter
from sessionlab.permissions.operation import CALL_SELECTORS, Operation, PlainCall, plain_call
from sessionlab.permissions.types import types_under

from .encodings import SWAP, call_data, canonical, decoded, shown
from .runs import Ending, rehearse
from .tracing import calls_of

LIMIT, ETHER_LIMIT = 50, 10
#: By entity id.
SESSIONS: dict[int, list[Permission]] = {
    1: [
        Erc20TokenTransfer(address=TOKEN, allowance=LIMIT),
        NativeTokenTransfer(allowance=ETHER_LIMIT),
        ContractAccess(address=COUNTER),
        FunctionsOnAllContracts(functions=["0x" + TRANSFER.hex(), "0x00000000"]),
    ],
    2: [ContractAccess(address=COUNTER), FunctionsOnContract(address=OTHER_TOKEN, functions=["0x" + APPROVE.hex()])],
    3: [Root()],
    4: [AccountFunctions(functions=["0x" + SWAP[:4].hex()]), ContractAccess(address=STRICT)],
}
#: What they have besides, where the rules know it: room for one operation, and for none.
BESIDE: dict[int, list[Permission]] = {1: [CallLimit(count=1)], 4: [CallLimit(count=0)]}
#: Ample for 32 calls and 4,096 bytes: the rules know no operation that runs out of gas.
AMPLE = {"verification_gas_limit": 4_000_000, "call_gas_limit": 6_000_000}


def sessions_under(rules: Ruleset) -> dict[int, list[Permission]]:
    """The sessions, with what the rules know besides."""
    known = types_under(rules)
    return {e: [*those, *(p for p in BESIDE.get(e, []) if p.type in known)] for e, those in SESSIONS.items()}


#: What one included operation with these calls uses of a limit: every transfer and approval of the limited token in
#: full, every wei, one operation. A kind that is not here fails the fuzz.
USED: dict[LimitKind, Callable[[Meter, list[PlainCall]], int]] = {
    LimitKind.ERC20: lambda meter, made: sum(
        int.from_bytes(call.data[36:68], "big") for call in made if call.target == meter.token
    ),
    LimitKind.NATIVE: lambda meter, made: sum(call.value for call in made),
    LimitKind.OPERATIONS: lambda meter, made: 1,
}


class Judge:
    """Sends call data through sessions, each time from the same state. Raises AssertionError on any difference."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        #: The kinds of limits that were held against what was left of them.
        self.counted = set[LimitKind]()
        sessions = sessions_under(scene.rules)
        for entity, permissions in sessions.items():
            assert install(scene, permissions, entity=entity).phase == "ok"
        self.policies = {
            entity: policy_of(rows(permissions), wallet=WALLET, rules=scene.rules)
            for entity, permissions in sessions.items()
        }
        self.nonces = {
            entity: next_nonce(scene, account.nonce_key(entity, is_global=entity in scene.root)) for entity in SESSIONS
        }

    def judge(self, random: Random) -> Ending:
        """Draw call data and a session, send it, look; how it ended."""
        entity, bare = random.choice((1, 1, 1, *SESSIONS)), call_data(random)
        wrapped = random.random() < 0.8
        data = EXECUTE_USER_OP + bare if wrapped else bare
        phase, reason, made, after = self._send(entity, data)
        told = f"session {entity}, {phase}: {reason}\n{shown(data)}\nThe wallet called: {made}"
        calls = decoded(bare) if bare[:4] in CALL_SELECTORS else None
        if phase == "ok":
            assert made == self._readable(entity, data, calls, told), told
            assert self._left(after, entity) == self._rest(entity, made), told
            self.counted |= {meter.kind for meter in self.policies[entity][1]}
        elif phase == "execution":
            assert self._left(after, entity) == self._rest(entity, []), told
            assert self._held(after) == SUPPLY, told
        else:  # the EVM undid all of it
            assert made == [], told
        if calls is not None and canonical(calls, batch=bare[:4] == account.EXECUTE_BATCH) == bare:
            decision = self._decide(entity, self._operation(entity, bare, calls, wrapped))
            alike = (phase, reason) == (decision.phase, decision.reason)
            assert alike or (decision.accepted and phase == "execution"), f"The rules: {decision}. {told}"
        return phase, reason

    def _send(self, entity: int, data: bytes) -> tuple[str, str | None, list[PlainCall], Rehearsal]:
        op = operation(self.scene, data, entity=entity, wrapped=False, nonce=self.nonces[entity], **AMPLE)
        with calls_of(WALLET) as made:
            phase, reason, after = rehearse(self.scene, signed(self.scene, op, SESSION))
        return phase, reason, made, after

    def _readable(self, entity: int, data: bytes, calls: list[PlainCall] | None, told: str) -> list[PlainCall]:
        """What may have run: what eth_abi reads, if the rules allow that, and if nobody can read it otherwise."""
        bare = data.removeprefix(EXECUTE_USER_OP)
        wrapped = bare != data
        if bare[:4] not in CALL_SELECTORS:
            own = read_operation(data, is_global=entity in self.scene.root)
            assert self._decide(entity, own).accepted, told
            return [plain_call(WALLET, 0, bare)] if wrapped else []
        assert calls is not None, f"eth_abi cannot read it. {told}"
        again = canonical(calls, batch=bare[:4] == account.EXECUTE_BATCH)
        assert bare.startswith(again), f"It is not the ABI's encoding. {told}"  # bytes behind the end are let pass
        assert self._decide(entity, self._operation(entity, bare, calls, wrapped)).accepted, told
        return calls

    def _operation(self, entity: int, bare: bytes, calls: list[PlainCall], wrapped: bool) -> Operation:
        batch = bare[:4] == account.EXECUTE_BATCH
        return operation_of(calls, batch=batch, wrapped=wrapped, is_global=entity in self.scene.root)

    def _decide(self, entity: int, wanted: Operation) -> Decision:
        policy, state = self.policies[entity]
        return decide(policy, state, wanted, self.scene.chain.now, self.scene.rules)

    def _rest(self, entity: int, made: list[PlainCall]) -> Remaining:
        """What must be left of each limit after one operation that was included."""
        return {meter: limit - USED[meter.kind](meter, made) for meter, limit in self.policies[entity][1].items()}

    def _left(self, after: Rehearsal, entity: int) -> Remaining:
        """What the wallet says is left of each limit."""
        wallet, found = artifact("SessionWallet"), {}
        for meter in self.policies[entity][1]:
            answer = after.call(WALLET, wallet.encode("allowance", entity, meter.kind, meter.token or ZERO))
            found[meter] = int(wallet.decode("allowance", answer.output)[1])
        return found

    def _held(self, after: Rehearsal) -> int:
        return int.from_bytes(after.call(TOKEN, artifact("Token").encode("balanceOf", WALLET)).output, "big")
