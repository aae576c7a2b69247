"""What recorded operations ask for gas under other permissions: an operation's gas depends on them, and on the install.

A recording has no chain, so the difference is measured in a lab of its own, in which every called address accepts
everything: the operation under the recorded permissions, and under the others. What the called contracts take is the
same in both. Measured so, gas is right within half a percent (``MEASURED_WITHIN``, which the tests hold). An operation
that was sent without a simulation asks for what follows from its calls, and limits far from an estimate for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import eq
from typing import NamedTuple

from sessionlab.core.erc4337.gas import FRESH_DEPOSIT, Gas, without_simulation
from sessionlab.core.lab.lab import BaseLab
from sessionlab.core.permissions.limits import GAS, LIMITS
from sessionlab.core.permissions.operation import Operation
from sessionlab.core.permissions.policy import Policy, install
from sessionlab.core.permissions.rows import GrantRow, limits_of, rows
from sessionlab.core.permissions.rulesets import Ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.core.wallet_api.accounts import account_of, factory_data
from sessionlab.study.explain.call_data import call_data_of
from sessionlab.study.explain.idle_calls import LAST_PRECOMPILE
from sessionlab.study.explain.refusal import raw
from sessionlab.study.explain.what_if import OWNER, WhatIf, measured
from sessionlab.study.of_this_thread import OfThisThread
from sessionlab.study.recording.recording import RecordedOperation, Recording
from sessionlab.study.recording.sent_before import SentBefore, Standing, standings

#: Code that accepts every call.
STOP = b"\0"
#: Allowances are measured as if they were this high: how high they are changes hardly anything.
AMPLE = 2**80 - 1
#: When a session ends changes nothing either, but whether it ends does.
SOME_END = 2**40

#: Wei that the wallet has there.
PLENTY = 2**128

_of_this_thread = OfThisThread()

GasOf = Callable[[int, SentBefore], int]
"""What the operation with a number asks for after those that were sent, in gas."""


class GasAsked(NamedTuple):
    """What an operation asks for gas."""

    #: As it was most likely sent.
    likely: int
    #: In the worst case of what the recording leaves open.
    most: int


class GasUnder:
    """The gas of a recording's operations under a permission set, by operation."""

    def __init__(self, recording: Recording, permissions: Sequence[Permission], rules: Ruleset, *, ends: bool) -> None:
        self._recording = recording
        self._then = _Session(recording.wallet, recording.permissions, recording.rules, bool(recording.expiry_sec))
        self._now = _Session(recording.wallet, permissions, rules, ends)
        self._is_counted = GAS in limits_of(permissions)
        self._stood = list(standings(recording))

    def __call__(self, number: int, sent: SentBefore) -> int:
        """Return what the operation with this number asks for after those that were ``sent``, in gas."""
        return self._asked(number, sent).likely

    def most(self, number: int, sent: SentBefore) -> int:
        """Return the most that it asks for, whether its limits were estimated or chosen, in gas.

        It may have found a deposit at the EntryPoint, too, which another wallet does not have.
        """
        return self._asked(number, sent).most

    def _asked(self, number: int, sent: SentBefore) -> GasAsked:
        step, stood = self._recording.steps[number], self._stood[number]
        if not self._is_counted or not step.gas_known or step.sponsored:
            return GasAsked(step.gas, step.gas)
        stands = sent.standing(step)
        return self._unsimulated(step, stood, stands) or self._simulated(step, stood, stands)

    def _unsimulated(self, step: RecordedOperation, stood: Standing, stands: Standing) -> GasAsked | None:
        """Return what follows from the calls; None if the operation was simulated, or its limits were all chosen."""
        calls = [raw(call) for call in step.calls(self._recording.wallet)]
        then = without_simulation(calls, self._then.rows if stood.installs else ())
        now = without_simulation(calls, self._now.rows if stands.installs else ())
        if step.gas_limits is None:
            return GasAsked(now.total or 0, now.total or 0) if step.gas == then.total else None
        recorded, usual, following = _parts(step.gas_limits), _parts(then), _parts(now)
        if recorded == usual:
            return GasAsked(sum(following), sum(following))
        if not any(map(eq, recorded[1:], usual[1:])):  # a call's limit may be chosen and the others estimated
            return None
        asked = [new if old == then else old for old, then, new in zip(recorded, usual, following, strict=True)]
        return GasAsked(sum(asked), sum(map(max, recorded, asked)))

    def _simulated(self, step: RecordedOperation, stood: Standing, stands: Standing) -> GasAsked:
        fresh = FRESH_DEPOSIT if stood.first_paid and stands.first_paid else 0  # which the recorded wallet may have had
        before, after = self._then.gas_of(step, stood), self._now.gas_of(step, stands)
        if before is None or after is None:
            return GasAsked(step.gas, step.gas + fresh)
        if step.gas_limits is None:
            changed = max(0, step.gas + sum(_parts(after)) - sum(_parts(before)))
            return GasAsked(changed, max(step.gas, changed + fresh))
        recorded = _parts(step.gas_limits)
        estimated = [
            max(0, old + now - then) for old, then, now in zip(recorded, _parts(before), _parts(after), strict=True)
        ]
        call, verification, pre_verification = estimated
        chosen = _chosen(step.gas_limits, before)
        return GasAsked(
            likely=sum(
                old if is_chosen else new for old, new, is_chosen in zip(recorded, estimated, chosen, strict=True)
            ),
            most=sum(map(max, recorded, (call, verification + fresh, pre_verification))),
        )


