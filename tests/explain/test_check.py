"""session.check: what the rules say before anything is sent."""

from __future__ import annotations

import pytest

import sessionlab as sl
from tests.sampling import by_turns

RULES = ["documented", "deployed"]


def pay(lab: sl.Lab, amount: str) -> sl.Call:
    return sl.Call(to=lab.merchant, value=sl.ether(amount))


def test_what_passes_says_what_would_be_left(lab: sl.Lab, session: sl.Session) -> None:
    checked = session.check([pay(lab, "0.3")])
    assert checked and checked.phase == "ok"
    assert checked.left[:2] == ("0.7 ETH of native-token-transfer", "5 LUSD of erc20-token-transfer")
    outcome = session.send_calls([pay(lab, "0.3")])
    assert outcome.ok
    left = session.allowances["gas-limit"].remaining
    assert checked.left[2] == f"{left:,} gas of gas-limit"


@pytest.mark.parametrize("amount", ["1.2", "0.3"])
def test_check_and_chain_agree(lab: sl.Lab, session: sl.Session, amount: str) -> None:
    checked = session.check([pay(lab, amount)])
    outcome = session.send_calls([pay(lab, amount)])
    assert (checked.ok, checked.phase) == (outcome.ok, outcome.phase)
    if checked.denial:
        assert checked.denial.sentence == outcome.denial.sentence
        assert (checked.denial.code, checked.denial.asked) == (outcome.denial.code, outcome.denial.asked)


def test_gas_is_counted_as_the_chain_counts_it(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    permissions = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=100_000)]
    session = wallet.grant_permissions(permissions, key=sl.new_key(2))
    call = [sl.Call(to=lab.counter, function="increment()")]
    assert session.check(call).denial.code == "ExceededGasLimit"
    assert session.check(call, policy_id=lab.policy_id).ok


def test_a_function_of_the_wallet_itself_is_judged_bare(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    replace = "updateFallbackSignerData(address,bool)"
    session = wallet.grant_permissions([sl.AccountFunctions(functions=[replace])], key=sl.new_key(3))
    assert session.check([sl.Call(to=wallet.address, function=replace, args=[lab.merchant, False])]).ok
    assert not session.check([sl.Call(to=wallet.address, function="owner()")]).ok


def test_a_revoked_session_may_nothing(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session) -> None:
    session.send_calls([pay(lab, "0.1")])
    wallet.revoke(session)
    checked = session.check([pay(lab, "0.1")])
    assert (checked.denial.code, checked.denial.sentence) == (
        "ValidationFunctionMissing",
        "The owner revoked this session.",
    )


def test_malformed_calls_are_refused_with_their_field(session: sl.Session) -> None:
    with pytest.raises(sl.InvalidInput, match="calls"):
        session.check("0x")  # type: ignore[arg-type]
    with pytest.raises(sl.InvalidInput, match="calls"):
        session.explain({"to": "0x"})  # type: ignore[arg-type]


def test_productions_name_for_gas_is_explained_wherever_it_is_shown() -> None:
    lab = sl.Lab("deployed")
    permissions = [sl.ContractAccess(address=lab.counter), sl.GasLimit(limit=1_000)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(2))
    calls = [sl.Call(to=lab.counter, function="increment()")]
    denial = session.send_calls(calls).denial
    assert denial is not None and denial.code == "ExceededNativeTokenLimit" and denial.permission == "gas-limit"
    explanation = denial.explain()
    shown = (denial, denial._card(), explanation, explanation._repr_html_(), session.history)
    for text in map(str, shown):
        assert text.count("ExceededNativeTokenLimit") == text.count(
            "ExceededNativeTokenLimit, which production uses for gas-limit too"
        )
    pays = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=1), permissions[0]], key=sl.new_key(3))
    exceeded = pays.send_calls([sl.Call(to=lab.counter, value=2, function="increment()")]).denial
    assert exceeded is not None and str(exceeded).endswith("[ExceededNativeTokenLimit]")


@pytest.mark.parametrize(("rules", "first", "sponsored"), by_turns(RULES, [True, False], [True, False]))
def test_the_gas_of_the_entry_point_counts_towards_a_limit(rules: str, first: bool, sponsored: bool) -> None:
    lab = sl.Lab(rules)
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    call = [sl.Call(lab.counter, function="increment()")]
    policy_id = lab.policy_id if sponsored else None
    if not first:
        session.send_calls(call)
    passed = set()
    for limit in range(25_000, 260_000, 9_000):
        checked = session.check(call, gas={"verification": limit}, policy_id=policy_id)
        before = lab.snapshot()
        sent = session.send_calls(call, gas={"verification": limit}, policy_id=policy_id)
        lab.revert(before)
        assert (checked.phase, checked.denial and checked.denial.code) == (sent.phase, sent.denial and sent.denial.code)
        passed.add(sent.ok)
    assert passed == {True, False}


@pytest.mark.parametrize(("rules", "deployed", "sponsored"), by_turns(RULES, [True, False], [True, False]))
def test_the_owner_is_named_only_where_the_owner_passes(rules: str, deployed: bool, sponsored: bool) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet(deployed=deployed)
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.vault)], key=sl.new_key(1))
    call = [sl.Call(lab.counter, function="increment()")]
    for limit in (30_000, 45_000, 60_000, 80_000, 90_000, 100_000, 150_000, 240_000):
        how = {"gas": {"verification": limit}, "policy_id": lab.policy_id if sponsored else None}
        named = any(remedy.kind == "owner" for remedy in session.explain(call, **how).remedies)
        before = lab.snapshot()
        assert wallet.send_calls(call, **how).ok == named
        lab.revert(before)


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("value", [1, 5])
@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize("how", [{"max_priority_fee": 10**10}, {"max_fee": 3}])
def test_a_wrong_price_is_refused_whatever_the_rules_say(
    rules: str, value: int, preflight: bool, how: dict[str, int]
) -> None:
    lab = sl.Lab(rules)
    permissions = [sl.NativeTokenTransfer(allowance=1), sl.ContractAccess(address=lab.recipient)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(1))
    root, fields = lab.chain.state_root, set()
    for act in (session.check, session.explain, session.send_calls):
        with pytest.raises(sl.InvalidInput) as refused:
            act([sl.Call(lab.recipient, value)], preflight=preflight, **how)
        fields.add(refused.value.field)
    assert len(fields) == 1
    assert lab.chain.state_root == root


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("value", [1, 10**30])
def test_without_the_key_a_check_raises_what_sending_raises(rules: str, value: int) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    sl.SmartWalletClient(lab.provider, wallet.owner).grant_permissions([sl.Root()], key=sl.new_key(1))
    session, root = wallet.sessions()[0], lab.chain.state_root
    for act in (session.check, session.explain, session.send_calls):
        with pytest.raises(sl.InvalidInput, match="is not known here") as refused:
            act([sl.Call(lab.recipient, value)])
        assert refused.value.field == "key"
    assert lab.chain.state_root == root
