"""Handles that cannot lie: their attributes are fixed, and one whose session is gone says so and moves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.server.background import in_background

KEY, OTHER_KEY = sl.new_key("session"), sl.new_key("another session")


def granted(wallet: sl.SmartWalletClient, recipient: str, key: sl.Key = KEY, allowance: int = 100) -> sl.Session:
    return wallet.grant_permissions(
        [sl.NativeTokenTransfer(allowance=allowance), sl.ContractAccess(address=recipient)], key=key
    )


@dataclass(frozen=True)
class Stale:
    """A session that is not this lab's, and a live one that has its number."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    session: sl.Session
    live: sl.Session
    prepared: dict[str, Any]
    signed: dict[str, Any]
    call_id: str
    refused: Any


def used(session: sl.Session, recipient: str) -> tuple[dict[str, Any], dict[str, Any], str, Any]:
    """Install it, refuse something, and leave an operation unsent."""
    call_id = session.send_calls([sl.Call(recipient, value=1)]).call_id
    assert call_id
    assert not session.send_calls([sl.Call(recipient, value=101)])
    (refused,) = session.refusals()
    prepared = session.prepare_calls([sl.Call(recipient, value=2)])
    return prepared, session.sign_prepared_calls(prepared), call_id, refused


@contextmanager
def reverted(folder: Path) -> Iterator[Stale]:
    """Granted and used, undone, and granted again with another key under the same number."""
    lab = sl.Lab(seed=1)
    wallet = lab.wallet()
    snapshot = lab.snapshot()
    session = granted(wallet, lab.recipient)
    made = used(session, lab.recipient)
    lab.revert(snapshot)
    live = granted(wallet, lab.recipient, OTHER_KEY)
    assert live.send_calls([sl.Call(lab.recipient, value=1)])
    yield Stale(lab, wallet, session, live, *made)


@contextmanager
def wallet_reverted(folder: Path) -> Iterator[Stale]:
    """The wallet itself is of the undone past, and so is its session."""
    lab = sl.Lab(seed=1)
    snapshot = lab.snapshot()
    wallet = lab.wallet()
    session = granted(wallet, lab.recipient)
    made = used(session, lab.recipient)
    lab.revert(snapshot)
    live = granted(lab.wallet(balance=1), lab.recipient, OTHER_KEY)
    yield Stale(lab, wallet, session, live, *made)


@contextmanager
def served(folder: Path) -> Iterator[Stale]:
    """As ``reverted``, with everything over HTTP, the revert included."""
    lab = sl.Lab(seed=1)
    with in_background(lab) as url:
        wallet = sl.SmartWalletClient(sl.HttpProvider(url), sl.new_key("owner"))
        wallet.provider.request("anvil_setBalance", [wallet.address, hex(sl.ether(1))])
        snapshot = wallet.provider.request("evm_snapshot")
        session = granted(wallet, lab.recipient)
        made = used(session, lab.recipient)
        wallet.provider.request("evm_revert", [snapshot])
        live = granted(wallet, lab.recipient, OTHER_KEY)
        assert live.send_calls([sl.Call(lab.recipient, value=1)])
        yield Stale(lab, wallet, session, live, *made)


class Switch:
    """A provider with nothing but ``request``, whose endpoint is exchanged under the handles."""

    def __init__(self, lab: sl.Lab) -> None:
        self.lab = lab

    def request(self, method: str, params: Any = None) -> Any:
        return self.lab.provider.request(method, params)


@contextmanager
def another_lab(folder: Path) -> Iterator[Stale]:
    """The endpoint now runs another lab of the same seed, with the same wallet and a session of the same number."""
    with _switched(lambda lab: sl.Lab(seed=1)) as stale:
        yield stale


@contextmanager
def loaded(folder: Path) -> Iterator[Stale]:
    """The endpoint now runs the lab as it was saved before the session was granted."""

    def saved_and_loaded(lab: sl.Lab) -> sl.Lab:
        lab.save(folder / "my.lab")
        return sl.Lab.load(folder / "my.lab")

    with _switched(saved_and_loaded) as stale:
        yield stale


@contextmanager
def _switched(make: Callable[[sl.Lab], sl.Lab]) -> Iterator[Stale]:
    first, owner = sl.Lab(seed=1), sl.new_key("owner")
    later, switch = make(first), Switch(first)
    wallet = sl.SmartWalletClient(switch, owner)
    first.fund(wallet.address, sl.ether(1))
    session = granted(wallet, first.recipient)
    made = used(session, first.recipient)
    switch.lab = later
    live_wallet = sl.SmartWalletClient(switch, owner)
    later.fund(wallet.address, sl.ether(1))
    live = granted(live_wallet, later.recipient, OTHER_KEY)
    assert live.send_calls([sl.Call(later.recipient, value=1)])
    yield Stale(later, live_wallet, session, live, *made)


