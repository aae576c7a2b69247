"""Every refused operation of the vectors is explained: the rule, the permission, the call; and what helps, helps.

Ordinarily every 20th line, with ``--all-vectors`` all of them.
"""

from __future__ import annotations

from collections import Counter

import pytest

from sessionlab.core.denials.denial import Denial, deny
from sessionlab.study.explain.explanation import explain
from sessionlab.study.explain.refusal import context_of, denial_of
from tests.explain.applied import phase_with
from tests.explain.expected import expected_call, expected_permissions
from tests.explain.vector_situations import Case, cases

RULES = ["documented", "deployed"]
#: Of the called contracts, or of arguments that no session changes.
OUTSIDE = {"EmptyRevert", "CounterFailed", "InsufficientBalance", "InsufficientAllowance", "UnrecognizedFunction"}

#: What the contracts refuse without a reason, by the code that denials give it.
NAMED_HERE = {"CallWithoutFunction": "EmptyRevert"}


def every(request: pytest.FixtureRequest) -> int:
    """Each so many lines."""
    return 1 if request.config.getoption("--all-vectors") else 20


@pytest.mark.parametrize("rules", RULES)
def test_each_refusal_is_put_down_to_its_rule_permission_and_call(rules: str, request: pytest.FixtureRequest) -> None:
    seen: Counter[str] = Counter()
    for case in cases(rules, every(request)):
        reason, phase = case.expected["reason"], case.expected["phase"]
        denial = denial_of(case.context)
        if reason in OUTSIDE and denial is None:
            continue  # the called contract refuses; the rules let it pass
        where = f"line {case.line['id']}, operation {case.place}"
        assert denial is not None, where
        assert (NAMED_HERE.get(denial.code, denial.code), denial.phase) == (reason, phase), where
        if reason in OUTSIDE:
            continue
        assert denial.call == expected_call(case), where
        assert denial.permission in expected_permissions(case), where
        seen[reason] += 1
    assert len(seen) >= 10


@pytest.mark.parametrize("rules", RULES)
def test_what_is_said_to_help_does_help(rules: str, request: pytest.FixtureRequest) -> None:
    """Every suggested fix is applied for good on the real contracts; those for operations that are refused for
    reasons outside of permissions do not exist, and are said not to.
    """
    said = helped = 0
    silent: Counter[str] = Counter()
    for case in cases(rules, every(request)):
        explanation = explain(case.context, _denial(case), case.attempt)
        for remedy in () if case.owner_was_replaced else explanation.remedies:
            said += 1
            helped += phase_with(case, remedy) == "ok"
        if not explanation.remedies:
            assert explanation.outside, case.line["id"]
            silent[explanation.outside] += 1
        assert str(explanation) and explanation.table() and explanation.to_json()
    print(f"{rules}: {helped} of {said} fixes help; without a fix: {dict(silent)}")
    assert said > 40
    assert helped >= 0.99 * said
    assert {NAMED_HERE.get(code, code) for code in silent} <= OUTSIDE | ARGUMENTS


#: What nobody can be granted: how the operation is built, or what even the owner may not do.
ARGUMENTS = {"ValidationFunctionMissing", "SelfCallRecursionDepthExceeded", "InvalidCalldataLength"}


def _denial(case: Case) -> Denial:
    """What the rules say; where they let it pass, what the called contract said."""
    rejection = None if denial_of(case.context) else case.rejection(case.context)
    known = deny(rejection.revert, rejection.phase, context_of(case.context)) if rejection else None
    found = denial_of(case.context) or known
    assert found is not None
    return found
