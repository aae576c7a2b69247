"""session.check: what the rules say before anything is sent."""

from __future__ import annotations

import pytest

import sessionlab as sl


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
    shown = (denial, denial.card(), explanation, explanation._repr_html_(), session.history)
    for text in map(str, shown):
        assert text.count("ExceededNativeTokenLimit") == text.count(
            "ExceededNativeTokenLimit, which production uses for gas-limit too"
        )
    pays = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=1), permissions[0]], key=sl.new_key(3))
    exceeded = pays.send_calls([sl.Call(to=lab.counter, value=2, function="increment()")]).denial
    assert exceeded is not None and str(exceeded).endswith("[ExceededNativeTokenLimit]")
