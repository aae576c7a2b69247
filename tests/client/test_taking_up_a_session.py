"""A session goes on in another process: for the application, from key and context; for the owner, from the wallet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.server.background import in_background
from tests.faults.steps import done


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Session:
    """May send 100 wei until its end, and has sent 1."""
    limit = sl.NativeTokenTransfer(allowance=100)
    session = wallet.grant_permissions([limit], key=sl.new_key(1), expiry_sec=lab.now + 1_000)
    done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    return session


@pytest.fixture
def elsewhere(lab: sl.Lab, session: sl.Session) -> Iterator[sl.HttpProvider]:
    """What another process has of the lab: its URL."""
    with in_background(lab) as url:
        yield sl.HttpProvider(url)


def test_an_application_goes_on_from_key_and_context(
    lab: sl.Lab, session: sl.Session, elsewhere: sl.HttpProvider
) -> None:
    take_up: Any = getattr(sl.Session, "connect", None)
    assert take_up is not None
    again = take_up(elsewhere, wallet=session.wallet, key=session.key, context=session.context)
    assert isinstance(again, sl.Session)
    assert (again.id, again.wallet, again.context) == (session.id, session.wallet, session.context)
    assert (again.permissions, again.expiry_sec) == (session.permissions, session.expiry_sec)
    assert again.send_calls([sl.Call(lab.recipient, value=2)])
    assert lab.balance(lab.recipient) == 3
    assert str(again.allowances) == str(session.allowances)
    denial = again.send_calls([sl.Call(lab.recipient, value=98)]).denial
    assert denial is not None and (denial.asked, denial.left) == (98, 97)
    assert lab.balance(lab.recipient) == 3


def test_an_owner_finds_and_revokes_the_sessions_of_the_wallet(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, elsewhere: sl.HttpProvider
) -> None:
    owner = sl.SmartWalletClient(elsewhere, wallet.owner)
    found = owner.sessions()
    assert [(one.id, one.permissions, one.expiry_sec) for one in found] == [
        (session.id, session.permissions, session.expiry_sec)
    ]
    assert owner.revoke(found[0])
    assert session.revoked
    assert not session.send_calls([sl.Call(lab.recipient, value=1)])
    assert lab.balance(lab.recipient) == 1


def test_a_session_is_taken_up_with_its_own_key_and_context_only(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, elsewhere: sl.HttpProvider
) -> None:
    take_up, account, key, context = sl.Session.connect, session.wallet, session.key, session.context
    other = lab.wallet().address
    wrong: list[tuple[type[sl.SessionlabError], str, dict[str, Any]]] = [
        (sl.InvalidInput, "key", {"key": sl.new_key(2)}),
        (sl.InvalidInput, "key", {"key": key.private.hex()}),
        (sl.InvalidInput, "context", {"context": session.id}),
        (sl.InvalidInput, "context", {"context": None}),
        (sl.InvalidInput, "wallet", {"wallet": "0x12"}),
        (sl.InvalidInput, "wallet", {"wallet": other}),
        (sl.StaleHandle, "context", {"context": "0x00" + "11" * 81}),
    ]
    for kind, field, change in wrong:
        with pytest.raises(kind) as refused:
            take_up(elsewhere, **{"wallet": account, "key": key, "context": context} | change)
        assert refused.value.field == field and refused.value.fix
    unsigned = take_up(elsewhere, wallet=account, key=key, context=context[:-130] + "11" * 64 + "1b")
    second = wallet.grant_permissions([sl.Root()], key=key)
    assert unsigned.send_calls([sl.Call(lab.recipient, value=1)]), "the wallet has checked it when it was installed"
    with pytest.raises(sl.InvalidInput, match="not signed by the owner") as forged:
        take_up(elsewhere, wallet=account, key=key, context=second.context[:-130] + "11" * 64 + "1b")
    assert forged.value.field == "context" and forged.value.fix


def test_a_found_session_can_be_read_and_not_used(
    lab: sl.Lab, wallet: sl.SmartWalletClient, session: sl.Session, elsewhere: sl.HttpProvider
) -> None:
    owner = sl.SmartWalletClient(elsewhere, wallet.owner)
    mine = owner.grant_permissions([sl.Root()], key=sl.new_key(3))
    (found, same) = owner.sessions()
    assert same is mine and owner.sessions()[0] is found
    assert (found.context, found.key.address) == (session.context, session.key.address)
    assert str(found.allowances) == str(session.allowances) and found.audit() and session.id in repr(found)
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput, match="is not known here") as refused:
        found.send_calls([sl.Call(lab.recipient, value=1)])
    assert refused.value.field == "key" and "Session.connect" in str(refused.value.fix)
    with pytest.raises(sl.InvalidInput):
        found.key.private  # noqa: B018 - reading it is the test
    assert lab.chain.state_root == before
