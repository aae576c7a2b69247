"""What was granted is found, read, judged and ended by objects that granted nothing: they know keys and addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import RpcError
from sessionlab.core.erc4337 import wallet_encoding
from tests.faults.steps import done

KEY, OTHER = sl.new_key("backend"), sl.new_key("another backend")


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, seed=2)


@pytest.fixture
def wallet(lab: sl.Lab) -> sl.SmartWalletClient:
    return lab.wallet()


def anew(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.SmartWalletClient:
    """The owner's client after its process was lost."""
    return sl.SmartWalletClient(lab.provider, wallet.owner)


def payments(lab: sl.Lab, allowance: int = 100) -> list[sl.Permission]:
    return [sl.NativeTokenTransfer(allowance=allowance), sl.ContractAccess(address=lab.recipient)]


class Hosted:
    """An endpoint with none of the lab's own methods."""

    def __init__(self, lab: sl.Lab) -> None:
        self.lab = lab

    def request(self, method: str, params: Any = None) -> Any:
        if method.startswith("lab_"):
            raise RpcError(-32601, f"{method} is unknown.")
        return self.lab.provider.request(method, params)


# -- to connect


@pytest.mark.parametrize("preflight", [True, False])
def test_a_session_is_taken_up_before_its_first_operation(
    lab: sl.Lab, wallet: sl.SmartWalletClient, preflight: bool
) -> None:
    granted = wallet.grant_permissions(payments(lab), key=KEY)
    taken = sl.Session.connect(lab, wallet=wallet, key=KEY, context=granted.context)  # type: ignore[arg-type]
    assert taken.state == granted.state == "pending"
    done(taken.send_calls([sl.Call(lab.recipient, value=1)], preflight=preflight))
    assert taken.state == granted.state == "live"


@pytest.mark.parametrize("by", ["lab", "provider", "wallet", "session"])
def test_what_has_a_provider_is_one(lab: sl.Lab, wallet: sl.SmartWalletClient, by: str) -> None:
    granted = wallet.grant_permissions(payments(lab), key=KEY)
    places: dict[str, Any] = {"lab": lab, "provider": lab.provider, "wallet": wallet, "session": granted}
    taken = sl.Session.connect(places[by], wallet=wallet.address, key=KEY, context=granted.context)
    assert (taken.id, taken.permissions, taken.rules.name) == (granted.id, granted.permissions, lab.rules.name)


