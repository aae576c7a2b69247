"""A session's life: install, second operation, expiry, revocation; nonce keys; several sessions and wallets."""

from __future__ import annotations

import pytest

import sessionlab as sl
from sessionlab.core.base.amounts import format_time
from sessionlab.core.erc4337.wallet_encoding import GLOBAL_NONCE_KEY

INCREMENT = "increment()"


@pytest.fixture
def call(lab: sl.Lab) -> sl.Call:
    return sl.Call(to=lab.counter, function=INCREMENT)


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> sl.Session:
    return wallet.grant_permissions(
        [sl.Erc20TokenTransfer(address=lab.token, allowance=100), sl.ContractAccess(address=lab.counter)],
        expiry_sec=lab.now + 3_600,
        key=key,
    )


def spend(lab: sl.Lab, amount: int) -> sl.Call:
    return sl.Call(to=lab.token, function="transfer(address,uint256)", args=[lab.merchant, amount])


def count(lab: sl.Lab) -> int:
    return int(lab.read("Counter", lab.counter, "number"))


def test_a_grant_alone_does_nothing_on_the_chain(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    before = lab.chain.state_root
    session = wallet.grant_permissions([sl.Root()], key=key)
    assert lab.chain.state_root == before
    assert not session.installed
    assert list(session.history) == []
    assert wallet.sessions() == (session,)


def test_the_first_operation_installs_and_the_second_uses(session: sl.Session, call: sl.Call, lab: sl.Lab) -> None:
    first = session.prepare_calls([call])
    assert int(first["data"]["nonce"], 16) >> 64 & 2, "the nonce key of deferred installs"
    assert session.send_calls([call])
    assert session.installed
    second = session.prepare_calls([call])
    assert not int(second["data"]["nonce"], 16) >> 64 & 2
    outcome = session.send_calls([call])
    assert outcome
    assert count(lab) == 2


def test_a_sessions_last_second_counts(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    assert session.expiry_sec is not None
    lab.chain.travel_to(session.expiry_sec)
    assert lab.chain.next_timestamp == session.expiry_sec
    assert session.send_calls([call])
    before = lab.chain.state_root
    outcome = session.send_calls([call])
    denial = outcome.denial
    assert denial is not None
    assert lab.chain.state_root == before
    assert (denial.code, denial.phase) == ("AA22 expired or not due", "validation")
    assert (denial.asked, denial.left, denial.unit) == (session.expiry_sec + 1, session.expiry_sec, "seconds")
    assert denial.sentence == (
        f"The session ended 1 second ago: its last second was {format_time(session.expiry_sec)}, "
        f"and it is now {format_time(session.expiry_sec + 1)}."
    )


def test_a_session_expires_before_its_first_use(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    assert session.expiry_sec is not None
    lab.chain.travel_to(session.expiry_sec + 1)
    outcome = session.send_calls([call])
    assert outcome.denial is not None
    assert outcome.denial.code == "AA22 expired or not due"
    assert not session.installed


@pytest.mark.parametrize("clear", [True, False])
def test_a_session_revoked_before_its_first_use_is_dead(
    wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call, clear: bool
) -> None:
    assert wallet.revoke(session, clear=clear)
    outcome = session.send_calls([call])
    assert outcome.denial is not None
    assert (outcome.denial.phase, outcome.denial.sentence) == ("validation", "The owner revoked this session.")
    assert not session.installed


@pytest.mark.parametrize("clear", [True, False])
def test_a_session_revoked_after_use_is_dead(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call, clear: bool
) -> None:
    assert session.send_calls([call])
    assert wallet.revoke(session, clear=clear)
    before = lab.chain.state_root
    outcome = session.send_calls([call])
    assert outcome.denial is not None
    assert (outcome.denial.code, outcome.denial.phase) == ("ValidationFunctionMissing", "validation")
    assert outcome.denial.sentence == "The owner revoked this session."
    assert lab.chain.state_root == before
    assert not session.installed
    assert session.history[-2].what == "revoked"
    (allowance,) = session.allowances
    assert (allowance.limit, allowance.used, allowance.remaining, allowance.revoked) == (100, 0, 0, True)
    assert repr(allowance).endswith("used, revoked: nothing is left>")


@pytest.mark.parametrize("used", [True, False])
def test_revoking_twice_is_said_and_costs_nothing(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call, used: bool
) -> None:
    if used:
        assert session.send_calls([call])
    assert wallet.revoke(session)
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput, match="is already revoked") as refused:
        wallet.revoke(session)
    assert (refused.value.field, refused.value.asked) == ("session", session.id)
    assert lab.chain.state_root == before


@pytest.mark.parametrize("used", [True, False])
def test_a_wallet_without_ether_revokes_with_a_sponsor(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, call: sl.Call, used: bool
) -> None:
    if used:
        assert session.send_calls([call], policy_id=lab.policy_id)
    lab.provider.request("anvil_setBalance", [wallet.address, "0x0"])
    before = lab.chain.state_root
    with pytest.raises(sl.OperationRefused) as refused:
        wallet.revoke(session)
    assert refused.value.denial.code == "AA21 didn't pay prefund"
    exhausted = lab.gas_policy(spend_cap=1)
    with pytest.raises(sl.OperationRefused) as not_sponsored:
        wallet.revoke(session, policy_id=exhausted)
    assert not_sponsored.value.denial.code == "NotSponsored"
    assert lab.chain.state_root == before and not session.revoked
    outcome = wallet.revoke(session, policy_id=lab.policy_id)
    assert outcome and outcome.gas and session.revoked
    assert wallet.balance == 0


def test_a_session_does_not_revoke_with_another_wallet(lab: sl.Lab, session: sl.Session) -> None:
    before = lab.chain.state_root
    other = lab.wallet()
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput) as refused:
        other.revoke(session)
    assert refused.value.field == "session"
    assert lab.chain.state_root == before


def test_parallel_nonce_keys_do_not_wait_for_each_other(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    assert session.send_calls([call])
    prepared = [
        session.sign_prepared_calls(session.prepare_calls([call], nonce_key=nonce_key)) for nonce_key in (3, 1, 2)
    ]
    for signed in prepared:
        assert session.get_calls_status(session.send_prepared_calls(signed))["status"] == 200
    assert count(lab) == 4


def test_the_first_operation_has_no_nonce_key_of_its_own(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    """The owner signed the nonce of the operation that installs the session."""
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput) as refused:
        session.send_calls([call], nonce_key=1)
    assert refused.value.field == "nonce_key"
    assert refused.value.fix
    assert lab.chain.state_root == before


def test_one_nonce_key_is_in_order(session: sl.Session, call: sl.Call) -> None:
    assert session.send_calls([call])
    first, second = (session.sign_prepared_calls(session.prepare_calls([call])) for _ in range(2))
    call_id = session.send_prepared_calls(first)
    for again in (first, second):  # the very same operation
        with pytest.raises(sl.OperationRefused) as refused:
            session.send_prepared_calls(again)
        assert (refused.value.denial.code, refused.value.denial.asked) == ("AA25 invalid account nonce", call_id)
    other = session.sign_prepared_calls(session.prepare_calls([call, call]))
    assert session.send_calls([call])
    with pytest.raises(sl.OperationRefused) as refused:
        session.send_prepared_calls(other)
    assert refused.value.denial.code == "AA25 invalid account nonce"


def test_many_sessions_share_nothing(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    sessions = [
        wallet.grant_permissions([sl.Erc20TokenTransfer(address=lab.token, allowance=100)], key=sl.new_key(number))
        for number in range(4)
    ]
    for number, session in enumerate(sessions):
        assert session.send_calls([spend(lab, 10 * (number + 1))])
    assert [session.allowances[0].used for session in sessions] == [10, 20, 30, 40]
    assert len({session.id for session in sessions}) == len({s.entity_id for s in sessions}) == 4
    assert wallet.revoke(sessions[1])
    assert [session.installed for session in sessions] == [True, False, True, True]
    assert sessions[2].send_calls([spend(lab, 70)])


def test_two_wallets_share_nothing(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key, call: sl.Call) -> None:
    other = lab.wallet()
    mine, theirs = (
        w.grant_permissions([sl.Erc20TokenTransfer(address=lab.token, allowance=100)], key=key) for w in (wallet, other)
    )
    assert mine.send_calls([spend(lab, 60)])
    assert theirs.send_calls([spend(lab, 70)])
    assert (mine.allowances[0].used, theirs.allowances[0].used) == (60, 70)
    assert lab.token_balance("token", wallet.address) == sl.ether(1_000) - 60


@pytest.mark.parametrize("by", ["owner", "session"])
def test_the_first_operation_deploys_the_wallet(lab: sl.Lab, key: sl.Key, by: str, call: sl.Call) -> None:
    wallet = lab.wallet(deployed=False)
    assert lab.chain.code(wallet.address) == b""
    who = wallet if by == "owner" else wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=key)
    assert who.prepare_calls([call])["data"]["factory"]
    assert who.send_calls([call])
    assert lab.chain.code(wallet.address) != b""
    assert "factory" not in who.prepare_calls([call])["data"]
    assert who.send_calls([call])
    assert count(lab) == 2


def test_a_session_of_an_undeployed_wallet_can_be_read(lab: sl.Lab, key: sl.Key) -> None:
    session = lab.wallet(deployed=False).grant_permissions(
        [sl.Erc20TokenTransfer(address=lab.token, allowance=100)], key=key
    )
    assert not session.installed
    assert session.allowances[0].remaining == 100
    assert list(session.history) == []


def test_a_revoked_entity_id_is_not_used_again(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, key: sl.Key, call: sl.Call
) -> None:
    assert session.send_calls([spend(lab, 30)])
    assert wallet.revoke(session)
    later = wallet.grant_permissions([sl.Erc20TokenTransfer(address=lab.token, allowance=100)], key=key)
    assert later.entity_id != session.entity_id
    assert later.send_calls([spend(lab, 100)])
    assert later.allowances[0].used == 100


def test_the_owner_uses_the_global_nonce_key(wallet: sl.SmartWalletClient, call: sl.Call) -> None:
    assert int(wallet.prepare_calls([call])["data"]["nonce"], 16) >> 64 == GLOBAL_NONCE_KEY
    assert wallet.send_calls([call, call])


def test_both_spellings_of_the_capability_work(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    context = session.context
    request = {"calls": [call.to_json()], "from": session.wallet, "chainId": "0x539"}
    parts = {"sessionId": "0x" + context[4:36], "signature": "0x" + context[36:]}
    by_context, by_parts = (
        lab.provider.request("wallet_prepareCalls", [{**request, "capabilities": {"permissions": permissions}}])
        for permissions in ({"context": context}, parts)
    )
    assert by_context == by_parts
    signed = {**session.sign_prepared_calls(by_parts), "capabilities": {"permissions": parts}}
    sent = lab.provider.request("wallet_sendPreparedCalls", [signed])
    assert lab.provider.request("wallet_getCallsStatus", [sent["id"]])["status"] == 200


def test_sending_again_changes_nothing(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    signed = session.sign_prepared_calls(session.prepare_calls([call]))
    call_id = session.send_prepared_calls(signed)
    before = (lab.chain.state_root, lab.chain.height)
    with pytest.raises(sl.OperationRefused) as refused:
        session.send_prepared_calls(signed)
    denial = refused.value.denial
    assert (denial.code, denial.phase, denial.asked) == ("AA25 invalid account nonce", "validation", call_id)
    assert f"in block {lab.chain.height}" in denial.sentence and call_id in denial.fix
    assert (lab.chain.state_root, lab.chain.height) == before
    assert count(lab) == 1
    # A client that missed the answer gets the same one again, with the denial beside it (no published client reads it).
    sent = {**signed, "capabilities": {"permissions": {"context": session.context}}}
    answer = lab.provider.request("wallet_sendPreparedCalls", [sent])
    assert (answer["id"], answer["preparedCallIds"]) == (call_id, [call_id])
    assert answer["denial"]["asked"] == call_id


def test_an_operation_is_forgotten_with_its_block(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    moment = lab.snapshot()
    signed = session.sign_prepared_calls(session.prepare_calls([call]))
    call_id = session.send_prepared_calls(signed)
    lab.revert(moment)
    with pytest.raises(sl.NotFound) as unknown:
        session.get_calls_status(call_id)
    assert unknown.value.field == "id"
    assert session.send_prepared_calls(signed) == call_id
    assert count(lab) == 1


def test_without_preflight_a_failure_is_on_the_chain_and_costs_gas(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    assert session.send_calls([spend(lab, 40)])
    height, funds = lab.chain.height, wallet.balance
    outcome = session.send_calls([spend(lab, 61)], preflight=False)
    assert lab.chain.height == height + 1
    assert outcome.denial is not None
    assert (outcome.phase, outcome.denial.code, outcome.denial.call) == ("execution", "ExceededTokenLimit", 0)
    assert (outcome.denial.asked, outcome.denial.left) == (61, 60)
    assert outcome.receipt is not None
    assert outcome.receipt["status"] == "0x0"
    assert outcome.gas_cost == outcome.gas * lab.chain.base_fee > 0
    assert funds - wallet.balance >= outcome.gas_cost
    assert session.allowances[0].used == 40
    assert session.history[-1].block == height + 1


def test_without_preflight_a_validation_failure_stays_off_the_chain(lab: sl.Lab, session: sl.Session) -> None:
    assert session.send_calls([spend(lab, 40)])
    before = (lab.chain.state_root, lab.chain.height)
    outcome = session.send_calls([sl.Call(to=lab.counter_2, function=INCREMENT)], preflight=False)
    assert outcome.denial is not None
    assert (outcome.phase, outcome.denial.code) == ("validation", "AddressNotAllowed")
    assert (outcome.receipt, outcome.gas) == (None, 0)
    assert (lab.chain.state_root, lab.chain.height) == before


def test_gas_that_no_bundle_has_is_refused_off_the_chain(lab: sl.Lab, session: sl.Session, call: sl.Call) -> None:
    """The bundler tries the bundle, and undoes it when the EntryPoint refuses."""
    request = {"calls": [call.to_json()], "from": session.wallet, "chainId": "0x539"}
    fixed = {"callGasLimit": hex(10**9), "verificationGasLimit": hex(700_000), "preVerificationGas": hex(100_000)}
    lab.fund(session.wallet, sl.ether(100))
    capabilities = {"permissions": {"context": session.context}, "gasParamsOverride": fixed}
    prepared = lab.provider.request("wallet_prepareCalls", [{**request, "capabilities": capabilities}])
    before = (lab.chain.state_root, lab.chain.height, lab.chain.nonce(lab.bundler.address))
    with pytest.raises(sl.OperationRefused) as refused:
        session.send_prepared_calls(session.sign_prepared_calls(prepared))
    assert refused.value.denial.code == "AA95 out of gas"
    assert (lab.chain.state_root, lab.chain.height, lab.chain.nonce(lab.bundler.address)) == before


def test_what_somebody_else_bundled_is_explained_too(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    """The API did not send it, but it can read it."""
    from sessionlab.core.erc4337 import wallet_encoding as account
    from sessionlab.core.erc4337.user_operation import from_json

    call = sl.Call(to=lab.token, function="transfer(address,uint256)", args=[lab.merchant, 10**30])
    fixed = {name: hex(500_000) for name in ("callGasLimit", "verificationGasLimit", "preVerificationGas")}
    request = {"calls": [call.to_json()], "from": wallet.address, "chainId": "0x539"}
    prepared = lab.provider.request("wallet_prepareCalls", [{**request, "capabilities": {"gasParamsOverride": fixed}}])
    signature = wallet.sign_prepared_calls(prepared)["signature"]["data"]
    operation = from_json(prepared["data"]).signed(account.signature_envelope(bytes.fromhex(signature[2:])))
    mined = lab.bundler.send(operation)
    assert lab.bundler.send(operation) is mined, "the same operation is mined once"
    call_id = "0x" + f"{1337:064x}" + mined.included.operation_hash.hex()
    denial = wallet.get_calls_status(call_id)["denial"]
    assert (denial["code"], denial["call"], denial["unit"]) == ("InsufficientBalance", 0, lab.token)


def test_a_known_account_is_found_by_its_id(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    signer = {"signerAddress": wallet.owner.address}
    account = lab.provider.request("wallet_requestAccount", [signer])
    assert lab.provider.request("wallet_requestAccount", [{**signer, "id": account["id"].upper()}]) == account
    by_address = lab.provider.request("wallet_requestAccount", [{"accountAddress": wallet.address}])
    assert by_address == account
    second = sl.SmartWalletClient(lab.provider, wallet.owner, salt=7)
    assert second.address != wallet.address


def test_a_signature_may_come_in_parts(lab: sl.Lab, wallet: sl.SmartWalletClient, call: sl.Call) -> None:
    for name, offset in (("yParity", 27), ("v", 0)):
        signed = wallet.sign_prepared_calls(wallet.prepare_calls([call]))
        raw = bytes.fromhex(signed["signature"]["data"][2:])
        parts = {"r": "0x" + raw[:32].hex(), "s": "0x" + raw[32:64].hex(), name: hex(raw[64] - offset)}
        signed["signature"] = {"type": "ecdsa", "data": parts}
        assert wallet.get_calls_status(wallet.send_prepared_calls(signed))["status"] == 200


def test_what_was_refused_or_granted_after_a_snapshot_is_forgotten_with_it(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(77))
    beyond = [sl.Call(to=lab.counter_2, function="increment()")]
    assert not session.send_calls(beyond).ok
    moment = lab.snapshot()
    assert not session.send_calls(beyond).ok
    wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(78))
    later = lab.wallet()
    lab.revert(moment)
    assert [entry.what for entry in session.history] == ["refused"]
    assert len(session.record().steps) == 1
    assert wallet.sessions() == (session,)
    assert later.address == lab.wallet().address
