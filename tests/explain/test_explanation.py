"""session.explain and denial.explain(): call by call, permission by permission, and what would let it pass."""

from __future__ import annotations

import json

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.denials.denial import Denial
from sessionlab.study.explain.explanation import Explanation


def pay(lab: sl.Lab, amount: str) -> sl.Call:
    return sl.Call(to=lab.merchant, value=sl.ether(amount))


def transfer(lab: sl.Lab, token: str, units: int) -> sl.Call:
    return sl.Call(to=token, function="transfer(address,uint256)", args=[lab.merchant, units])


def answers(explanation: Explanation) -> dict[int | None, list[str]]:
    found: dict[int | None, list[str]] = {}
    for verdict in explanation.verdicts:
        found.setdefault(verdict.call, []).append(verdict.answer)
    return found


def test_each_permission_answers_for_each_call(lab: sl.Lab, session: sl.Session) -> None:
    calls = [pay(lab, "0.3"), transfer(lab, lab.dollar, 7_000_000), sl.Call(to=lab.vault, function="deposit()")]
    explanation = session.explain(calls)
    other = "does not apply"
    assert answers(explanation) == {
        None: [other],
        0: ["allowed", other, other],
        1: [other, "refused", other],
        2: [other, other, other],
    }
    assert (explanation.denial.code, explanation.denial.call) == ("AddressNotAllowed", 2)


def test_a_counting_permission_shows_limit_used_asked_and_left_as_the_calls_go_by(
    lab: sl.Lab, session: sl.Session
) -> None:
    session.send_calls([pay(lab, "0.2")])
    explanation = session.explain([pay(lab, "0.3"), pay(lab, "0.6")])
    first, second = [v for v in explanation.verdicts if v.permission == 0]
    tenth = sl.ether("0.1")
    assert (first.limit, first.used, first.asked, first.left) == (10 * tenth, 2 * tenth, 3 * tenth, 8 * tenth)
    assert (second.limit, second.used, second.asked, second.left) == (10 * tenth, 5 * tenth, 6 * tenth, 5 * tenth)
    assert (first.answer, second.answer, second.unit) == ("allowed", "refused", "wei")


def test_calls_are_told_with_their_function_arguments_and_names(lab: sl.Lab, session: sl.Session) -> None:
    explanation = session.explain([transfer(lab, lab.dollar, 2_500_000)])
    assert explanation.calls == (f"transfer(merchant, 2.5 LUSD) on dollar ({lab.dollar[:6]}…{lab.dollar[-4:]})",)
    matched = next(v for v in explanation.verdicts if v.permission == 1)
    assert (matched.target, matched.selector) == (lab.dollar.lower(), "0xa9059cbb")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("0xdeadbeef" + "00" * 40, "a function that is not known here"),
        ("0xa9059cbb1234", "transfer with arguments that cannot be decoded"),
        ("0x123456", "no function: under four bytes"),
    ],
)
def test_what_cannot_be_decoded_is_shown_raw_and_said_to_be_so(
    lab: sl.Lab, session: sl.Session, data: str, said: str
) -> None:
    (call,) = session.explain([sl.Call(to=lab.dollar, data=data)]).calls
    assert said in call
    assert data[:8] in call or "cannot be decoded" in call


def test_what_would_let_it_pass_is_the_least_and_was_tried_out(lab: sl.Lab, session: sl.Session) -> None:
    explanation = session.explain([pay(lab, "1.2")])
    assert [str(remedy) for remedy in explanation.remedies] == [
        "Raise the native-token-transfer allowance by 0.2 ETH, to 1.2 ETH.",
        "Send at most 1 ETH.",
        "Let the owner send it: the owner may do everything.",
    ]
    assert all(remedy.verified for remedy in explanation.remedies)


def test_a_raised_allowance_really_helps(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> None:
    remedy = session.explain([pay(lab, "1.2")]).remedies[0]
    renewed = wallet.grant_permissions(remedy.context.permissions, key=sl.new_key(2))
    assert renewed.send_calls([pay(lab, "1.2")]).ok


def test_gas_that_is_too_much_has_two_remedies(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    permissions = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=100_000)]
    session = wallet.grant_permissions(permissions, key=sl.new_key(3))
    call = [sl.Call(to=lab.counter, function="increment()")]
    explanation = session.explain(call)
    assert (explanation.denial.code, explanation.denial.permission) == ("ExceededGasLimit", "gas-limit")
    assert [remedy.kind for remedy in explanation.remedies] == ["grant", "sponsor", "owner"]
    enough = wallet.grant_permissions(explanation.remedies[0].context.permissions, key=sl.new_key(4))
    assert enough.send_calls(call).ok
    assert session.send_calls(call, policy_id=lab.policy_id).ok


