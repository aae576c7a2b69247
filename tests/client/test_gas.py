"""Who pays: deposit, balance, sponsor; and gas limits that are enough, and not wasteful."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.base.errors import RpcError

LIMITS = ("verificationGasLimit", "callGasLimit", "preVerificationGas")


@pytest.fixture
def call(lab: sl.Lab) -> sl.Call:
    return sl.Call(to=lab.counter, function="increment()")


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> sl.Session:
    return wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)


def test_the_deposit_pays_first(lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call) -> None:
    lab.deposit(wallet.address, sl.ether(1))
    funds = wallet.balance
    outcome = session.send_calls([call])
    assert outcome
    assert wallet.balance == funds
    assert lab.bundler.deposit_of(wallet.address) == sl.ether(1) - outcome.gas_cost


def test_the_balance_pays_what_the_deposit_lacks(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call
) -> None:
    funds = wallet.balance
    outcome = session.send_calls([call])
    assert wallet.balance + lab.bundler.deposit_of(wallet.address) == funds - outcome.gas_cost


def test_a_wallet_without_funds_is_refused_with_what_it_needs(lab: sl.Lab, key: sl.Key, call: sl.Call) -> None:
    wallet = lab.wallet(balance=1_000)
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    before = lab.chain.state_root
    denial = session.send_calls([call]).denial
    assert denial is not None
    assert lab.chain.state_root == before
    assert (denial.code, denial.phase, denial.left, denial.unit) == (
        "AA21 didn't pay prefund",
        "validation",
        1_000,
        "wei",
    )
    assert isinstance(denial.asked, int)
    lab.fund(wallet.address, denial.asked - 1_000)
    assert session.send_calls([call]), "exactly what it said is enough"


def test_a_sponsor_pays_and_the_wallet_nothing(lab: sl.Lab, key: sl.Key, call: sl.Call) -> None:
    wallet = lab.wallet(balance=0)
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    paymaster = lab.bundler.deposit_of(lab.paymaster)
    outcome = session.send_calls([call], policy_id=lab.policy_id)
    assert outcome
    assert wallet.balance == lab.bundler.deposit_of(wallet.address) == 0
    assert lab.bundler.deposit_of(lab.paymaster) == paymaster - outcome.gas_cost
    assert lab.sponsor.spent(lab.policy_id) == outcome.gas_cost


def test_a_sponsor_pays_for_the_wallets_deployment(lab: sl.Lab, key: sl.Key, call: sl.Call) -> None:
    wallet = lab.wallet(deployed=False, balance=0)
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    assert session.send_calls([call], policy_id=lab.policy_id)
    assert wallet.balance == 0


def test_a_failing_operation_is_sponsored_too_without_preflight(lab: sl.Lab, session: sl.Session) -> None:
    outcome = session.send_calls([sl.Call(to=lab.counter, function="fail()")], policy_id=lab.policy_id, preflight=False)
    assert outcome.phase == "execution"
    assert lab.sponsor.spent(lab.policy_id) == outcome.gas_cost > 0


def refused(session: sl.Session, call: sl.Call, policy_id: str) -> sl.Denial:
    outcome = session.send_calls([call], policy_id=policy_id)
    assert outcome.denial is not None
    assert (outcome.denial.code, outcome.denial.phase) == ("NotSponsored", "validation")
    assert outcome.denial.fix
    return outcome.denial


def test_a_spend_cap_is_never_passed(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    assert session.send_calls([call])
    prepared = session.prepare_calls([call], policy_id=lab.policy_id)["data"]
    names = (*LIMITS, "paymasterVerificationGasLimit", "paymasterPostOpGasLimit")
    most = sum(int(prepared[name], 16) for name in names) * lab.chain.base_fee
    policy = lab.gas_policy(spend_cap=most * 2)
    while (outcome := session.send_calls([call], policy_id=policy)).ok:
        assert lab.sponsor.spent(policy) <= most * 2
    assert outcome.denial is not None
    assert (outcome.denial.rule, outcome.denial.unit) == ("gas policy: spend_cap", "wei")
    assert outcome.denial.left == most * 2 - lab.sponsor.spent(policy)
    assert lab.sponsor.spent(policy) > most


def test_promises_count_against_the_cap_until_they_end(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    assert session.send_calls([call])
    policy = lab.gas_policy(operations_per_sender=2)
    for nonce_key in (1, 2, 2):
        session.prepare_calls([call], policy_id=policy, nonce_key=nonce_key)
    with pytest.raises(sl.OperationRefused):
        session.prepare_calls([call], policy_id=policy, nonce_key=3)
    lab.travel(3_602)
    assert session.prepare_calls([call], policy_id=policy, nonce_key=3)


def test_operations_are_counted_by_sender(lab: sl.Lab, session: sl.Session, call: sl.Call, key: sl.Key) -> None:
    policy = lab.gas_policy(operations_per_sender=1)
    assert session.send_calls([call], policy_id=policy)
    assert refused(session, call, policy).rule == "gas policy: operations_per_sender"
    other = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    assert other.send_calls([call], policy_id=policy)


def test_only_allowed_senders_are_sponsored(lab: sl.Lab, session: sl.Session, call: sl.Call, key: sl.Key) -> None:
    policy = lab.gas_policy(allowed_senders=[session.wallet.lower()])
    assert session.send_calls([call], policy_id=policy)
    other = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    denial = refused(other, call, policy)
    assert denial.rule == "gas policy: allowed_senders"


def test_a_policy_ends(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    policy = lab.gas_policy(end=lab.now + 10)
    lab.travel(10)
    assert session.send_calls([call], policy_id=policy)
    lab.travel(1)
    denial = refused(session, call, policy)
    assert denial.rule == "gas policy: end"


def test_two_policies_for_one_operation_book_it_once(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    first, second = lab.gas_policy(), lab.gas_policy()
    session.prepare_calls([call], policy_id=first)
    outcome = session.send_calls([call], policy_id=second)
    assert (lab.sponsor.spent(first), lab.sponsor.spent(second)) == (0, outcome.gas_cost)


def test_the_books_go_back_with_the_chain(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    moment = lab.snapshot()
    later = lab.gas_policy()
    assert session.send_calls([call], policy_id=later)
    assert session.send_calls([call], policy_id=lab.policy_id)
    lab.revert(moment)
    assert lab.sponsor.spent(lab.policy_id) == 0
    with pytest.raises(sl.NotFound):
        lab.sponsor.spent(later)
    assert lab.gas_policy() == later, "the same steps give the same ids"
    assert session.send_calls([call], policy_id=later)


@pytest.mark.parametrize("policy_id", ["x", "", "1b4bde82-7646-1036-aafa-e450a9ff0176", 5])
def test_policies_have_ids_of_version_4(session: sl.Session, call: sl.Call, policy_id: Any) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        session.send_calls([call], policy_id=policy_id)
    assert error.value.field is not None
    assert error.value.field.endswith(("policyId", "policy_id"))
    assert error.value.fix


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"spend_cap": -1}, "spend_cap"),
        ({"spend_cap": 1.5}, "spend_cap"),
        ({"operations_per_sender": True}, "operations_per_sender"),
        ({"end": 1_800_000_000_000}, "end"),
        ({"end": "soon"}, "end"),
        ({"allowed_senders": "0x" + "22" * 20}, "allowed_senders"),
        ({"allowed_senders": ["0x22"]}, "allowed_senders[0]"),
    ],
)
def test_a_policy_with_bad_limits_is_refused(lab: sl.Lab, given_: dict[str, Any], field: str) -> None:
    with pytest.raises(sl.InvalidInput) as error:
        lab.gas_policy(**given_)
    assert error.value.field == field
    assert error.value.fix
    assert len(lab.sponsor.policies) == 1


def _permissions(lab: sl.Lab, lists: st.DrawFn) -> list[Any]:
    most = 2**255
    optional = [
        sl.NativeTokenTransfer(allowance=most),
        sl.Erc20TokenTransfer(address=lab.token, allowance=most),
        sl.GasLimit(limit=most),
        sl.ContractAccess(address=lab.vault),
        sl.ContractAccess(address=lab.recipient),
        sl.FunctionsOnAllContracts(functions=["add(uint256)"]),
        *[
            sl.FunctionsOnContract(address=f"0x{number:040x}", functions=[f"0x{n:08x}" for n in range(1, 9)])
            for number in range(1, 4)
        ],
    ]
    chosen = lists(st.lists(st.sampled_from(optional), unique=True))
    return [sl.ContractAccess(address=lab.counter), *chosen]


def _calls(lab: sl.Lab, permissions: list[Any], lists: st.DrawFn) -> list[sl.Call]:
    kinds = {getattr(p, "address", p.type) for p in permissions}
    calls = [
        sl.Call(to=lab.counter, function="increment()"),
        sl.Call(to=lab.counter, function="add(uint256)", args=[7]),
    ]
    if lab.token in kinds:
        calls.append(sl.Call(to=lab.token, function="transfer(address,uint256)", args=[lab.merchant, 5]))
        calls.append(sl.Call(to=lab.token, function="approve(address,uint256)", args=[lab.merchant, 5]))
    if "native-token-transfer" in kinds and lab.recipient in kinds:
        calls.append(sl.Call(to=lab.recipient, value=3))
    if "native-token-transfer" in kinds and lab.vault in kinds:
        calls.append(sl.Call(to=lab.vault, function="deposit()", value=2))
    return lists(st.lists(st.sampled_from(calls), min_size=1, max_size=12))


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_what_is_prepared_succeeds_and_wastes_little(lab: sl.Lab, key: sl.Key, data: st.DataObject) -> None:
    wallet = lab.wallet(deployed=data.draw(st.booleans(), label="deployed"))
    permissions = _permissions(lab, data.draw)
    policy = data.draw(st.sampled_from([None, lab.policy_id]))
    session = wallet.grant_permissions(
        permissions, key=key, expiry_sec=data.draw(st.sampled_from([None, 9_999_999_999]))
    )
    for nonce_key in (0, data.draw(st.integers(0, 1)), 0):
        calls = _calls(lab, permissions, data.draw)
        prepared = session.prepare_calls(calls, policy_id=policy, nonce_key=nonce_key)
        status = session.get_calls_status(session.send_prepared_calls(session.sign_prepared_calls(prepared)))
        assert status["status"] == 200, status.get("denial")
        limits = sum(int(prepared["data"].get(name, "0x0"), 16) for name in (*LIMITS, "paymasterVerificationGasLimit"))
        assert limits <= 1.6 * int(status["receipts"][0]["gasUsed"], 16)


def test_a_gas_limit_that_is_just_enough_is_enough(lab: sl.Lab, wallet: sl.SmartWalletClient, call: sl.Call) -> None:
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee

    def grant(limit: int) -> sl.Session:
        permissions = [sl.GasLimit(limit=limit), sl.ContractAccess(address=lab.counter)]
        return wallet.grant_permissions(permissions, key=sl.new_key("tight"))

    ample = sl.GasLimit(limit=0xFFFFFF * price).limit
    prepared = grant(ample).prepare_calls([call])["data"]
    asked = sum(int(prepared[name], 16) for name in LIMITS) * price
    short, enough = grant(asked - 1 - 4096 * price), grant(asked + 4096 * price)
    assert not short.send_calls([call])
    assert enough.send_calls([call])


def test_an_override_that_is_too_low_is_refused_when_prepared(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    request = {"calls": [call.to_json()], "from": session.wallet, "chainId": "0x539"}
    for name in ("callGasLimit", "verificationGasLimit"):
        capabilities = {
            "permissions": {"context": session.context},
            "gasParamsOverride": {name: {"multiplier": 0.3}},
        }
        before = lab.chain.state_root
        with pytest.raises(RpcError) as error:
            lab.provider.request("wallet_prepareCalls", [{**request, "capabilities": capabilities}])
        denial = error.value.data["denial"]
        assert (denial["code"], denial["unit"]) == ("OutOfGas", "gas")
        assert name in denial["sentence"] and denial["fix"] == f"Raise {name} to at least {int(denial['asked']):,}."
        assert int(denial["left"]) < int(denial["asked"])
        assert lab.chain.state_root == before
