"""The state machine: a careless owner, and an adversary with session keys, a bundler and a contract of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sessionlab.attacks.attack_lab import (
    BUNDLER,
    COUNTER,
    ETHER,
    HOSTILE,
    MERCHANT,
    OWNER,
    STRANGER,
    WALLET,
    AttackLab,
    BundleOutcome,
)
from sessionlab.attacks.operations import arm, operation, transact
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from tests.agreement.lab import often, one
from tests.agreement.machine import Tally

from . import attempts, grants
from .allowed import TOKENS
from .taken import approved, check
from .telling import told, told_call
from .world import IDS, World

STEPS = 25
SETTINGS = settings(
    database=None,
    deadline=None,
    max_examples=1,
    stateful_step_count=STEPS,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    print_blob=False,
)
token_abi = artifact("Token")
Move = Callable[["Adversary", Any], str]


class Adversary(RuleBasedStateMachine):
    """Wants more than was granted. ``fresh`` makes the scene that it begins in."""

    fresh: ClassVar[Callable[[], AttackLab]]
    #: What makes scenes: the examples take them by turns.
    scenes: ClassVar[tuple[Callable[[], AttackLab], ...]]
    #: The types of what was granted, by the names of the extensions of the scene.
    granted: ClassVar[dict[tuple[str, ...], set[str]]]
    tally: ClassVar[Tally]
    #: Of each example: whether all that was granted of tokens, and of ETH, has an end.
    bounded: ClassVar[list[tuple[bool, bool]]]
    world: World

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        assume(data.draw(st.integers(0, 99)))  # not the simplest example, with which each run begins
        self.world = World(type(self).fresh())
        pay_in = artifact("EntryPoint").encode("depositTo", HOSTILE)
        transact(self.world.lab, STRANGER, ENTRY_POINT, pay_in, ETHER)
        self._go(Adversary.owner_grants, data)

    @rule(data=st.data())
    def goes_on(self, data: Any) -> None:
        """One rule for all moves: Hypothesis leaves rules out of whole examples, and then little would be granted."""
        world = self.world
        candidates = self.MOVES
        if not any(map(world.lasts, IDS)):
            over = len(world.live) + len(world.waiting) == len(IDS)
            candidates += (Adversary.owner_revokes if over else Adversary.owner_grants,) * 20
        self._go(data.draw(st.sampled_from(candidates)), data)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.bounded.append(self.world.bounded)

    def _go(self, move: Move, data: Any) -> None:
        world, name = self.world, move.__name__.replace("_", " ")
        world.story.append(name)
        try:
            world.story[-1] += f": {move(self, data)}"
            check(world)
        except AssertionError as taken:
            steps = "\n".join(f"  {number:2}. {step}" for number, step in enumerate(world.story, 1))
            raise AssertionError(f"{taken}\n{world.lab.rules.name} rules:\n{steps}") from None

    # -- the owner

    def owner_grants(self, data: Any) -> str:
        return self._grant(data, deferred=data.draw(st.sampled_from((False, False, True))))

    def owner_thinks_better_of_a_grant(self, data: Any) -> str:
        """Signs it, and revokes it before anybody has used it."""
        world = self.world
        told = self._grant(data, deferred=True)
        for entity in sorted(world.waiting)[-1:]:
            call = account.uninstall_call(entity, with_hook_data=False)  # as clients do where nothing is installed
            if transact(world.lab, OWNER, WALLET, call).phase == "ok":
                world.end(entity, whole=False)
        return told

    def _grant(self, data: Any, *, deferred: bool) -> str:
        world = self.world
        free = [entity for entity in IDS if entity not in world.live and entity not in world.waiting]
        if not free:
            return "nothing, all ids are in use"
        found = data.draw(grants.permissions(world.lab.rules, world.now))
        self.granted.setdefault(world.lab.rules.extensions, set()).update(one.type for one in found)
        window = data.draw(grants.windows(world.now))
        world.grant(free[0], found, window, deferred=deferred)
        return f"id {free[0]}, {found}, from {window[0]} to {window[1]}, {'signed' if deferred else 'installed'}"

    def owner_revokes(self, data: Any) -> str:
        """Directly, or by an operation that only the adversary's bundler sees."""
        world, draw = self.world, data.draw
        entity, whole = one(draw, *({**world.live, **world.waiting} or IDS)), draw(st.booleans())
        call = account.uninstall_call(entity, with_hook_data=whole)
        if one(draw, True, False, False):
            if transact(world.lab, OWNER, WALLET, call).phase == "ok":
                world.end(entity, whole=whole)
            return f"id {entity}, everything {whole}"
        op = operation(world.lab, call, entity=0, wrapped=False, **attempts.GAS)
        world.owners = [world.sign(op, OWNER, honest=True)]
        return f"id {entity}, everything {whole}, by an operation that waits"

    def time_passes(self, data: Any) -> str:
        seconds = one(data.draw, 1, 5, 10, 61)
        self.world.lab.chain.travel(seconds)
        return f"{seconds} seconds"

    # -- the adversary

    def sends(self, data: Any) -> str:
        return self._bundle([attempts.attempt(data.draw, self.world)], data)

    def bundles(self, data: Any) -> str:
        """Several operations, new ones and ones that it has seen, in an order of its own."""
        world, draw = self.world, data.draw
        found: list[UserOperation] = []
        for _ in range(draw(st.integers(1, 3))):
            found.append(attempts.attempt(draw, world, found))
        for known in (world.owners, world.seen):
            if known and draw(st.booleans()):
                found.insert(draw(st.integers(0, len(found))), draw(st.sampled_from(known)))
        return self._bundle(list(draw(st.permutations(found))) if one(draw, False, False, True) else found, data)

    def replays(self, data: Any) -> str:
        if not self.world.seen:
            return "nothing yet"
        return self._bundle([data.draw(st.sampled_from(self.world.seen))], data)

    def pulls(self, data: Any) -> str:
        """What was approved to anybody who works for it."""
        world, token = self.world, one(data.draw, *TOKENS)
        many = max(approved(world, token)) + often(data.draw, 0, [1], 3)
        take = token_abi.encode("transferFrom", WALLET, STRANGER.address, many)
        transact(world.lab, STRANGER, token, take)
        transact(world.lab, STRANGER, COUNTER, artifact("Counter").encode("pull", token, WALLET, many))
        arm(world.lab, Call(token, 0, take))
        transact(world.lab, STRANGER, HOSTILE)
        return f"{many} units"

    def arms_its_contract(self, data: Any) -> str:
        found = attempts.script(data.draw, self.world)
        said, fails = attempts.answer(data.draw), often(data.draw, False, [True], 4)
        arm(self.world.lab, *found, answer=said, reverts=fails)
        called = " + ".join(map(told_call, found)) or "nobody"
        return f"to call {called}, to answer {said.hex() or 'nothing'}{' by failing' if fails else ''}"

    def _bundle(self, operations: list[UserOperation], data: Any) -> str:
        beneficiary = often(data.draw, BUNDLER.address, [STRANGER.address, HOSTILE, MERCHANT], 6)
        outcome = self.world.bundle(operations, beneficiary)
        for place in range(len(operations)):
            self.tally.note(_ending(outcome, place))
        sent = ", ".join(map(told, operations))
        return f"[{sent}] → {outcome.phase}{f', {outcome.reason}' if outcome.reason else ''}"

    MOVES: ClassVar[tuple[Move, ...]] = (
        *(sends,) * 9,
        *(bundles,) * 5,
        *(arms_its_contract,) * 2,
        pulls,
        pulls,
        replays,
        owner_grants,
        owner_thinks_better_of_a_grant,
        owner_revokes,
        time_passes,
        time_passes,
    )


def _ending(outcome: BundleOutcome, place: int) -> tuple[str, str | None]:
    if outcome.phase == "validation":
        return "validation", outcome.reason
    included = outcome.included[place]
    return ("ok", None) if included.revert is None else ("execution", included.revert.innermost.reason)


def machine(*scenes: Callable[[], AttackLab]) -> type[Adversary]:
    """The machine in these scenes, with a tally of its own."""
    own = {"scenes": scenes, "tally": Tally(), "bounded": [], "granted": {}}
    return type("Adversary", (Adversary,), own)


def run(tested: type[Adversary], operations: int, *, shrink: bool = True, first: int = 0) -> Tally:
    """As many examples as it takes for this many operations; the same ones each time, from the seed ``first``."""
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    for seed in itertools.count(first):
        if tested.tally.operations >= operations:
            break
        tested.fresh = staticmethod(tested.scenes[seed % len(tested.scenes)])  # type: ignore[assignment]
        run_state_machine_as_test(hypothesis.seed(seed)(tested), settings=settings(SETTINGS, phases=phases))
    return tested.tally
