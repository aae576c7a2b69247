"""Calls of the wallet itself or of nobody, stale installs, signers and accounts of others: each is named as such.

Every test starts from untouched state, under both rulesets, and looks afterwards that nothing has moved.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.client.wallet_api_client import WalletApiClient
from sessionlab.core.erc4337 import wallet_encoding
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.wallet_api.prepare import signature_of
from sessionlab.core.wallet_api.sessions import find_granted
from tests.explain.state import (
    ANSWERS_ONE,
    REVERTS_EMPTY,
    REVERTS_WITH_DATA,
    contradicts_itself,
    deployed,
    grant,
    increment,
    refused,
    rejected,
    signed,
)

# -- calls of the wallet itself


def to_itself(wallet: str) -> dict[str, list[sl.Call]]:
    return {
        "nothing": [sl.Call(wallet)],
        "value": [sl.Call(wallet, value=1)],
        "an unknown function": [sl.Call(wallet, function="nonsense()")],
        "an unknown function twice": [sl.Call(wallet, function="nonsense()")] * 2,
    }


@pytest.mark.parametrize("what", to_itself("0x" + "11" * 20))
def test_a_call_of_the_wallet_itself_is_not_told_to_be_granted(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, what: str
) -> None:
    calls, before = to_itself(wallet.address)[what], (wallet.balance, lab.chain.state_root)
    explanation, check = session.explain(calls), session.check(calls)
    for denial in (explanation.denial, check.denial, session.send_calls(calls).denial, wallet.send_calls(calls).denial):
        assert denial is not None and denial.phase == "validation"
        said = "The wallet has no function 0x1202e7e4." if "unknown" in what else "names no function"
        assert said in denial.sentence
        assert "Grant" not in denial.fix
    assert not contradicts_itself(explanation) and not contradicts_itself(explanation._repr_html_())
    assert (wallet.balance, lab.chain.state_root) == before


def test_a_call_of_the_wallet_itself_among_others_is_pointed_out(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    calls = [*increment(lab), sl.Call(wallet.address, value=1)]
    explanation = session.explain(calls)
    assert explanation.denial is not None
    assert (explanation.denial.phase, explanation.denial.call) == ("validation", 1)
    assert explanation.denial.sentence == "The second call goes to the wallet itself and names no function."
    assert explanation.denial.fix == "Name a function of the wallet, or leave the call out."
    assert explanation.denial.code == "CallWithoutFunction"
    assert not contradicts_itself(explanation)
    sent = session.send_calls(calls).denial
    assert sent is not None and (sent.call, sent.sentence) == (1, explanation.denial.sentence)
    assert sent.code == "CallWithoutFunction" and sent.path[-2:] == ("EmptyRevert", "CallWithoutFunction")
    assert sent.cause is None  # a named reason has no branches that speak of others
    assert lab.read("Counter", lab.counter, "number") == 0


def test_what_stays_behind_a_missing_grant_is_said_instead_of_the_grant(lab: sl.Lab, session: sl.Session) -> None:
    explanation = session.explain([sl.Call(lab.token, function="nothing()")])
    assert explanation.denial is not None and explanation.denial.code == "AddressNotAllowed"
    assert explanation.stays is not None and explanation.outside == "EmptyRevert"
    assert "there is another reason behind it. The call, 0x448f30a3 of token (" in str(explanation)
    assert not contradicts_itself(explanation) and not contradicts_itself(explanation._repr_html_())


# -- addresses without code


def test_a_call_that_does_nothing_is_pointed_out(lab: sl.Lab, session: sl.Session) -> None:
    pays = sl.Call(lab.recipient, value=1, function="transfer(address,uint256)", args=[lab.merchant, 5])
    calls = [*increment(lab), sl.Call(lab.recipient, data=bytes(8)), pays]
    who = lab.names.address(lab.recipient)
    notes = (
        f"The second call does nothing: {who} has no code, so its 8 bytes of data reach no function.",
        f"The third call only sends 1 wei: {who} has no code, so its 68 bytes of data reach no function.",
    )
    explanation, check = session.explain(calls), session.check(calls)
    assert explanation.ok and check.ok
    assert (explanation.notes, check.notes) == (notes, notes)
    assert all(note in str(explanation) for note in notes) and notes[0] in repr(check)
    assert "has no code" in explanation._repr_html_() and explanation.to_json()["notes"] == list(notes)
    outcome = session.send_calls(calls)
    assert outcome and outcome.notes == notes and notes[0] in repr(outcome) and "has no code" in outcome._repr_html_()
    assert lab.token_balance("token", lab.merchant) == 0


def test_an_operation_that_does_nothing_at_all_says_so(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    nothing = (f"The call does nothing: {lab.names.address(lab.recipient)} has no code, and no ETH is sent.",)
    assert session.check([sl.Call(lab.recipient)]).notes == nothing
    assert session.send_calls([sl.Call(lab.recipient)]).notes == nothing
    for sender in (session, wallet):
        outcome = sender.send_calls([])
        assert (
            outcome
            and outcome.notes[0].startswith("The operation makes no calls")
            and "makes no calls" in repr(outcome)
        )
    assert session.explain([]).notes == session.check([]).notes == outcome.notes


def test_calls_that_do_something_are_not(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    identity = "0x0000000000000000000000000000000000000004"
    session = grant(lab, wallet, identity)
    calls = [*increment(lab), sl.Call(lab.recipient, value=1), sl.Call(identity, data=b"echo")]
    assert session.explain(calls).notes == session.check(calls).notes == session.send_calls(calls).notes == ()
    failed = session.send_calls([sl.Call(lab.counter, function="fail()"), sl.Call(lab.recipient)], preflight=False)
    assert failed.receipt and failed.notes == ()


# -- signatures and installs


def test_a_session_key_that_names_no_permissions_is_told_to(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    before = lab.chain.state_root
    alone = WalletApiClient(lab.provider, wallet.address, wallet.chain_id, session.key)
    denial = alone.send_calls(increment(lab)).denial
    assert denial is not None and denial.code == "AA24 signature error"
    assert denial.sentence == (
        f"The key of the session {session.id} signed an operation that names no session, so the wallet takes it for "
        "the owner's."
    )
    assert "capabilities.permissions" in denial.fix and "owner" not in denial.fix
    assert "perhaps" not in str(denial.cause)
    operation = wallet.prepare_calls(increment(lab))["data"]
    sent = operation | {"signature": signed(lab, session.key, operation)}
    error = rejected(lab, "eth_sendUserOperation", sent, ENTRY_POINT)
    assert (error.code, error.data["denial"]["sentence"]) == (-32507, denial.sentence)
    assert lab.chain.state_root == before


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("owner", "The wallet's owner signed an operation of a session."),
        ("other session", "The key of another session, "),
        ("stranger", "This operation was signed by "),
        ("nobody", "The signature is not 65 bytes that a key can have made."),
    ],
)
def test_the_signer_of_a_wrong_signature_is_named(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, who: str, says: str
) -> None:
    other = grant(lab, wallet, key=2)
    keys = {"owner": wallet.owner, "other session": other.key, "stranger": sl.new_key(99), "nobody": session.key}
    prepared = session.prepare_calls(increment(lab))
    sent = replace(session._api, key=keys[who]).sign_prepared_calls(prepared)
    if who == "nobody":
        sent["signature"]["data"] = "0x" + "ff" * 64 + "1b"
    before = lab.chain.state_root
    denial = refused(lambda: session.send_prepared_calls(sent))
    assert denial.code == "AA24 signature error"
    assert denial.sentence.startswith(says)
    assert lab.chain.state_root == before


def first_signature(lab: sl.Lab, session: sl.Session, late: dict[str, Any]) -> bytes:
    """Return the operation's signature with the session's install, as the Wallet API puts it together."""
    granted = find_granted(lab.api, {"context": session.context}, session.wallet)
    return signature_of(granted, bytes.fromhex(late["signature"]["data"][2:]))


def test_an_install_that_is_on_the_chain_meanwhile_is_named(lab: sl.Lab, session: sl.Session) -> None:
    late = session.sign_prepared_calls(session.prepare_calls(increment(lab)))
    carried = late["data"] | {"signature": "0x" + first_signature(lab, session, late).hex()}
    assert session.send_calls([sl.Call(lab.recipient, value=5)])
    before = lab.chain.state_root
    says = "The operation was prepared to install its session, and another operation has installed it since."
    denial = refused(lambda: session.send_prepared_calls(late))
    assert (denial.phase, denial.sentence) == ("validation", says)
    assert denial.fix.startswith("Prepare and send the calls again.")
    error = rejected(lab, "eth_sendUserOperation", carried, ENTRY_POINT)
    assert error.data["denial"]["sentence"] == says
    assert (lab.chain.state_root, lab.read("Counter", lab.counter, "number")) == (before, 0)
    again = session.sign_prepared_calls(session.prepare_calls(increment(lab)))
    assert session.send_prepared_calls(again)
    assert lab.read("Counter", lab.counter, "number") == 1


@pytest.mark.parametrize("installed", [False, True])
def test_a_session_that_was_revoked_meanwhile_is_named(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, installed: bool
) -> None:
    if installed:
        assert session.send_calls([sl.Call(lab.recipient, value=5)])
    late = session.sign_prepared_calls(session.prepare_calls(increment(lab)))
    carried = "0x" + first_signature(lab, session, late).hex()
    assert wallet.revoke(session)
    before = lab.chain.state_root
    denial = refused(lambda: session.send_prepared_calls(late))
    assert (denial.sentence, denial.fix) == ("The owner revoked this session.", "Ask the owner for a new session.")
    assert denial.permission is None and "signed" not in denial.sentence
    error = rejected(lab, "eth_sendUserOperation", late["data"] | {"signature": carried}, ENTRY_POINT)
    assert error.data["denial"]["sentence"] == denial.sentence
    for preflight in (True, False):
        again = session.send_calls(increment(lab), preflight=preflight).denial
        assert again is not None and again.sentence == denial.sentence
    assert lab.chain.state_root == before


def test_an_operation_of_a_session_is_not_taken_for_the_owners_by_the_bundler(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session
) -> None:
    assert session.send_calls(increment(lab))
    calls = [sl.Call(wallet.address, function="updateFallbackSignerData(address,bool)", args=[lab.merchant, False])]
    operation = session.prepare_calls(increment(lab))["data"]
    data = wallet_encoding.call_data(calls, wallet=wallet.address, wrapped=True)
    operation |= {"callData": "0x" + data.hex()}
    sent = operation | {"signature": signed(lab, session.key, operation)}
    denial = rejected(lab, "eth_sendUserOperation", sent, ENTRY_POINT).data["denial"]
    assert denial["fix"] == (
        "Grant account-functions with updateFallbackSignerData(address,bool), or let the owner use it."
    )
    stranger = operation | {"signature": signed(lab, sl.new_key(99), operation)}
    sentence = rejected(lab, "eth_sendUserOperation", sent | stranger, ENTRY_POINT).data["denial"]["sentence"]
    assert "the wallet's owner is" not in sentence


# -- accounts that are not this lab's wallets


@pytest.mark.usefixtures("rich")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        (
            REVERTS_WITH_DATA,
            "12 bytes of code reverted with 0xdeadbeef in validation; what it means is unknown here.",
        ),
        (
            REVERTS_EMPTY,
            "3 bytes of code reverted with empty data (0x) in validation; what it means is unknown here.",
        ),
        (ANSWERS_ONE, "does not run this lab's wallet, and does not accept the signature."),
    ],
)
def test_an_account_of_somebody_else_is_not_explained_as_ours(
    lab: sl.Lab, wallet: sl.SmartWalletClient, code: bytes, says: str
) -> None:
    account = deployed(lab, code)
    lab.deposit(account, sl.ether(1))
    operation = wallet.prepare_calls(increment(lab))["data"] | {"sender": account, "nonce": "0x0"}
    error = rejected(lab, "eth_sendUserOperation", operation | {"signature": "0x" + "01" * 65}, ENTRY_POINT)
    denial = error.data["denial"]
    assert denial["phase"] == "validation" and account[:6] in denial["sentence"]
    assert denial["sentence"].endswith(says)
    assert "Grant" not in denial["fix"] and "session" not in denial["sentence"]