def _parts(gas: Gas) -> tuple[int, int, int]:
    return gas.call or 0, gas.verification or 0, gas.pre_verification or 0


def _chosen(recorded: Gas, estimate: Gas) -> tuple[bool, bool, bool]:
    """Say which limits the caller most likely chose: those that are far from an estimate.

    That of the calls depends on the called contracts, which are not here. It was chosen if both others were.
    """
    usual, usual_share = estimate.verification or 0, estimate.pre_verification or 0
    # A wallet with a deposit at the EntryPoint is estimated lower.
    verification = not any(_is_near((recorded.verification or 0) + fresh, usual) for fresh in (0, FRESH_DEPOSIT))
    pre_verification = not _is_near(recorded.pre_verification or 0, usual_share)
    return verification and pre_verification, verification, pre_verification


def _is_near(recorded: int, measured: int) -> bool:
    return abs(recorded - measured) <= measured // 50


class _Session:
    """A session in the measuring lab."""

    def __init__(self, wallet: str, permissions: Sequence[Permission], rules: Ruleset, ends: bool) -> None:
        self.rows, self._wallet, self._rules, self._ends = rows(permissions), wallet, rules, ends
        self._known: dict[tuple[object, ...], Gas | None] = {}

    @cached_property
    def _policy(self) -> Policy:
        return install(self.rows, wallet=self._wallet, rules=self._rules)[0]

    def gas_of(self, step: RecordedOperation, standing: Standing) -> Gas | None:
        """Return the limits of an estimate of an operation here; None if this session may not make it."""
        operation = step.operation._replace(wrapped=self._policy.limits_spending, is_global=self._policy.is_root)
        shape = (*_shape(operation), standing)
        if shape not in self._known:
            lab = _lab_for(self._rules, self._wallet, [call.target for call in operation.calls])
            what_if = WhatIf(
                wallet=self._wallet,
                rows=[_ample(row) for row in self.rows],
                call_data=call_data_of(operation),
                now=lab.chain.next_timestamp,
                valid_until=SOME_END if self._ends else 0,
                installed=not standing.installs,
                nonce_key_used=standing.nonce_key_used,
                fee=lab.chain.base_fee,
                factory_data=factory_data(account_of(OWNER.address)) if standing.creates else b"",
            )
            self._known[shape] = measured(lab.chain, what_if, fresh_deposit=standing.first_paid)
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