def test_the_node_is_asked_and_the_context_is_not_believed(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    granted = wallet.grant_permissions(payments(lab), key=KEY, expiry_sec=lab.now + 1_000)
    good: dict[str, Any] = {"wallet": wallet.address, "key": KEY, "context": granted.context}
    unsigned = granted.context[:36] + "11" * 64 + "1b"
    wrong: list[tuple[type[sl.SessionlabError], str, dict[str, Any]]] = [
        (sl.InvalidInput, "key", {"key": OTHER}),
        (sl.InvalidInput, "wallet", {"wallet": lab.wallet().address}),
        (sl.InvalidInput, "context", {"context": "0x00" + "zz" * 81}),
        (sl.InvalidInput, "context", {"context": granted.context[:-2]}),
        (sl.InvalidInput, "context", {"context": granted.context + "00"}),
        (sl.InvalidInput, "context", {"context": "0x01" + granted.context[4:]}),
        (sl.InvalidInput, "context", {"context": unsigned}),
        (sl.StaleHandle, "context", {"context": "0x00" + "11" * 81}),
    ]
    before = lab.chain.state_root
    for kind, field, change in wrong:
        with pytest.raises(kind) as refused:
            sl.Session.connect(lab.provider, **good | change)
        assert (refused.value.field, bool(refused.value.fix)) == (field, True), change
    with pytest.raises(sl.ChainError) as hosted:
        sl.Session.connect(Hosted(lab), **good)
    assert hosted.value.field == "provider" and hosted.value.fix
    with pytest.raises(sl.ChainError) as nobody:
        sl.Session.connect("http://127.0.0.1:1", **good)
    assert nobody.value.field == "url"
    assert lab.chain.state_root == before
    snapshot = lab.snapshot()
    undone = wallet.grant_permissions(payments(lab), key=OTHER)
    lab.revert(snapshot)
    with pytest.raises(sl.StaleHandle):
        sl.Session.connect(lab, wallet=wallet.address, key=OTHER, context=undone.context)


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize("state", ["revoked", "expired"])
def test_a_session_that_is_over_says_so_and_can_be_read(
    lab: sl.Lab, wallet: sl.SmartWalletClient, used: bool, state: str
) -> None:
    granted = wallet.grant_permissions(payments(lab), key=KEY, expiry_sec=lab.now + 1_000)
    if used:
        done(granted.send_calls([sl.Call(lab.recipient, value=7)]))
    if state == "revoked":
        done(wallet.revoke(granted))
    lab.chain.travel_to(granted.expiry_sec or 0)  # the next block has its last second
    if state == "expired":
        assert granted.state != "expired"
        lab.chain.mine()
    asked: dict[str, Any] = {"wallet": wallet.address, "key": KEY, "context": granted.context}
    with pytest.raises(sl.SessionEnded, match=state) as over:
        sl.Session.connect(lab, **asked)
    assert (over.value.state, over.value.field, over.value.left) == (state, "context", granted.expiry_sec)
    read = sl.Session.connect(lab, **asked, allow_ended=True)
    assert read.state == granted.state == state
    assert str(read.history) == str(granted.history) and str(read.allowances) == str(granted.allowances)
    assert not read.send_calls([sl.Call(lab.recipient, value=1)])


# -- to list


def test_every_client_lists_what_the_lab_knows(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    end = lab.now + 1_000
    sessions = [
        wallet.grant_permissions(payments(lab), key=sl.new_key(number), expiry_sec=expiry)
        for number, expiry in enumerate((None, None, None, end))
    ]
    for session in sessions[1:]:
        done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    done(wallet.revoke(sessions[2]))
    lab.travel(1_000)
    states = ["pending", "live", "revoked", "expired"]
    told = [session.state for session in sessions]
    found = anew(lab, wallet).sessions()
    assert told == [session.state for session in found] == states
    assert [(one.id, one.context) for one in found] == [(one.id, one.context) for one in sessions]
    assert [one.key.address for one in found] == [one.key.address for one in sessions]
    described = lab.provider.request("lab_describeSessions", [{"sessionIds": [one.id for one in sessions]}])
    assert [one["state"] for one in described] == states
    page = anew(lab, wallet)._repr_html_()
    assert all(f"({state})" in page for state in states)


# -- to revoke


@pytest.mark.parametrize("used", [True, False])
@pytest.mark.parametrize(
    "by", [lambda one: one.entity_id, lambda one: one.id, lambda one: one.key, lambda one: one.key.address]
)
def test_an_owner_ends_a_session_by_its_number_or_its_key(
    lab: sl.Lab, wallet: sl.SmartWalletClient, by: Callable[[sl.Session], Any], used: bool
) -> None:
    session = wallet.grant_permissions(payments(lab), key=KEY)
    other = wallet.grant_permissions(payments(lab), key=OTHER)
    if used:
        done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    owner = anew(lab, wallet)
    done(owner.revoke(by(session)))
    assert (session.state, other.state) == ("revoked", "pending")
    assert not session.send_calls([sl.Call(lab.recipient, value=1)])
    done(other.send_calls([sl.Call(lab.recipient, value=1)]))
    before = lab.chain.state_root
    with pytest.raises(sl.InvalidInput, match="is already revoked") as again:
        owner.revoke(by(session))
    assert again.value.field == "session" and again.value.fix
    assert lab.chain.state_root == before


def test_all_sessions_of_a_key_end_in_one_operation(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    sessions = [wallet.grant_permissions(payments(lab), key=KEY) for _ in range(3)]
    done(sessions[1].send_calls([sl.Call(lab.recipient, value=1)]))
    done(wallet.revoke(sessions[2]))
    other = wallet.grant_permissions(payments(lab), key=OTHER)
    height = lab.chain.height
    done(anew(lab, wallet).revoke(KEY.address))
    assert lab.chain.height == height + 1
    assert [one.state for one in (*sessions, other)] == ["revoked", "revoked", "revoked", "pending"]


def test_nobodys_number_and_key_are_not_found_and_nothing_is_sent(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    wallet.grant_permissions(payments(lab), key=KEY)
    before = lab.chain.state_root
    for what in (2, 2**32 - 1, OTHER, lab.merchant, "0x" + "ab" * 16):
        with pytest.raises(sl.NotFound) as unknown:
            wallet.revoke(what)
        assert unknown.value.field == "session" and unknown.value.fix
    for wrong in (0, -1, 2**32, True, 1.5, "1", None, "0x12"):
        with pytest.raises(sl.InvalidInput) as malformed:
            wallet.revoke(wrong)  # type: ignore[arg-type]
        assert malformed.value.field == "session" and malformed.value.fix
    for text in ("0x12", "0x" + "12" * 40):
        with pytest.raises(sl.InvalidInput, match="give a session, its id, its entity id"):
            wallet.revoke(text)
    assert lab.chain.state_root == before


@pytest.mark.parametrize("by", [7, KEY])
@pytest.mark.parametrize("hosted", [True, False])
def test_what_stands_on_the_chain_alone_can_be_ended(
    lab: sl.Lab, wallet: sl.SmartWalletClient, by: Any, hosted: bool
) -> None:
    """The owner installed it by a transaction of its own: no endpoint has issued it."""
    rows = [row for permission in payments(lab) for row in permission.rows()]
    install = wallet_encoding.install_call(entity_id=7, key=KEY.address, rows=rows, valid_until=0, generation=0)
    lab.fund(wallet.owner.address, sl.ether(1))
    assert lab.chain.transact(wallet.owner, wallet.address, install).status == 1
    owner = sl.SmartWalletClient(Hosted(lab) if hosted else lab.provider, wallet.owner)
    assert lab.read("SessionWallet", wallet.address, "session", 7)[0] == KEY.address
    done(owner.revoke(by))
    assert int(lab.read("SessionWallet", wallet.address, "session", 7)[0], 16) == 0


def test_an_endpoint_that_lists_nothing_takes_a_number_on_trust(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    """A grant that was signed and never used stands nowhere that the owner can ask; ended, it cannot be used."""
    session = wallet.grant_permissions(payments(lab), key=KEY)
    owner = sl.SmartWalletClient(Hosted(lab), wallet.owner)
    assert owner.sessions() == ()
    done(owner.revoke(session.entity_id))
    assert session.state == "revoked" and not session.send_calls([sl.Call(lab.recipient, value=1)])


# -- to audit before signing

TYPES: dict[str, Callable[[sl.Lab], list[sl.Permission]]] = {
    "native": payments,
    "token": lambda lab: [sl.Erc20TokenTransfer(address=lab.dollar, allowance=10**6)],
    "gas": lambda lab: [sl.GasLimit(limit=10**15), sl.ContractAccess(address=lab.counter)],
    "contract": lambda lab: [sl.ContractAccess(address=lab.vault)],
    "functions": lambda lab: [sl.FunctionsOnContract(address=lab.token, functions=["approve(address,uint256)"])],
    "everywhere": lambda lab: [sl.FunctionsOnAllContracts(functions=["transfer(address,uint256)"])],
    "own functions": lambda lab: [sl.AccountFunctions(functions=["execute(address,uint256,bytes)"])],
    "root": lambda lab: [sl.Root()],
}


def make_nothing(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Key:
    return sl.new_key("audited")


def make_others(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Key:
    """The key has one session in use, one unused and one that is revoked, and another wallet's."""
    for permissions in ([sl.GasLimit(limit=10**15), sl.ContractAccess(address=lab.recipient)], payments(lab, 5)):
        done(wallet.grant_permissions(permissions, key=KEY).send_calls([sl.Call(lab.recipient)]))
    done(wallet.revoke(wallet.sessions()[0]))
    wallet.grant_permissions([sl.Erc20TokenTransfer(address=lab.coin, allowance=3)], key=KEY)
    lab.wallet().grant_permissions([sl.Root()], key=KEY)
    return KEY


def make_owners(lab: sl.Lab, wallet: sl.SmartWalletClient) -> sl.Key:
    return wallet.owner


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("make", [make_nothing, make_others, make_owners])
def test_the_audit_before_signing_is_the_audit_after(
    lab: sl.Lab, wallet: sl.SmartWalletClient, kind: str, make: Callable[..., sl.Key]
) -> None:
    key = make(lab, wallet)
    permissions, end = TYPES[kind](lab), lab.now + 5_000
    arguments: dict[str, Any] = {"expiry_sec": end, "key": key}
    given = [permission.to_json() for permission in permissions] if kind == "token" else permissions
    before = lab.chain.state_root, [session.id for session in wallet.sessions()]
    try:
        audit = anew(lab, wallet).audit(given, **arguments)
    except sl.GrantRefused as refused:
        with pytest.raises(sl.GrantRefused) as grant:
            wallet.grant_permissions(permissions, **arguments)
        assert grant.value.rule == refused.rule
        return
    assert (lab.chain.state_root, [session.id for session in wallet.sessions()]) == before
    of_a_new_key = wallet.audit(permissions, expiry_sec=end)
    session = wallet.grant_permissions(permissions, **arguments)
    assert audit == session.audit()
    assert str(audit) == str(session.audit())
    assert make is not make_nothing or of_a_new_key == audit


def test_the_audit_refuses_what_the_grant_refuses(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    wrong: list[dict[str, Any]] = [
        {"permissions": []},
        {"permissions": [sl.Root(), sl.Root()]},
        {"permissions": [{"type": "root", "data": {"x": 1}}]},
        {"permissions": [sl.CallLimit(count=5), sl.Root()]},
        {"permissions": [sl.ContractAccess(address=wallet.address)]},
        {"permissions": [sl.Root()], "expiry_sec": lab.now},
        {"permissions": [sl.Root()], "expiry_sec": 1},
        {"permissions": [sl.Root()], "expiry_sec": lab.now * 1_000},
        {"permissions": [sl.Root()], "expiry_sec": "tomorrow"},
        {"permissions": [sl.Root()], "expiry_sec": 2**48},
    ]
    for arguments in wrong:
        told = []
        for ask in (wallet.audit, wallet.grant_permissions):
            with pytest.raises(sl.InvalidInput) as refused:
                ask(**arguments)
            told.append((type(refused.value), refused.value.field, getattr(refused.value, "rule", None)))
        assert told[0] == told[1], arguments
    assert wallet.sessions() == ()


# -- what was refused on the chain


@pytest.mark.parametrize("sponsored", [True, False])
def test_a_mined_refusal_is_known_and_explained_wherever_it_is_read(
    lab: sl.Lab, wallet: sl.SmartWalletClient, sponsored: bool
) -> None:
    session = wallet.grant_permissions([*payments(lab), sl.ContractAccess(address=lab.counter)], key=KEY)
    done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    policy = {"policy_id": lab.policy_id if sponsored else None}
    for calls in ([sl.Call(lab.recipient, value=200)], [sl.Call(lab.counter, function="fail()")]):
        refused = session.send_calls(calls, preflight=False, **policy)
        assert refused.denial is not None and refused.receipt
    assert not session.send_calls([sl.Call(lab.recipient, value=300)])
    taken = sl.Session.connect(lab, wallet=wallet.address, key=KEY, context=session.context)
    (found,) = anew(lab, wallet).sessions()
    mined = [entry for entry in session.history if entry.what == "refused" and entry.block is not None]
    assert len(mined) == 2
    for other in (taken, found):
        entries = [entry for entry in other.history if entry.what == "refused"]
        assert entries == mined
        for mine, theirs in zip(mined, entries, strict=True):
            assert mine.denial is not None and theirs.denial is not None
            assert theirs.denial.explain().to_json()["verdicts"] == mine.denial.explain().to_json()["verdicts"]
    assert len(session.history) == len(taken.history) + 1  # what never reached the chain is the sender's own


def test_no_session_gets_a_number_that_the_chain_has_used(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    """Number 1 stands on the chain and 2 was revoked there, both without the lab: a grant begins from nothing."""
    lab.fund(wallet.owner.address, sl.ether(1))
    rows = [row for permission in payments(lab) for row in permission.rows()]
    for number in (1, 2):
        install = wallet_encoding.install_call(
            entity_id=number, key=OTHER.address, rows=rows, valid_until=0, generation=0
        )
        assert lab.chain.transact(wallet.owner, wallet.address, install).status == 1
    done(wallet.revoke(2, clear=False))
    audit = wallet.audit(payments(lab), key=KEY)
    session = wallet.grant_permissions(payments(lab), key=KEY)
    assert (session.entity_id, session.state, session.revoked) == (3, "pending", False)
    assert session.audit() == audit
    done(session.send_calls([sl.Call(lab.recipient, value=1)]))
    done(wallet.revoke(session))
    assert wallet.grant_permissions(payments(lab), key=KEY).entity_id == 4


def test_a_wallet_grants_to_a_key_that_it_never_sees(lab: sl.Lab, wallet: sl.SmartWalletClient, tmp_path: Path) -> None:
    granted = wallet.grant_permissions(payments(lab), key=KEY.address)
    assert granted.key.address == KEY.address and granted.state == "pending"
    for act in (granted.send_calls, granted.check, granted.explain):
        with pytest.raises(sl.InvalidInput, match="is not known here") as unknown:
            act([sl.Call(lab.recipient, value=1)])
        assert unknown.value.field == "key"
    taken = sl.Session.connect(lab, wallet=wallet.address, key=KEY, context=granted.context)
    done(taken.send_calls([sl.Call(lab.recipient, value=1)]))
    assert str(granted.allowances) == str(taken.allowances) and granted.audit() == taken.audit()
    assert wallet.sessions() == (granted,)
    lab.save(tmp_path / "my.lab")
    assert KEY.private.hex() not in str((tmp_path / "my.lab").read_bytes())
    (again,) = sl.Lab.load(tmp_path / "my.lab").wallets()[0].sessions()
    assert (again.key, again.state, again.context) == (granted.key, "live", granted.context)
    done(wallet.revoke(granted))
    assert taken.state == "revoked"
    with pytest.raises(sl.InvalidInput) as malformed:
        wallet.grant_permissions(payments(lab), key="0x12")
    assert malformed.value.field == "key"
