"""Judge a policy as a repository keeps it: whether it can be granted, what a thief takes, its cases, its baseline.

sl.verify("policy.json", cases="cases.yaml", baseline="main/policy.json").ok
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sessionlab.core.base.amounts import format_time
from sessionlab.core.base.doors import FLAG, maybe, reads, wrong
from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.base.printable import printable
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.limits import gas_unit
from sessionlab.core.permissions.rulesets import Ruleset, RulesName
from sessionlab.study.audit import Audit
from sessionlab.study.audit.subject import SEVERITY_ORDER
from sessionlab.study.comparing import PolicyComparison
from sessionlab.study.comparing.comparison import EQUAL, compared
from sessionlab.study.comparing.search import most, put
from sessionlab.study.comparing.subject import (
    MOMENT,
    PolicyRequest,
    Subject,
    ending,
    moment_of,
    read_request,
    subject_of,
    wallet_of,
)
from sessionlab.study.doors import PATH
from sessionlab.study.own_policies.assumed import assumed_audit
from sessionlab.study.own_policies.rulesets import rulesets_in
from sessionlab.study.text import count
from sessionlab.study.verifying.cases import ALLOWED, MOST_LETTERS, Case, read_cases
from sessionlab.study.verifying.coverage import changes

if TYPE_CHECKING:
    from datetime import datetime

NEVER = "never"
HEADLINES = ("permissions", "gas")
DEFAULT_FAIL_ON = {"permissions": "high", "gas": NEVER}
#: Steps of all changes and cases together, about ten seconds' worth, and unnoticed changes that are compared as well.
MOST_WORK, MOST_COMPARED = 500_000, 50
GRANT, AUDIT, CASE, BASELINE, COVERAGE = "grant", "audit", "case", "baseline", "coverage"


@dataclass(frozen=True)
class PolicyCheck:
    """One thing that was judged."""

    #: ``grant``, ``audit``, ``case``, ``baseline`` or ``coverage``.
    about: str
    #: The ruleset's name.
    rules: str
    ok: bool
    title: str
    detail: str = ""
    #: Whether it makes the verification fail if it is not ok.
    counts: bool = True
    #: The part of the policy or of the cases file that it is about.
    field: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class Verification:
    """Everything that was judged, under each ruleset."""

    policy: str
    checks: tuple[PolicyCheck, ...]
    audits: Mapping[str, Audit] = field(hash=False)
    comparisons: Mapping[str, PolicyComparison] = field(hash=False)

    @property
    def ok(self) -> bool:
        """Whether nothing that counts is wrong."""
        return not self.failures

    @property
    def failures(self) -> tuple[PolicyCheck, ...]:
        """What is wrong, and counts."""
        return tuple(check for check in self.checks if check.counts and not check.ok)

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"policy": self.policy, "ok": self.ok, "checks": [check.to_json() for check in self.checks]}

    def __repr__(self) -> str:
        from sessionlab.study.verifying.report import as_text

        return as_text(self)


def read_fail_on(levels: Any, field: str = "fail_on") -> dict[str, str]:
    """Return the levels, checked. Raises InvalidInput for an unknown headline or severity."""
    known = (*SEVERITY_ORDER, NEVER)
    fix = f"use {' or '.join(HEADLINES)}, with one of {', '.join(known)}."
    if not isinstance(levels, Mapping):
        raise wrong(levels, "is not a mapping of headlines to severities", field, fix)
    for name, level in levels.items():
        if name not in HEADLINES or level not in known:
            raise InvalidInput(f"{name}:{level} is not a level.", field=field, asked=f"{name}:{level}", fix=fix)
    return dict(levels)


@reads(cases=maybe(PATH), rules=rulesets_in, fail_on=maybe(read_fail_on), full_coverage=FLAG, now=maybe(MOMENT))
def verify(
    policy: Any,
    *,
    cases: str | Path | None = None,
    baseline: Any = None,
    rules: Literal["both"] | RulesName | Ruleset | Sequence[RulesName | Ruleset] = "both",
    fail_on: Mapping[str, str] | None = None,
    full_coverage: bool = False,
    now: int | None = None,
    expiry_sec: int | datetime | None = None,
    expires_in: int | None = None,
) -> Verification:
    """Judge a policy. Raises InvalidInput if a file or an option cannot be read.

    ``policy``, ``baseline``: as for ``compare``. ``cases``: a YAML or JSON file (``sessionlab verify --help``).
    ``rules``: a ruleset, a list of them, or ``"both"``; the baseline is judged by the same. ``fail_on``: the mildest
    severity of each headline of the audit that fails: ``{"permissions": "high", "gas": "never"}``. ``full_coverage``:
    fail if a part of the policy is exercised by no case. ``now``: when it is granted, in Unix seconds; by default, in
    January 2027, or a second before it ends if that is earlier. ``expiry_sec`` and ``expires_in``: as for ``compare``;
    policies in files name their own end.
    """
    of_all = rulesets_in(rules, "rules")
    levels = {**DEFAULT_FAIL_ON, **(fail_on or {})}
    asked = read_request(policy, "policy")
    before = None if baseline is None else read_request(baseline, "baseline")
    asked, *others = ending([asked, *([before] if before else [])], expiry_sec, expires_in)
    before = others[0] if others else None
    read, names = ((), {}) if cases is None else read_cases(cases)
    moment = moment_of(now, asked)
    checks: list[PolicyCheck] = []
    audits: dict[str, Audit] = {}
    comparisons: dict[str, PolicyComparison] = {}
    for of in of_all:
        book = AddressBook({bytes.fromhex(at[2:]): name for at, name in names.items()}, gas_unit=gas_unit(of))
        subject = subject_of(asked, of, wallet=wallet_of(asked), now=moment)
        checks.append(_grant(subject, of, asked.expiry_sec))
        if subject.refused is None:
            audits[of.name] = assumed_audit(subject, moment, names=book)
            checks += _headlines(audits[of.name], of, levels)
        checks += [_case(case, subject, of, moment, book) for case in read if case.holds_under(of)]
        if before is not None:
            sides = ("the baseline", "the policy")
            comparisons[of.name] = compared(before, asked, (of, of), now, book, sides)
            checks.append(_widening(comparisons[of.name], of))
    if read:
        checks += _coverage(asked, read, of_all, moment, full_coverage)
    name = printable(str(policy), MOST_LETTERS) if isinstance(policy, str | Path) else "the policy"
    return Verification(name, tuple(checks), audits, comparisons)


def _grant(subject: Subject, rules: Ruleset, expiry: int) -> PolicyCheck:
    if subject.refused is None:
        until = f" until {format_time(expiry)}" if expiry else ""
        return PolicyCheck(GRANT, rules.name, True, f"can be granted{until}")
    refused: GrantRefused = subject.refused
    return PolicyCheck(GRANT, rules.name, False, "cannot be granted", str(refused), field=refused.field)


def _headlines(made: Audit, rules: Ruleset, levels: Mapping[str, str]) -> Iterator[PolicyCheck]:
    for headline in made.headlines:
        level = levels[headline.about]
        bad = level != NEVER and SEVERITY_ORDER.index(headline.severity) <= SEVERITY_ORDER.index(level)
        title = f"{headline.about}: {headline.severity}" + ("" if level == NEVER else f" (fails from {level} on)")
        yield PolicyCheck(AUDIT, rules.name, not bad, title, headline.sentence)


def _outcome(case: Case, subject: Subject, now: int) -> tuple[Decision, int]:
    """How the first operation ends that is refused, or the last one; and how many were taken before it."""
    left, before = subject, 0
    for step in case.operations:
        taken = min(most(left, step.operation, now + case.at), step.times)
        decision = put(left, step.operation, now + case.at, min(taken + 1, step.times))
        if taken < step.times:
            return decision, before + taken
        left, before = left.after(decision.remaining), before + step.times
    return decision, before - 1


def _case(case: Case, subject: Subject, rules: Ruleset, now: int, names: AddressBook) -> PolicyCheck:
    decision, number = _outcome(case, subject, now)
    said = "allowed" if decision.accepted else f"refused in {decision.phase}: {decision.reason}"
    if number + 1 < case.length:
        return PolicyCheck(CASE, rules.name, False, case.name, f"operation {number + 1}, before it, is {said}.")
    if case.expect == ALLOWED:
        return PolicyCheck(CASE, rules.name, decision.accepted, case.name, f"expected allowed; it is {said}.")
    fits = not decision.accepted and case.reason in (None, decision.reason)
    return PolicyCheck(
        CASE, rules.name, fits, case.name, f"expected refused{f' for {case.reason}' * bool(case.reason)}; it is {said}."
    )


def _widening(comparison: PolicyComparison, rules: Ruleset) -> PolicyCheck:
    wider = comparison.only_b
    if wider is None:
        same = "allows exactly the same" if comparison.only_a is None else "allows less"
        return PolicyCheck(BASELINE, rules.name, True, f"grants nothing new: it {same}")
    return PolicyCheck(BASELINE, rules.name, False, "grants something new", wider.sentence)


def _coverage(
    policy: PolicyRequest, cases: Sequence[Case], rulesets: Sequence[Ruleset], now: int, counts: bool
) -> Iterator[PolicyCheck]:
    every = list(changes(policy))
    work = len(every) * (len(policy.permissions) + sum(len(case.operations) for case in cases)) * len(rulesets)
    if work > MOST_WORK:
        title = f"not looked for: {len(every):,} changes of the policy are too many for {count(len(cases), 'case')}"
        yield PolicyCheck(COVERAGE, "", False, title, counts=counts)
        return
    before = [list(_ends(policy, cases, of, now)) for of in rulesets]
    unseen = [change for change in every if not _is_noticed(change.policy, cases, rulesets, now, before)]
    redundant = [change for change in unseen[:MOST_COMPARED] if _is_same(policy, change.policy, rulesets)]
    missed = [change for change in unseen if change not in redundant]
    if not missed:
        yield PolicyCheck(COVERAGE, "", True, "every grant and every limit is exercised by a case", counts=counts)
    for change in missed:
        title = f"no case notices {change.field} {change.words}"
        yield PolicyCheck(COVERAGE, "", False, title, counts=counts, field=change.field)
    for change in redundant:
        title = f"{change.field} is redundant: the policy allows the same {change.words}"
        yield PolicyCheck(COVERAGE, "", False, title, counts=False, field=change.field)


def _ends(policy: PolicyRequest, cases: Sequence[Case], rules: Ruleset, now: int) -> Iterator[object]:
    """How each case ends that holds under the rules: which operation is the last, whether it passes, if asked why."""
    subject = subject_of(policy, rules, wallet=wallet_of(policy), now=now)
    for case in cases:
        if case.holds_under(rules):
            decision, number = _outcome(case, subject, now)
            yield number, decision.accepted, case.reason and decision.reason


def _is_noticed(
    policy: PolicyRequest,
    cases: Sequence[Case],
    rulesets: Sequence[Ruleset],
    now: int,
    before: Sequence[Sequence[object]],
) -> bool:
    return any(
        ends != as_before
        for of, all_before in zip(rulesets, before, strict=True)
        for ends, as_before in zip(_ends(policy, cases, of, now), all_before, strict=True)
    )


def _is_same(policy: PolicyRequest, other: PolicyRequest, rulesets: Sequence[Ruleset]) -> bool:
    return all(compared(policy, other, (of, of), None, None, ("a", "b")).relation == EQUAL for of in rulesets)
