"""The inspector: its steps are the rules in the engine's order, and the step that refuses is the engine's."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.permissions import limits_of
from sessionlab.core.permissions.decide import Decision, decide
from sessionlab.core.permissions.functions import EXECUTE
from sessionlab.core.permissions.operation import ReadingFault, operation_of, plain_call
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.widgets.rules import (
    CALLED,
    COUNTED,
    ENVELOPE,
    FUNCTION,
    GAS,
    NATIVE,
    OWN,
    PAYER,
    REACH,
    TOKENS,
    WAY_BACK,
    refusing,
)
from tests.pictures.reading import read

MERCHANT_ETH = "The native tokens of all calls are within the allowance"


def refusal(session: sl.Session, *calls: sl.Call) -> tuple[str, str]:
    """The rule that refuses, and the reason in words."""
    look = sl.widgets.inspector(session, calls)
    look.step(look.refused_at)
    return look.current.rule.partition(" (")[0], look.current.why


def test_an_operation_that_passes_keeps_every_rule(lab: sl.Lab, session: sl.Session) -> None:
    look = sl.widgets.inspector(session, [sl.Call(to=lab.counter, function="increment()")])
    assert look.refused_at is None
    assert {one.answer for one in look.steps} == {"kept", "does not apply"}
    assert look.title.startswith("✓ increment() on counter")


def test_reach_is_one_step_for_each_call_and_says_what_each_permission_says(lab: sl.Lab, session: sl.Session) -> None:
    calls = [sl.Call(to=lab.counter, function="increment()"), sl.Call(to=lab.counter, function="deposit()")]
    look = sl.widgets.inspector(session, calls)
    first, second = (one for one in look.steps if one.rule.startswith(REACH[1]))
    assert (first.answer, second.answer) == ("kept", "refused")
    assert [answer for _, answer, _ in first.says] == ["· does not apply", "✓ allowed"]
    assert [reason for _, _, reason in second.says][1] == "deposit() is not in its list"
    after = look.steps[look.refused_at :]
    assert after and {one.answer for one in after} == {"never asked"}


def test_each_refusal_stands_at_its_rule(lab: sl.Lab, session: sl.Session) -> None:
    assert refusal(session, sl.Call(to=lab.merchant, value=sl.ether(2)))[0] == NATIVE[1]
    assert refusal(session, sl.Call(to=lab.vault, function="deposit()"))[0] == REACH[1]
    own = sl.Call(to=session.wallet, function="updateFallbackSignerData(address,bool)", args=[lab.merchant, False])
    assert refusal(session, own)[0] == OWN[1]
    assert refusal(session, own, own)[0] == WAY_BACK[1]


def test_what_the_called_contract_or_the_payer_refuses_is_said_to_be_theirs(lab: sl.Lab) -> None:
    counter = [sl.ContractAccess(address=lab.counter)]
    fail = sl.Call(to=lab.counter, function="fail()")
    assert refusal(lab.wallet().grant_permissions(counter, key=sl.new_key(2)), fail)[0] == CALLED[1]
    poor = lab.wallet(balance=0).grant_permissions(counter, key=sl.new_key(3))
    assert refusal(poor, sl.Call(to=lab.counter, function="increment()"))[0] == PAYER[1]


def test_gas_that_nobody_estimated_is_not_said_to_be_kept(lab: sl.Lab, session: sl.Session) -> None:
    look = sl.widgets.inspector(session, [sl.Call(to=lab.vault, function="deposit()")])
    (gas,) = (one for one in look.steps if one.rule == GAS[1])
    assert gas.answer == "not known"


def test_a_revoked_session_is_refused_at_its_function(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(4))
    increment = sl.Call(to=lab.counter, function="increment()")
    session.send_calls([increment])
    wallet.revoke(session)
    assert refusal(session, increment)[0] == OWN[1]


def test_a_refused_outcome_is_inspected_as_it_was(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.8"))])
    look = sl.widgets.inspector(outcome)
    assert look.steps[look.refused_at - 1].why == outcome.denial.sentence
    session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))])
    assert "0.7 ETH left" in " ".join(
        why for _, _, why in sl.widgets.inspector(outcome).steps[look.refused_at - 1].says
    )


def test_a_refusal_whose_session_nobody_knows_is_one_step() -> None:
    from sessionlab.study.explain.explanation import Explanation

    denial = sl.Denial("SomeError", "execution", "a rule", None, 0, None, None, None, "It reverts.", "Look.")
    look = sl.widgets.inspector(Explanation(None, denial, (), (), None))
    assert [(one.rule, one.answer, one.why) for one in look.steps] == [("a rule", "refused", "It reverts.")]


@pytest.mark.parametrize(
    ("what", "message"),
    [(lambda s: (s,), "with calls"), (lambda s: (5,), "cannot be inspected"), (lambda s: (_done(s),), "was done")],
)
def test_what_cannot_be_inspected_is_refused(session: sl.Session, what: object, message: str) -> None:
    with pytest.raises(sl.InvalidInput, match=message):
        sl.widgets.inspector(*what(session))


def test_steps_can_be_walked_by_functions_and_by_controls(lab: sl.Lab, session: sl.Session) -> None:
    look = sl.widgets.inspector(session, [sl.Call(to=lab.merchant, value=sl.ether(2))])
    _ = look.view
    back, forward, refused = look.view.children[1].children
    forward.click()
    assert (look.position, look._steps.value) == (2, 2)
    look._steps.value = 4
    assert look.current == look.steps[3]
    back.click()
    assert look.position == 3
    refused.click()
    assert look.current.answer == "refused"
    assert look._page.value.count("aria-current='step'") == 1
    assert look.current.why in read(look._page.value).text
    look.step(len(look.steps))
    look.next()
    assert look.position == len(look.steps)
    look.step(1)
    look.back()
    assert look.position == 1


@pytest.mark.parametrize("number", [0, 99, True, None])
def test_a_step_that_is_not_there_is_refused(lab: sl.Lab, session: sl.Session, number: object) -> None:
    look = sl.widgets.inspector(session, [sl.Call(to=lab.merchant, value=1)])
    with pytest.raises(sl.InvalidInput, match=r"no step|is not a whole number"):
        look.step(number)
    assert look.position == 1


def test_every_reason_of_the_engine_has_its_rule(lab: sl.Lab) -> None:
    """Reasons that an honest client never meets, straight from the engine."""
    counter = [sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])]
    paid = [*counter, sl.NativeTokenTransfer(allowance=5), sl.GasLimit(limit=10)]
    token = [*counter, sl.Erc20TokenTransfer(address=lab.dollar, allowance=5)]
    call = plain_call(lab.counter, 0, bytes.fromhex("d09de08a"))
    short = plain_call(lab.dollar, 0, bytes.fromhex("a9059cbb"))
    plain = operation_of([call], sponsored=True)
    cases = {
        ("RequireUserOperationContext", COUNTED): (paid, plain._replace(wrapped=False)),
        ("ExceededGasLimit", GAS): (paid, plain._replace(wrapped=True, sponsored=False, gas=11)),
        ("AA24 signature error", ENVELOPE): (counter, plain._replace(signature_fits=False)),
        ("AA25 invalid account nonce", ENVELOPE): (counter, plain._replace(nonce_fits=False)),
        ("UnrecognizedFunction", FUNCTION): (counter, plain._replace(selector=None, wrapped=False)),
        ("EmptyRevert", FUNCTION): (counter, plain._replace(selector=None, wrapped=True)),
        ("ValidationFunctionMissing", OWN): (counter, plain._replace(selector=b"\1\2\3\4")),
        ("NonCanonicalCalldata", WAY_BACK): (counter, plain._replace(fault=ReadingFault("NonCanonicalCalldata", 5))),
        ("InvalidCalldataLength", TOKENS): (token, operation_of([short], sponsored=True, wrapped=True)),
    }
    assert plain.selector == EXECUTE
    for (reason, rule), (permissions, operation) in cases.items():
        decision = _decided(lab, tuple(permissions), operation)
        assert (decision.reason, refusing(decision)[0]) == (reason, rule)
    assert refusing(_decided(lab, tuple(counter), plain)) is None


def _decided(lab: sl.Lab, permissions: tuple[object, ...], operation: object) -> Decision:
    context = DecisionContext(lab.vault, permissions, limits_of(permissions), operation, now=1)
    return decide(context.policy, context.left, operation, 1, context.rules)


def _done(session: sl.Session) -> sl.Outcome:
    return session.send_calls([sl.Call(to=session.wallet, value=0, data=b"")]) or session.send_calls(
        [sl.Call(to="0x" + "11" * 20, value=1)]
    )
