"""The install that a session's first operation brings, bent: nothing else than what the owner signed comes of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sessionlab import account
from sessionlab.account import DUMMY_SIGNATURE, RawCall
from sessionlab.attacks.acts import deferred_operation, operation
from sessionlab.attacks.hashes import operation_hash
from sessionlab.attacks.scene import (
    COUNTER,
    INCREMENT,
    OTHER_TOKEN,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    ZERO,
    Scene,
)
from sessionlab.chain.rehearsal import Rehearsal
from sessionlab.contracts.artifacts import artifact
from sessionlab.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    LimitKind,
    NativeTokenTransfer,
    Root,
    Row,
    Ruleset,
    rows,
)
from sessionlab.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.permissions.types import types_under

from .encodings import another_word, bit_flipped, dirt_above, two_swapped, word_inserted, word_left_out
from .runs import Ending, rehearse

GRANT = rows(
    [
        Erc20TokenTransfer(address=TOKEN, allowance=50),
        NativeTokenTransfer(allowance=10),
        ContractAccess(address=COUNTER),
    ]
)
#: What the fields of an extension hold, by their form.
FIELDS: dict[str, Any] = {AMOUNT: 3, ADDRESS: TOKEN, FUNCTIONS: [INCREMENT]}
#: Before the call: its length and the locator, then the deadline; behind it: the owner's 70 bytes.
HEAD, LOCATOR, OWNERS = 31, 25, 70
PING = [RawCall(COUNTER, data=INCREMENT)]
wallet_abi = artifact("SessionWallet")

Bend = Callable[[Random, bytes], bytes]
WORDS: tuple[Bend, ...] = (
    another_word,
    another_word,
    two_swapped,
    word_inserted,
    word_left_out,
    dirt_above,
    bit_flipped,
)


def granted_under(rules: Ruleset) -> list[Row]:
    """The rows that the owner signs: of every extension of the rules one."""
    known = [types_under(rules)[name] for name in rules.extensions]
    return [*GRANT, *rows([kind(**{name: FIELDS[form] for name, form in kind.fields().items()}) for kind in known])]


def call_of(granted: bytes) -> bytes:
    """The call that installs the session."""
    return granted[HEAD:-OWNERS]


def with_call(granted: bytes, call: bytes) -> bytes:
    """Another call in its place, and the length that fits it."""
    return (len(call) + HEAD - 4).to_bytes(4, "big") + granted[4:HEAD] + call + granted[-OWNERS:]


def as_signed(random: Random, granted: bytes) -> bytes:
    """As the owner signed it."""
    return granted


def byte_changed(random: Random, granted: bytes) -> bytes:
    """One bit anywhere, most often in the lengths, the locator or the deadline."""
    at = random.randrange(HEAD + 4) if random.random() < 0.5 else random.randrange(len(granted))
    return granted[:at] + bytes([granted[at] ^ 1 << random.randrange(8)]) + granted[at + 1 :]


def call_bent(random: Random, granted: bytes) -> bytes:
    """The call's words changed as those of call data are: rows, key, window, id, offsets."""
    bend = random.choice(
        (another_word, another_word, two_swapped, word_inserted, word_left_out, dirt_above, bit_flipped)
    )
    return with_call(granted, bend(random, call_of(granted)))


def call_replaced(random: Random, granted: bytes) -> bytes:
    """Another install, or another function, whole."""
    root, key = rows([Root()]), SESSION.address
    others = (
        account.install_call(entity_id=1, key=key, rows=root),
        account.install_call(entity_id=1, key=STRANGER.address, rows=GRANT),
        account.install_call(entity_id=1, key=key, rows=GRANT[1:]),
        account.install_call(entity_id=2, key=key, rows=GRANT),
        account.install_call(entity_id=9, key=key, rows=root),
        wallet_abi.encode("updateFallbackSignerData", SESSION.address, False),
        call_of(granted) + random.randbytes(random.randint(1, 40)),
        call_of(granted)[: -random.randint(1, 64)],
    )
    return with_call(granted, random.choice(others))


def cut_or_longer(random: Random, granted: bytes) -> bytes:
    """Bytes left out or put in, where the lengths say otherwise."""
    at = random.randrange(len(granted))
    count = random.randint(1, 33)
    return granted[:at] + (granted[at + count :] if random.random() < 0.5 else random.randbytes(count) + granted[at:])


def signature_moved(random: Random, granted: bytes) -> bytes:
    """A longer or shorter call, and the owner's signature where a reader might look for it."""
    size = int.from_bytes(granted[:4], "big") + random.choice((-70, -32, -1, 1, 4, 32, 70, 2**31))
    return (size % 2**32).to_bytes(4, "big") + granted[4:] + granted[-OWNERS:] * random.randint(0, 2)


BENDINGS: tuple[Bend, ...] = (
    as_signed,
    *(byte_changed, call_bent) * 4,
    *(call_replaced, cut_or_longer, signature_moved) * 2,
)


class Installs:
    """Sends the first operation of a session, each time from the same state. Raises AssertionError."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        honest = deferred_operation(
            scene, granted_under(scene.rules), PING, wrapped=True, deadline=scene.chain.now + 60
        )
        self.granted = honest.signature[: -len(DUMMY_SIGNATURE)]
        self.nothing = self._kept(scene.chain.rehearse())
        _, _, after = self._send(1, self.granted)
        self.signed = self._kept(after)
        assert self.signed != self.nothing

    def judge(self, random: Random) -> Ending:
        """Bend, send, look; how it ended."""
        bend = random.choice(BENDINGS)
        bent = bend(random, self.granted)
        entity = 1 if random.random() < 0.9 else random.choice((0, 2, 9))
        phase, reason, after = self._send(entity, bent)
        told = f"{bend.__name__}, for the id {entity}, {phase}: {reason}\n{bent.hex()}"
        kept = self._kept(after) if phase != "validation" else self.nothing
        assert kept in (self.nothing, self.signed), told
        assert (phase == "validation") == (kept == self.nothing), told
        assert phase == "validation" or (entity == 1 and call_of(bent) == call_of(self.granted)), told
        return phase, reason

    def _send(self, entity: int, granted: bytes) -> tuple[str, str | None, Rehearsal]:
        scene = self.scene
        op = operation(scene, PING, entity=entity, deferred=True, wrapped=True)
        mine = account.signature_envelope(SESSION.sign_message(operation_hash(scene, op)))
        return rehearse(scene, op.signed(granted + mine))

    def _kept(self, after: Rehearsal) -> list[Any]:
        """All that the wallet keeps of sessions which an attacker could want, and its owner."""
        asked: list[tuple[str, tuple[Any, ...]]] = [("session", (entity,)) for entity in (0, 1, 2, 9)]
        asked += [("allowance", (1, kind, token)) for kind in LimitKind for token in (ZERO, TOKEN)]
        targets, selectors = (TOKEN, OTHER_TOKEN, COUNTER, WALLET), (INCREMENT, b"\xa9\x05\x9c\xbb")
        asked += [("reaches", (1, target, selector)) for target in targets for selector in selectors]
        asked.append(("owner", ()))
        return [after.call(WALLET, wallet_abi.encode(name, *values)).output for name, values in asked]
