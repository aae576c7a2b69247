"""What recorded operations ask for gas under other permissions: an operation's gas depends on them, and on the install.

A recording has no chain, so the difference is measured in a lab of its own, in which every called address accepts
everything: the operation under the recorded permissions, and under the others. What the called contracts take is the
same in both. Measured so, gas is right within a few percent of the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import local

from sessionlab.core.erc4337.gas import without_simulation
from sessionlab.core.lab.lab import BaseLab
from sessionlab.core.permissions.limits import GAS, LIMITS
from sessionlab.core.permissions.operation import Operation
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import GrantRow, limits_of, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.idle_calls import LAST_PRECOMPILE
from sessionlab.study.explain.refusal import raw
from sessionlab.study.explain.what_if import WhatIf, measured
from sessionlab.study.recording.recording import RecordedOperation, Recording

#: Code that accepts every call.
STOP = b"\0"
#: Allowances are measured as if they were this high: how high they are changes hardly anything.
AMPLE = 2**80 - 1
#: When a session ends changes nothing either, but whether it ends does.
SOME_END = 2**40

#: Wei that the wallet has there.
PLENTY = 2**128

_of_this_thread = local()


class GasUnder:
    """The gas of a recording's operations under a permission set, by operation."""

    def __init__(self, recording: Recording, permissions: Sequence[Permission], rules: Ruleset, *, ends: bool) -> None:
        self._recording = recording
        self._then = _Session(recording.wallet, recording.permissions, recording.rules, bool(recording.expiry_sec))
        self._now = _Session(recording.wallet, permissions, rules, ends)
        self._is_counted = GAS in limits_of(permissions)
        mined = (number for number, step in enumerate(recording.steps) if step.is_on_chain)
        #: The operation that installed the recorded session, and those before it tried to.
        self._installing = next(mined, len(recording.steps))

    def __call__(self, number: int, *, installs: bool) -> int:
        """Return the worst case of the operation with this number, in gas. ``installs``: it is the first one sent."""
        step = self._recording.steps[number]
        if not self._is_counted or not step.gas_known or step.sponsored:
            return step.gas
        calls = [raw(call) for call in step.calls(self._recording.wallet)]
        installed = number <= self._installing
        if step.gas == without_simulation(calls, self._then.rows if installed else ()).total:  # it was not simulated
            return without_simulation(calls, self._now.rows if installs else ()).total or step.gas
        before = self._then.gas_of(step, installed)
        after = self._now.gas_of(step, installs)
        return step.gas if before is None or after is None else max(0, step.gas + after - before)


class _Session:
    """A session in the measuring lab."""

    def __init__(self, wallet: str, permissions: Sequence[Permission], rules: Ruleset, ends: bool) -> None:
        self.rows, self._wallet, self._rules, self._ends = rows(permissions), wallet, rules, ends
        self._known: dict[tuple[object, ...], int | None] = {}

    @cached_property
    def _policy(self) -> Policy:
        return install(self.rows, wallet=self._wallet, rules=self._rules)[0]

    def gas_of(self, step: RecordedOperation, installs: bool) -> int | None:
        """Return what an operation asks for here; None if this session may not make it."""
        operation = step.operation._replace(wrapped=self._policy.limits_spending, is_global=self._policy.is_root)
        shape = (*_shape(operation), installs)
        if shape not in self._known:
            lab = _lab_for(self._rules, self._wallet, [call.target for call in operation.calls])
            what_if = WhatIf(
                wallet=self._wallet,
                rows=[_ample(row) for row in self.rows],
                call_data=call_data_of(operation),
                now=lab.chain.next_timestamp,
                valid_until=SOME_END if self._ends else 0,
                installed=not installs,
                fee=lab.chain.base_fee,
            )
            self._known[shape] = measured(lab.chain, what_if)
        return self._known[shape]


def _shape(operation: Operation) -> tuple[object, ...]:
    """Return what an operation's own gas depends on: whom it calls by what, with or without value, how long."""
    calls = tuple((call.target, call.selector, len(call.data), call.value > 0) for call in operation.calls)
    return (operation.selector, operation.wrapped, operation.is_batch, len(operation.own_data), calls)


def _ample(row: GrantRow) -> GrantRow:
    """Return the row with an allowance that no operation exceeds; 0 for calls stays, for it is stored otherwise."""
    limit = LIMITS[row.meter.kind] if row.meter else None
    if limit is None or not limit.counts or not (row.amount or limit.of_operation):
        return row
    return row._replace(amount=max(row.amount, AMPLE))


def _lab_for(rules: Ruleset, wallet: str, targets: Sequence[str]) -> BaseLab:
    """Return this thread's lab for these rules, with this wallet and something at every target that accepts calls."""
    labs: dict[Ruleset, tuple[BaseLab, bytes]] = vars(_of_this_thread).setdefault("labs", {})
    if rules not in labs:
        lab = BaseLab(rules)
        labs[rules] = lab, lab.chain.code(lab.wallet().address)
    lab, code = labs[rules]
    if lab.chain.code(wallet) != code:
        lab.chain.set_code(wallet, code)
    if lab.chain.balance(wallet) < PLENTY:
        lab.chain.set_balance(wallet, PLENTY)
    for target in targets:
        if not lab.chain.code(target) and int(target, 16) > LAST_PRECOMPILE:
            lab.chain.set_code(target, STOP)
    return lab
