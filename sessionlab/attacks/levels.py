"""Levels: a wallet with one hole, a goal, hints, a check of the chain, and the hole to be mended.

    play = level(2).start()                                        a chain with the weakened wallet
    act(play.scene, [RawCall(MERCHANT, 10)])                       what the session key may do, and more
    play.won()                                                     what was taken, read from the chain
    repair(play.level, source)                                     does the changed Vyper stop the attack?

What a level is, is data (``LEVELS``); whoever solves it acts on the scene by ``sessionlab.attacks.acts``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sessionlab.account import RawCall
from sessionlab.attacks.acts import act, install
from sessionlab.attacks.attack import Attack, find_attack, judge
from sessionlab.attacks.loot import counts, owner, units, wei
from sessionlab.attacks.scene import COUNTER, INCREMENT, MERCHANT, TOKEN, Scene, count
from sessionlab.attacks.weakness import Weakness, compiled, find_weakness, weak_scene
from sessionlab.contracts.artifacts import artifact
from sessionlab.errors import InvalidInput, UnknownThing
from sessionlab.permissions import (
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    NativeTokenTransfer,
    Permission,
)

ACCESS = ContractAccess(address=COUNTER)
ETHERS = NativeTokenTransfer(allowance=10)
COINS = Erc20TokenTransfer(address=TOKEN, allowance=50)
OWN_FUNCTION = "0x" + artifact("SessionWallet").encode("updateFallbackSignerData", COUNTER, False)[:4].hex()
PING = [RawCall(COUNTER, data=INCREMENT)]


@dataclass(frozen=True)
class Level:
    """One level. ``granted``: what the session key (entity 1) may do; ``taken``: what the goal asks, from the chain."""

    number: int
    title: str
    weak: str
    granted: tuple[Permission, ...]
    goal: tuple[str, str]
    hints: tuple[str, str, str]
    debrief: str
    taken: Callable[[Scene], str] = field(repr=False)

    @property
    def weakness(self) -> Weakness:
        """The check that this wallet lacks."""
        return find_weakness(self.weak)

    @property
    def attack(self) -> Attack:
        """An attack that reaches the goal: the solution, to be read afterwards."""
        return find_attack(self.weakness.by)

    @property
    def source(self) -> str:
        """The Vyper source with the hole in it."""
        return self.weakness.patched.source

    def start(self) -> Play:
        """A fresh chain with the weakened wallet and the session installed; compiles for a second or two once."""
        weakness = self.weakness
        scene = weak_scene(weakness, compiled([weakness])(weakness))
        install(scene, list(self.granted))
        return Play(self, scene)


@dataclass(frozen=True)
class Play:
    """A level that is being played."""

    level: Level
    scene: Scene = field(repr=False)

    def won(self) -> str:
        """What was taken, in words with figures; empty as long as the goal is not reached."""
        return self.level.taken(self.scene)


@dataclass(frozen=True)
class Repair:
    """What a changed source does. ``taken``: what the attack still takes; ``broken``: what no longer works."""

    taken: str
    broken: tuple[str, ...]
    by: str | None

    @property
    def ok(self) -> bool:
        """The attack is stopped, and whoever keeps to the rules can go on."""
        return not self.taken and not self.broken

    def __repr__(self) -> str:
        if self.ok:
            return f"<Repair: the attack is stopped by {self.by or 'nothing that it can do'}, and all else works>"
        return (
            f"<Repair: {'; '.join([*(['the attack still takes ' + self.taken] if self.taken else []), *self.broken])}>"
        )


def repair(which: Level, source: str) -> Repair:
    """Compile a source in the place of the level's, run its attack, and see whether honest operations still pass.

    InvalidInput, with Vyper's words, if the source does not compile.
    """
    from sessionlab.contracts.patched import runtime_of

    weakness = which.weakness
    try:
        code = runtime_of(weakness.module, source, weakness.contract)
    except Exception as error:
        words = " ".join(str(error).split())[:600]
        fix = f"mend the source of {weakness.module}.vy and try again."
        raise InvalidInput(
            f"Vyper does not compile it: {words}", field="source", asked=weakness.module, fix=fix
        ) from None
    verdict = judge(which.attack, weak_scene(weakness, code))
    return Repair(verdict.taken, tuple(_broken(weak_scene(weakness, code))), verdict.by)


def _broken(scene: Scene) -> list[str]:
    """What a sound wallet does and this one does not."""
    install(scene, [ACCESS, ETHERS, COINS])
    transfer = artifact("Token").encode("transfer", MERCHANT, 50)
    found = []
    if act(scene, PING).phase != "ok" or count(scene) != 1:
        found.append("a granted call is refused")
    if act(scene, [RawCall(MERCHANT, 4), RawCall(MERCHANT, 6)]).phase != "ok":
        found.append("10 wei of 10 are refused")
    if act(scene, [RawCall(TOKEN, data=transfer)]).phase != "ok":
        found.append("50 units of 50 are refused")
    if act(scene, [RawCall(MERCHANT, 1)]).phase == "ok":
        found.append("1 wei more than was granted passes")
    if act(scene, [RawCall(MERCHANT, data=INCREMENT)]).phase == "ok":
        found.append("a call that was not granted passes")
    return found


LEVELS = (
    Level(
        1,
        "Nobody asks who signed",
        "signature-unchecked",
        (ACCESS,),
        ("Move the counter without the session key.", "Sign with any other key, or with none."),
        (
            "Which step of validation knows the session's key?",
            "act(play.scene, calls, key=…) signs with the key that you give.",
            "act(play.scene, PING, key=STRANGER)",
        ),
        "Whoever may send an operation is not who signed it: bundles are open to all. A wallet that does not ask for "
        "the signature belongs to everybody who can reach the EntryPoint.",
        counts,
    ),
    Level(
        2,
        "The last call counts",
        "last-call-counts-alone",
        (ETHERS, ACCESS),
        ("The key may send 10 wei, once and for all.", "Send the merchant more than 10 wei."),
        (
            "The allowance is looked at once for each operation. How many calls has an operation?",
            "A batch may hold up to 32 calls, and here only one of them is counted. Which one?",
            "Put the large amount first, and a call that sends nothing behind it.",
        ),
        "A limit that is checked for each call, or for the last, is spent for the batch. What is counted must be the "
        "sum of what is executed, before the first call runs.",
        lambda scene: wei(scene, COUNTER, 10) or wei(scene, MERCHANT, 10),
    ),
    Level(
        3,
        "A check that corrects",
        "token-allowance-clamped",
        (COINS,),
        ("The key may move 50 units of the token.", "Get more than 50 units to the stranger."),
        (
            "What does the wallet do with somebody who asks for more than is left?",
            "It takes what is left from the allowance. What does it take from the call?",
            'One transfer of everything: artifact("Token").encode("transfer", STRANGER.address, 10**12)',
        ),
        "What was asked and what is executed are the same bytes. A check may refuse them; a check that makes its own "
        "number smaller lets them through as they are.",
        lambda scene: units(scene, more_than=50),
    ),
    Level(
        4,
        "The wallet is a contract too",
        "batch-uses-own-functions",
        (FunctionsOnAllContracts(functions=[OWN_FUNCTION]),),
        ("The key may use one function, on all contracts.", "Become the owner of the wallet."),
        (
            "Which function is it? Its selector stands in the grant.",
            "All contracts: is the wallet one of them?",
            "A batch may call the wallet itself: put updateFallbackSignerData(STRANGER, False) in it.",
        ),
        "A wallet is among all contracts. What a session may call on the wallet itself must be granted by name, as a "
        "function of the account, whatever a wildcard says.",
        owner,
    ),
    Level(
        5,
        "Signed before, used after",
        "superseded-grant",
        (),
        ("The owner signed a grant and revoked it before its first use.", "Use it all the same."),
        (
            "The first operation of a session brings the owner's signature. Does a revocation change that signature?",
            "deferred_operation(…) makes such an operation; revoke(play.scene) ends the session before it is sent.",
            "Make the operation, revoke, then send it.",
        ),
        "What is signed stays signed. A grant must name the life of the session that it is for, and a revocation must "
        "begin another.",
        counts,
    ),
)


def level(number: int) -> Level:
    """A level by its number, from 1. UnknownThing otherwise."""
    for one in LEVELS:
        if one.number == number:
            return one
    raise UnknownThing(f"There is no level {number}.", field="number", asked=number, fix=f"1 to {len(LEVELS)}.")