def test_an_end_that_is_over_asks_for_a_new_session(lab: sl.Lab, session: sl.Session) -> None:
    lab.travel(4_000)
    explanation = session.explain([pay(lab, "0.1")])
    assert explanation.denial.code == "AA22 expired or not due"
    assert [change.kind for change in explanation.remedies[0].changes] == ["renew"]


def test_what_the_called_contract_refuses_no_permission_changes(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(5))
    explanation = session.explain([sl.Call(to=lab.counter, function="fail()")])
    assert (explanation.denial.phase, explanation.remedies, explanation.outside) == ("execution", (), "CounterFailed")
    assert "No permission changes that. Call another function." in str(explanation)


def test_what_passes_is_said_to_pass(lab: sl.Lab, session: sl.Session) -> None:
    explanation = session.explain([pay(lab, "0.3")])
    assert explanation.ok and not explanation.remedies
    assert str(explanation).startswith("The operation passes: 0.3 ETH to merchant")
    assert answers(explanation)[None] == ["allowed"]


def test_nothing_moves_by_explaining(lab: sl.Lab, session: sl.Session) -> None:
    before = (lab.chain.state_root, lab.chain.height, session.allowances.__repr__())
    session.explain([pay(lab, "1.2")])
    session.check([pay(lab, "1.2")])
    assert (lab.chain.state_root, lab.chain.height, session.allowances.__repr__()) == before


def test_a_refusal_is_explained_as_it_was_although_the_session_went_on(lab: sl.Lab, session: sl.Session) -> None:
    refused = session.send_calls([pay(lab, "1.2")])
    assert session.send_calls([pay(lab, "0.9")]).ok
    explanation = refused.denial.explain()
    assert explanation.denial == refused.denial
    assert next(v for v in explanation.verdicts if v.permission == 0).left == sl.ether(1)
    assert str(explanation.remedies[0]) == "Raise the native-token-transfer allowance by 0.2 ETH, to 1.2 ETH."


@pytest.mark.parametrize(
    ("preflight", "said"),
    [
        (True, "If you send it anyway, the wallet pays for its gas, and it counts against gas-limit"),
        (False, "The wallet paid for its gas, and it counted against gas-limit"),
    ],
)
def test_who_pays_for_a_failure_is_said(lab: sl.Lab, session: sl.Session, preflight: bool, said: str) -> None:
    outcome = session.send_calls([pay(lab, "1.2")], preflight=preflight)
    assert outcome.denial.explain().pays.startswith(said)
    beyond = session.send_calls([sl.Call(to=lab.vault, function="deposit()")])
    assert beyond.denial.explain().pays.startswith("Nobody pays")


def test_a_denial_that_came_without_its_session_explains_what_it_knows() -> None:
    denial = Denial("X", "execution", "a rule", None, None, None, None, None, "It fails.", "Do else.")
    explanation = denial.explain()
    assert "It fails." in str(explanation) and "Do else." in str(explanation)
    assert explanation.verdicts == () and explanation.table()
    assert "It fails." in explanation._repr_html_()


def test_an_explanation_survives_json(lab: sl.Lab, session: sl.Session) -> None:
    found = json.loads(json.dumps(session.explain([pay(lab, "1.2")]).to_json()))
    assert found["verdicts"][1]["asked"] == str(sl.ether("1.2"))
    assert found["remedies"][0]["changes"][0]["kind"] == "raise"


def test_without_a_node_that_tries_out_the_rules_alone_judge_and_it_is_said(
    lab: sl.Lab, session: sl.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = session._api.provider.request

    def request(method: str, params: object = None) -> object:
        if method.startswith("lab_"):
            raise RpcError(-32601, "no such method")
        return asked(method, params)

    monkeypatch.setattr(type(session._api.provider), "request", lambda self, *asking: request(*asking))
    explanation = session.explain([pay(lab, "1.2")])
    assert [remedy.verified for remedy in explanation.remedies] == [None, None, None]
    assert "nobody tried it out" in str(explanation)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_the_deployed_rules_are_explained_as_they_are(rules: str) -> None:
    """Documented, one permission that reaches is enough; deployed, a wildcard is not asked for a listed target (R4)."""
    lab = sl.Lab(rules)
    permissions = [
        sl.FunctionsOnAllContracts(functions=["add(uint256)"]),
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
    ]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    explanation = session.explain([sl.Call(to=lab.counter, function="add(uint256)", args=[1])])
    if rules == "documented":
        assert explanation.ok
        assert answers(explanation)[0] == ["allowed", "refused"]
    else:
        assert explanation.denial.code == "SelectorNotAllowed"
        assert answers(explanation)[0] == ["does not apply", "refused"]
        assert str(explanation.remedies[0]).startswith("Add add(uint256) on counter")