PASTS = [reverted, wallet_reverted, served, another_lab, loaded]


def sent_as_signed(handle: sl.Session | sl.SmartWalletClient, prepared: dict[str, Any]) -> str:
    """Signing asks nobody, as a wallet can sign anywhere; what it has signed is told to be stale when it is sent."""
    return handle.send_prepared_calls(handle.sign_prepared_calls(prepared))


#: What each public method takes; every other public attribute is read.
METHODS: dict[str, Callable[[Stale], Any]] = {
    "send_calls": lambda stale: stale.session.send_calls([sl.Call(stale.lab.recipient, value=1)]),
    "prepare_calls": lambda stale: stale.session.prepare_calls([sl.Call(stale.lab.recipient, value=1)]),
    "sign_prepared_calls": lambda stale: sent_as_signed(stale.session, stale.prepared),
    "send_prepared_calls": lambda stale: stale.session.send_prepared_calls(stale.signed),
    "get_calls_status": lambda stale: stale.session.get_calls_status(stale.call_id),
    "check": lambda stale: stale.session.check([sl.Call(stale.lab.recipient, value=1)]),
    "explain": lambda stale: stale.session.explain([sl.Call(stale.lab.recipient, value=1)]),
    "audit": lambda stale: stale.session.audit(),
    "record": lambda stale: stale.session.record(),
    "plot": lambda stale: [stale.session.plot(name) for name in (None, "reach", "card")],
    "request": lambda stale: stale.session.request("eth_blockNumber", []),
    "siblings": lambda stale: stale.session.siblings(),
    "refusals": lambda stale: list(stale.session.refusals()),
    "allowances": lambda stale: stale.session.allowances,
    "operations": lambda stale: stale.session.operations,
    "remaining": lambda stale: stale.session.remaining,
    "history": lambda stale: stale.session.history,
    "installed": lambda stale: stale.session.installed,
    "revoked": lambda stale: stale.session.revoked,
    "now": lambda stale: stale.session.now,
    "state": lambda stale: stale.session.state,
    "_repr_html_": lambda stale: stale.session._repr_html_(),
    "revoke": lambda stale: stale.wallet.revoke(stale.session),
    "revoke without clearing": lambda stale: stale.wallet.revoke(stale.session, clear=False),
    "revoke by the live wallet": lambda stale: (*stale.lab.wallets(), stale.wallet)[0].revoke(stale.session),
}
#: What was granted or belongs to the client itself: it stays true of the handle.
GRANTED = {"id", "entity_id", "permissions", "expiry_sec", "names", "rules", "wallet", "key", "provider", "granted"}
GRANTED |= {"context", "connect"}


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_every_public_attribute_of_a_session_is_tried() -> None:
    lab = sl.Lab()
    session = granted(lab.wallet(), lab.recipient)
    assert public(session) - {"reader"} == {name for name in METHODS if name.isidentifier()} - {
        "_repr_html_", "revoke",
    } | GRANTED  # fmt: skip


@pytest.mark.parametrize("past", PASTS)
def test_a_stale_session_says_so_everywhere_and_moves_nothing(past: Callable[[Path], Any], tmp_path: Path) -> None:
    with past(tmp_path) as stale:
        before = _everything(stale.lab)
        told = stale.live.history if past is not wallet_reverted else None
        for name, act in METHODS.items():
            with pytest.raises(sl.StaleHandle) as error:
                act(stale)
                pytest.fail(f"{name} takes a stale session for a live one")
            assert error.value.fix and error.value.field, name
            assert _everything(stale.lab) == before, name
        assert told is None or repr(stale.live.history) == repr(told)


