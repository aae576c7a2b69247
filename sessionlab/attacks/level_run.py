"""Playing a level: its setup, the player's actions, and the check against the chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from sessionlab.attacks.attack import Attack, find_attack
from sessionlab.attacks.attack_lab import COUNTER, MERCHANT, SESSION, STRANGER, TOKEN, WALLET, AttackLab
from sessionlab.attacks.mutants import Mutant, compiled, find_mutant, lab_with
from sessionlab.attacks.operations import act, install, send
from sessionlab.core.base.errors import NotFound, Stays
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions import Permission

CONTRACTS = {COUNTER: "Counter", TOKEN: "Token", WALLET: "SessionWallet"}


@dataclass(frozen=True, repr=False)
class Level(Stays):
    """One level. ``granted``: what the session (entity 1) of ``key`` may do. ``taken``: checks the chain for the goal.

    ``find``: makes the signed operation that the player has found, if there is one, before the level starts.
    """

    _instead = "make it again where you need it: sl.attacks.level(number)."

    number: int
    title: str
    mutant_name: str
    granted: tuple[Permission, ...]
    goal: tuple[str, str]
    hints: tuple[str, str, str]
    debrief: str
    taken: Callable[[AttackLab], str]
    key: Key = SESSION
    find: Callable[[AttackLab], UserOperation] | None = None

    @property
    def mutant(self) -> Mutant:
        """The check that this wallet lacks."""
        return find_mutant(self.mutant_name)

    @property
    def attack(self) -> Attack:
        """An attack that reaches the goal. This is the solution: read it afterwards."""
        return find_attack(self.mutant.attack)

    @property
    def source(self) -> str:
        """The Vyper source that contains the vulnerability."""
        return self.mutant.recompilation.source

    def start(self) -> LevelRun:
        """Return a fresh chain with the mutant and the session installed. The first start compiles for a second or two.

        All levels share one chain, so starting a level ends the previous run.
        """
        mutant = self.mutant
        return self.on(lab_with(mutant, compiled([mutant])(mutant)))

    def on(self, lab: AttackLab) -> LevelRun:
        """Start the level on any attack lab. On the original wallet, the goal is out of reach."""
        if self.granted:
            install(lab, self.granted, key=self.key)
        return LevelRun(self, lab, self.find(lab) if self.find else None)

    def __repr__(self) -> str:
        return "\n".join(
            [f"Level {self.number}: {self.title}", *(f"  {label}: {text}" for label, text in self._rows())]
        )

    def _repr_html_(self) -> str:
        from sessionlab.core.base.html import BLUE, card

        return card(f"Level {self.number}: {self.title}", BLUE, [(label, escape(text)) for label, text in self._rows()])

    def _rows(self) -> list[tuple[str, str]]:
        may = [("the key" if self.key is SESSION else "another's key", item.sentence) for item in self.granted]
        have = ["play.act", "play.call", "play.hint", "play.won", *(["play.send", "play.found"] if self.find else [])]
        start = f"play = sl.attacks.level({self.number}).start()"
        return [("given", self.goal[0]), ("goal", self.goal[1]), *may, ("begin", start), ("then", ", ".join(have))]


@dataclass(frozen=True)
class LevelAttempt:
    """The result of an attempt: its phase (ok, validation, execution) and error. ``won``: what was taken, if enough."""

    phase: str
    reason: str | None
    won: str

    def __repr__(self) -> str:
        how = "✓ done" if self.phase == "ok" else f"✗ {self.reason}, in {self.phase}"
        return f"{how}. The goal is reached: {self.won}" if self.won else f"{how}. The goal is not reached"


@dataclass
class LevelRun:
    """A level in progress. ``found``: a signed operation, in levels that have one to find."""

    level: Level
    lab: AttackLab = field(repr=False)
    found: UserOperation | None = field(default=None, repr=False)
    given: int = field(default=0, repr=False)
    counter: str = field(default=COUNTER, init=False, repr=False)
    merchant: str = field(default=MERCHANT, init=False, repr=False)
    token: str = field(default=TOKEN, init=False, repr=False)
    wallet: str = field(default=WALLET, init=False, repr=False)
    thief: str = field(default=STRANGER.address, init=False, repr=False)

    def call(self, to: str, function: str = "", *values: Any, wei: int = 0) -> Call:
        """Build a call without sending it: a function of the counter, token or wallet by name, or a transfer of wei.

        Raises NotFound if the contract has no such function.
        """
        if function and to not in CONTRACTS:
            fix = "call play.counter, play.token or play.wallet."
            raise NotFound(f"{to} has no functions.", field="to", asked=to, fix=fix)
        data = artifact(CONTRACTS[to]).encode(function, *values) if function else b""
        return Call(to, wei, data)

    def act(self, calls: Sequence[Call], *, wrapped: bool | None = None) -> LevelAttempt:
        """Send one operation, signed with your key. Two or more calls form a batch. ``wrapped``: use executeUserOp."""
        outcome = act(self.lab, calls, wrapped=wrapped)
        return LevelAttempt(outcome.phase, outcome.reason, self.won())

    def send(self, *operations: UserOperation) -> LevelAttempt:
        """Send already signed operations in one bundle."""
        outcome = send(self.lab, *operations)
        return LevelAttempt(outcome.phase, outcome.reason, self.won())

    def won(self) -> str:
        """What was taken, in words with figures; empty until the goal is reached."""
        return self.level.taken(self.lab)

    def hint(self) -> str:
        """The next of three hints."""
        self.given = min(self.given + 1, len(self.level.hints))
        return f"{self.given} of {len(self.level.hints)}: {self.level.hints[self.given - 1]}"

    def debrief(self) -> str:
        """Once the goal is reached, the lesson and where to fix the contract."""
        if not self.won():
            return f"Not yet: {self.level.goal[1]} A hint: play.hint()"
        mutant = self.level.mutant
        return f"{self.level.debrief} To be fixed in {mutant.module}.vy: {mutant.what}."
