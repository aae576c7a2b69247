"""The machine that puts the same random steps to the EVM and to the decision engine, and compares after each."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import hypothesis
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from sessionlab.core.permissions import Ruleset
from sessionlab.study.replay.evm import EvmEngine
from sessionlab.study.replay.model import ModelEngine

from . import call_data, operations
from .grants import grants, lines
from .lab import BALANCES, Step, View, evm, model

STEPS = 30
SETTINGS = settings(
    database=None,
    deadline=None,
    max_examples=1,
    stateful_step_count=STEPS,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


class Tally:
    """What a run has met, so that a test can ask whether it met enough."""

    def __init__(self) -> None:
        self.operations = self.accepted = 0
        self.endings: Counter[tuple[str, str | None]] = Counter()
        self.grants: Counter[tuple[str, str | None]] = Counter()

    def __str__(self) -> str:
        counts = (f"{count:6} {phase}: {reason}" for (phase, reason), count in self.endings.most_common())
        return "\n".join([f"{self.operations} operations, {self.share_accepted:.0%} accepted", *counts])

    def note(self, ending: tuple[str, str | None]) -> None:
        """One more operation, with its phase and reason."""
        self.operations += 1
        self.accepted += ending[0] == "ok"
        self.endings[ending] += 1

    @property
    def share_accepted(self) -> float:
        return self.accepted / self.operations

    @property
    def refusals(self) -> set[tuple[str, str | None]]:
        return {ending for ending in self.endings if ending[0] != "ok"}


Move = Callable[["Agreement", Any], None]


class Agreement(RuleBasedStateMachine):
    """One session and its successors, in both engines at once."""

    rulesets: ClassVar[st.SearchStrategy[Ruleset]]
    #: The rules of the decision engine, where they are not to be the same.
    other_rules: ClassVar[Ruleset | None] = None
    tally: ClassVar[Tally]

    evm: EvmEngine
    model: ModelEngine
    agreed = False

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        assume(data.draw(st.integers(0, 99)))  # not the simplest example, with which each run begins
        self.ruleset = data.draw(self.rulesets)
        line = data.draw(lines(self.ruleset), "line") | {"final_state": BALANCES}
        self.evm, self.model = evm(self.ruleset), model(self.other_rules or self.ruleset)
        self.now = line["time0"]
        granted = self.evm.begin(line)
        self._same("the grant", granted, self.model.begin(line))
        self.tally.grants[granted["where"] or "ok", granted["reason"]] += 1

    @rule(data=st.data())
    def goes_on(self, data: Any) -> None:
        """One rule for all moves: Hypothesis leaves rules out of whole examples, and then little would be accepted."""
        policy = self.model.policy
        moves = self.WHILE_IT_LASTS
        if not policy.is_installed:
            moves = self.WITHOUT_A_SESSION
        elif policy.valid_until and self.now > policy.valid_until:
            moves = self.AFTER_THE_END
        data.draw(st.sampled_from(moves))(self, data)

    def make_one_call(self, data: Any) -> None:
        self._operate(data, operations.single(self.view))

    def make_a_batch(self, data: Any) -> None:
        self._operate(data, operations.batch(self.view))

    def come_to_an_edge(self, data: Any) -> None:
        edges = (operations.priced, operations.timed, operations.forged)
        self._operate(data, data.draw(st.sampled_from(edges))(self.view))

    def send_odd_call_data(self, data: Any) -> None:
        odd = [call_data.broken, call_data.broken, call_data.nested] * 4 + [operations.large]
        own = [call_data.own_function] * (24 if self.model.policy.account_functions else 4)
        self._operate(data, data.draw(st.sampled_from(odd + own))(self.view))

    def revoke(self, data: Any) -> None:
        how = data.draw(st.sampled_from(["no-hook-data", "full-hook-data"]), "how")
        self._step({"kind": "revoke", "time": self.now, "how": how})
        self._compare_balances()

    def grant(self, data: Any) -> None:
        decided = self._step({"kind": "grant", "time": self.now} | data.draw(grants(self.ruleset, self.now), "grant"))
        self.tally.grants[decided["phase"], decided["reason"]] += 1

    WHILE_IT_LASTS: ClassVar[list[Move]] = [
        *[make_one_call] * 9,
        *[make_a_batch] * 7,
        *[come_to_an_edge] * 3,
        *[send_odd_call_data] * 4,
        *[revoke] * 2,
    ]
    WITHOUT_A_SESSION: ClassVar[list[Move]] = [*[grant] * 6, make_one_call, make_a_batch, revoke]
    AFTER_THE_END: ClassVar[list[Move]] = [revoke, revoke, grant, make_one_call]

    def teardown(self) -> None:
        if self.agreed:
            self._compare_balances()

    @property
    def view(self) -> View:
        model = self.model
        return View(model.policy, model.left, self.ruleset, self.now, len(model.nonces))

    def _operate(self, data: Any, strategy: st.SearchStrategy[Step]) -> None:
        decided = self._step(data.draw(strategy, "operation"))
        self.tally.note((decided["phase"], decided["reason"]))

    def _step(self, step: Step) -> dict[str, Any]:
        self.now = step["time"]
        decided = self.evm.run(step)
        self._same("the step", decided, self.model.run(step))
        return decided

    def _compare_balances(self) -> None:
        self._same("the balances", self.evm.final_state(), self.model.final_state())

    def _same(self, what: str, on_the_evm: dict[str, Any], by_the_model: dict[str, Any]) -> None:
        self.agreed = on_the_evm == by_the_model
        assert self.agreed, f"{what}: the EVM {on_the_evm}, the model {by_the_model}"


def machine(rulesets: st.SearchStrategy[Ruleset], other_rules: Ruleset | None = None) -> type[Agreement]:
    """The machine for these rules, with a tally of its own."""
    return type("Agreement", (Agreement,), {"rulesets": rulesets, "other_rules": other_rules, "tally": Tally()})


def run(tested: type[Agreement], operations: int, shrink: bool = True, first: int = 0) -> Tally:
    """As many examples as it takes for this many operations; the same ones each time, from the seed ``first``.

    Each has a seed of its own: within one run of it, Hypothesis repeats itself, which finds less here.
    """
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    for seed in itertools.count(first):
        if tested.tally.operations >= operations:
            break
        run_state_machine_as_test(hypothesis.seed(seed)(tested), settings=settings(SETTINGS, phases=phases))
    return tested.tally