#: Sessions that count nothing: there is nothing to read of them, and still they may be gone.
COUNTING_NOTHING: dict[str, Callable[[sl.Lab], list[sl.Permission]]] = {
    "root": lambda lab: [sl.Root()],
    "contract-access": lambda lab: [sl.ContractAccess(address=lab.recipient)],
    "functions": lambda lab: [sl.FunctionsOnAllContracts(functions=["increment()"])],
}


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("kind", COUNTING_NOTHING)
@pytest.mark.parametrize("sent", [False, True], ids=["unused", "used"])
def test_a_stale_session_that_counts_nothing_says_so_everywhere(kind: str, rules: str, *, sent: bool) -> None:
    lab = sl.Lab(rules)
    wallet = lab.wallet()
    call = [sl.Call(lab.recipient if kind != "functions" else lab.counter, function="increment()")]
    snapshot = lab.snapshot()
    session = wallet.grant_permissions(COUNTING_NOTHING[kind](lab), key=KEY)
    call_id = (session.send_calls(call) if sent else wallet.send_calls([])).call_id or ""
    prepared = session.prepare_calls(call)
    signed = session.sign_prepared_calls(prepared)
    lab.revert(snapshot)
    stale = Stale(lab, wallet, session, session, prepared, signed, call_id, None)
    before = _everything(lab)
    for name, act in METHODS.items():
        with pytest.raises(sl.StaleHandle) as error:
            act(stale)
            pytest.fail(f"{name} takes a stale session for a live one")
        assert error.value.fix and error.value.field, name
        assert _everything(lab) == before, name


def _everything(lab: sl.Lab) -> Any:
    records = lab.api.records
    return (
        lab.chain.state_root,
        lab.chain.height,
        [session.id for session in records.sessions()],
        records.accounts(),
        lab.sponsor.ledgers,
        [[session.id for session in wallet.sessions()] for wallet in lab.wallets()],
    )


WALLET_METHODS: dict[str, Callable[[sl.SmartWalletClient, Stale], Any]] = {
    "balance": lambda wallet, stale: wallet.balance,
    "sessions": lambda wallet, stale: wallet.sessions(),
    "grant_permissions": lambda wallet, stale: granted(wallet, stale.lab.recipient),
    "revoke": lambda wallet, stale: wallet.revoke(stale.session),
    "revoke by number": lambda wallet, stale: wallet.revoke(stale.session.entity_id),
    "revoke by key": lambda wallet, stale: wallet.revoke(stale.session.key),
    "audit": lambda wallet, stale: wallet.audit([sl.Root()]),
    "send_calls": lambda wallet, stale: wallet.send_calls([sl.Call(stale.lab.recipient, value=1)]),
    "prepare_calls": lambda wallet, stale: wallet.prepare_calls([sl.Call(stale.lab.recipient, value=1)]),
    "sign_prepared_calls": lambda wallet, stale: sent_as_signed(wallet, stale.prepared),
    "send_prepared_calls": lambda wallet, stale: wallet.send_prepared_calls(stale.signed),
    "get_calls_status": lambda wallet, stale: wallet.get_calls_status(stale.call_id),
    "_repr_html_": lambda wallet, stale: wallet._repr_html_(),
}


@pytest.mark.parametrize("deployed", [True, False])
def test_a_stale_wallet_says_so_everywhere_and_moves_nothing(deployed: bool) -> None:
    lab = sl.Lab(seed=1)
    snapshot = lab.snapshot()
    wallet = lab.wallet(deployed=deployed)
    session = granted(wallet, lab.recipient)
    call = [sl.Call(lab.recipient, value=1)]
    prepared = wallet.prepare_calls(call)
    signed = wallet.sign_prepared_calls(prepared)
    call_id = session.send_calls(call).call_id
    assert call_id
    lab.revert(snapshot)
    lab.fund(wallet.address, sl.ether(1))
    stale = Stale(lab, wallet, session, session, prepared, signed, call_id, None)
    before = _everything(lab)
    own = {"address", "chain_id", "names", "owner", "provider", "rules"}
    assert public(wallet) == {name for name in WALLET_METHODS if name.isidentifier()} - {"_repr_html_"} | own
    for name, act in WALLET_METHODS.items():
        with pytest.raises(sl.StaleHandle) as error:
            act(wallet, stale)
            pytest.fail(f"{name} takes a stale wallet for a live one")
        assert error.value.fix and error.value.field, name
        assert _everything(lab) == before, name


@pytest.mark.parametrize("twin", ["another lab of the same seed", "loaded"])
def test_a_twin_of_the_same_lab_does_not_take_the_others_session(twin: str, tmp_path: Path) -> None:
    """Both know a session with this very id, and still it is the other lab's."""
    lab = sl.Lab(seed=1)
    session = granted(lab.wallet(), lab.recipient)
    if twin == "loaded":
        lab.save(tmp_path / "my.lab")
        other = sl.Lab.load(tmp_path / "my.lab")
    else:
        other = sl.Lab(seed=1)
        granted(other.wallet(), other.recipient)
    (wallet,) = other.wallets()
    (same,) = wallet.sessions()
    assert same.id == session.id
    before = _everything(lab), _everything(other)
    for clear in (True, False):
        with pytest.raises(sl.StaleHandle) as error:
            wallet.revoke(session, clear=clear)
        assert error.value.field == "session" and error.value.fix
    assert (_everything(lab), _everything(other)) == before
    assert wallet.revoke(same) and same.revoked and not session.revoked


def test_the_same_session_granted_again_is_the_same_session() -> None:
    """Identity is what was granted: the same account, key, permissions, expiry and generation."""
    lab = sl.Lab(seed=1)
    wallet = lab.wallet()
    snapshot = lab.snapshot()
    first = granted(wallet, lab.recipient)
    lab.revert(snapshot)
    with pytest.raises(sl.StaleHandle):
        first.allowances  # noqa: B018 - reading it is the test
    again = granted(wallet, lab.recipient)
    assert again.send_calls([sl.Call(lab.recipient, value=1)])
    assert first.context == again.context and repr(first.allowances) == repr(again.allowances)


def test_a_client_lists_the_sessions_that_the_endpoint_knows() -> None:
    lab = sl.Lab(seed=1)
    wallet = sl.SmartWalletClient(lab.provider, sl.new_key("owner"))
    kept = granted(wallet, lab.recipient)
    snapshot = lab.snapshot()
    undone = granted(wallet, lab.recipient, OTHER_KEY)
    assert [one.id for one in wallet.sessions()] == [kept.id, undone.id]
    assert [one.id for one in kept.siblings()] == [undone.id]
    lab.revert(snapshot)
    assert [one.id for one in wallet.sessions()] == [kept.id]
    assert kept.siblings() == ()
    assert kept.audit()


class Hosted:
    """An endpoint with none of the lab's own methods."""

    def __init__(self, lab: sl.Lab) -> None:
        self.lab = lab
        self.asked: list[str] = []

    def request(self, method: str, params: Any = None) -> Any:
        self.asked.append(method)
        if method.startswith("lab_"):
            raise RpcError(-32601, f"{method} is unknown.")
        return self.lab.provider.request(method, params)


def test_an_endpoint_that_cannot_tell_is_asked_once_for_all_sessions() -> None:
    lab = sl.Lab()
    hosted = Hosted(lab)
    wallet = sl.SmartWalletClient(hosted, sl.new_key("owner"))
    lab.fund(wallet.address, sl.ether(1))
    for number in range(3):
        session = granted(wallet, lab.recipient, sl.new_key(number))
        assert session.send_calls([sl.Call(lab.recipient, value=1)])
        assert session.allowances[0].used == 1
    assert wallet.revoke(session)
    assert hosted.asked.count("lab_knownSessions") == 1
    assert len(wallet.sessions()) == 3


def test_sending_asks_no_more_than_the_three_steps() -> None:
    lab = sl.Lab()
    switch = Hosted(lab)
    switch.request = lambda method, params=None: (  # type: ignore[method-assign]
        switch.asked.append(method), lab.provider.request(method, params),
    )[1]  # fmt: skip
    wallet = sl.SmartWalletClient(switch, sl.new_key("owner"))
    lab.fund(wallet.address, sl.ether(1))
    session = granted(wallet, lab.recipient)
    switch.asked.clear()
    assert session.send_calls([sl.Call(lab.recipient, value=1)])
    assert switch.asked == ["wallet_prepareCalls", "wallet_sendPreparedCalls", "wallet_getCallsStatus"]


def test_a_number_that_another_key_took_ends_nobody() -> None:
    """The owner may install a session under any number; a handle with that number does not end it."""
    lab = sl.Lab(seed=1)
    wallet = lab.wallet()
    unused = granted(wallet, lab.recipient)
    lab.fund(wallet.owner.address, sl.ether(1))
    rows = [row for permission in unused.permissions for row in permission.rows()]
    install = account.install_call(
        entity_id=unused.entity_id, key=OTHER_KEY.address, rows=rows, valid_until=0, generation=0
    )
    assert lab.chain.transact(wallet.owner.private, wallet.address, install).status == 1
    before = _everything(lab)
    with pytest.raises(sl.StaleHandle, match="Another key has its number") as error:
        wallet.revoke(unused)
    assert error.value.field == "session" and error.value.fix
    assert _everything(lab) == before
    assert not unused.installed and unused._reader.holder == OTHER_KEY.address
